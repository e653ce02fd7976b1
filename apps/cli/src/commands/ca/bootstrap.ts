import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { certificateFingerprint, encodeCertificatePem } from '@mayfly/x509-profiles'
import { connectionFlags, downloadRoot, parseCaUrl } from '../../ca/connection.ts'
import { forceFlag } from '../../ca/force-flag.ts'
import { keepContext, newContextFlags, newContextOf } from '../../contexts/new-context.ts'
import { confirmOverwrite, reserveOutputFile } from '../../files/output-file.ts'
import { type CommandDefinition, defineCommand } from '../../framework/command-definition.ts'
import { flagIncompatible, flagRequiredByCommand } from '../../framework/errors.ts'
import { homeOfContext } from '../../framework/home.ts'
import { notOfferedFlags, refuseNotOffered } from '../../framework/not-offered.ts'
import { reportLine } from '../../framework/report.ts'
import { findRootInstaller } from '../../trust-store/install-root.ts'

const later = notOfferedFlags({
  text: ['team', 'team-authority', 'team-url', 'redirect-url'],
  boolean: [],
})

export const command: CommandDefinition = defineCommand({
  usage: '',
  summary: 'initialize the environment to use the CA commands',
  description:
    'mayfly ca bootstrap downloads the root certificate, checks it against its fingerprint, and writes certs/root_ca.crt and config/defaults.json, so that the other commands find the CA.',
  example:
    '$ mayfly ca bootstrap --ca-url https://ca.internal \\\n  --fingerprint 0d7d3834cf187726cf331c40a31aa7ef6b29ba4df601416c9788f6ee01058cf3',
  positional: { minimum: 0, maximum: 0 },
  readsDefaults: false,
  flags: {
    'ca-url': connectionFlags['ca-url'],
    fingerprint: {
      type: 'text',
      value: 'fingerprint',
      help: 'The SHA-256 fingerprint of the root certificate, in hex.',
    },
    install: {
      type: 'boolean',
      help: "Put the root into the system's trust store, too; with sudo where it has to and can.",
    },
    ...newContextFlags,
    ...forceFlag,
    ...later,
  },
  async run({ command, flags, base, io }) {
    const { 'ca-url': caUrl, fingerprint, force, team } = flags
    if (team !== undefined && caUrl !== undefined) throw flagIncompatible('team', 'ca-url')
    refuseNotOffered(flags, later)
    if (caUrl === undefined) throw flagRequiredByCommand(command, 'ca-url')
    if (fingerprint === undefined) throw flagRequiredByCommand(command, 'fingerprint')
    const url = parseCaUrl(caUrl)
    const installer = flags.install ? findRootInstaller(io) : undefined
    const root = await downloadRoot(io, url, fingerprint)

    const context = newContextOf(base, flags, () => new URL(url).hostname)
    const home = homeOfContext(base, context).folder
    const rootPath = join(home, 'certs', 'root_ca.crt')
    const defaultsPath = join(home, 'config', 'defaults.json')
    await mkdir(join(home, 'certs'), { recursive: true, mode: 0o700 })
    await mkdir(join(home, 'config'), { recursive: true, mode: 0o700 })
    await confirmOverwrite(io, rootPath, { force })
    await confirmOverwrite(io, defaultsPath, { force })
    const defaults = {
      'ca-url': url,
      fingerprint: certificateFingerprint(root),
      root: rootPath,
    }
    await using rootFile = await reserveOutputFile(rootPath)
    await using defaultsFile = await reserveOutputFile(defaultsPath, { mode: 0o644 })
    await rootFile.fill(encodeCertificatePem(root))
    await defaultsFile.fill(JSON.stringify(defaults, undefined, 2))
    await rootFile.publish()
    await defaultsFile.publish()
    reportLine(io, `The root certificate has been saved in ${rootPath}.`)
    reportLine(io, `The authority configuration has been saved in ${defaultsPath}.`)
    if (context !== undefined) await keepContext(io, base, context)
    await installer?.install(rootPath)
    return 0
  },
})

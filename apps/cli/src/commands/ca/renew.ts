import { renewOnce } from '@mayfly/renew-scheduler'
import { announceRenewal } from '../../ca/after-renewal.ts'
import { offlineFlags, reachAuthority } from '../../ca/certificate-authority.ts'
import { connectionFlags } from '../../ca/connection.ts'
import { withFailurePrefix } from '../../ca/failure-prefix.ts'
import { forceFlag } from '../../ca/force-flag.ts'
import { isDue, loadRenewable } from '../../ca/renewable.ts'
import { assertWithinValidity, parseRenewalFlags, renewalFlags } from '../../ca/renewal-flags.ts'
import { isSameFile } from '../../files/distinct-files.ts'
import { confirmOverwrite, reserveOutputFile } from '../../files/output-file.ts'
import { type CommandDefinition, defineCommand } from '../../framework/command-definition.ts'
import { CommandError, flagRequiredByCommand } from '../../framework/errors.ts'
import { reportLine } from '../../framework/report.ts'

export const command: CommandDefinition = defineCommand({
  usage: '<crt-file> <key-file>',
  summary: 'renew a valid certificate',
  description:
    'mayfly ca renew gets a new certificate for the names and the key of an old one, which vouches for it. The file is replaced as a whole.',
  example:
    '$ mayfly ca renew --force foo.crt foo.key\n$ mayfly ca renew --force --expires-in 4h foo.crt foo.key',
  positional: { minimum: 2, maximum: 2 },
  flags: {
    mtls: {
      type: 'boolean',
      whenAbsent: true,
      help: 'Show the certificate by mutual TLS, which is the default; --mtls=false sends a signed token.',
    },
    out: {
      type: 'text',
      value: 'file',
      aliases: ['output-file'],
      help: "Where to write the new certificate; in the old one's place if left out.",
    },
    ...renewalFlags,
    'renew-period': { type: 'text', hidden: true, help: 'Not offered yet.' },
    ...connectionFlags,
    ...offlineFlags,
    ...forceFlag,
  },
  async run(invocation) {
    const { io, positional, flags } = invocation
    const [certificatePath = '', keyPath = ''] = positional
    if (!flags.offline && flags['ca-url'] === undefined) {
      throw flagRequiredByCommand(invocation.command, 'ca-url')
    }
    const period = { name: 'renew-period', value: flags['renew-period'] }
    const plan = await parseRenewalFlags(io, flags, period)
    const { certificate, privateKey } = await loadRenewable(io, certificatePath, keyPath, flags)
    assertWithinValidity(plan, certificate.validity)
    if (!isDue(io, plan, certificate.validity, 'renewed')) return 0

    const out = flags.out ?? certificatePath
    if (isSameFile(out, keyPath)) {
      throw new CommandError(
        'flag_invalid',
        `the certificate cannot be written to ${out}: its key is there`,
      )
    }
    await confirmOverwrite(io, out, flags)
    await using file = await reserveOutputFile(out)
    await using authority = await reachAuthority(invocation)
    const { client } = authority
    await withFailurePrefix('error renewing certificate', () =>
      renewOnce({
        certificatePath,
        privateKey,
        client,
        out,
        writeFile: async (_, contents) => {
          await file.fill(contents)
          await file.publish()
        },
        mutualTls: flags.mtls,
        now: io.now,
      }),
    )
    reportLine(io, `Your certificate has been saved in ${out}.`)
    await announceRenewal(io, plan)
    return 0
  },
})

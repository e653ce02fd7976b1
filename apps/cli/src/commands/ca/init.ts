import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type ExistingRoot, type InitialisedPki, initialisePki } from '@mayfly/authority-host'
import { parseCaUrl } from '../../ca/connection.ts'
import { askPkiAnswers, type PkiAnswers } from '../../ca/pki-answers.ts'
import {
  keepContext,
  newContextFlags,
  newContextOf,
  wantsContext,
} from '../../contexts/new-context.ts'
import { errorReading, readInput } from '../../files/input-file.ts'
import { askPassword, loadFirstPassword, passwordOfFile } from '../../files/password.ts'
import {
  type CommandDefinition,
  defineCommand,
  type FlagValues,
} from '../../framework/command-definition.ts'
import {
  CommandError,
  flagIncompatible,
  flagRequiresFlag,
  flagValueInvalid,
  notOfferedYet,
} from '../../framework/errors.ts'
import { homeOfContext } from '../../framework/home.ts'
import { notOfferedFlags, refuseNotOffered } from '../../framework/not-offered.ts'
import { reportFact, reportLine } from '../../framework/report.ts'
import type { Io } from '../../io.ts'
import { wantsPassword } from '../../keys/key-text.ts'
import { withQuestions } from '../../terminal/questions.ts'

const later = notOfferedFlags({
  text: [
    'ra',
    'kms',
    'kms-root',
    'kms-intermediate',
    'kms-ssh-host',
    'kms-ssh-user',
    'issuer',
    'issuer-fingerprint',
    'issuer-provisioner',
    'credentials-file',
    'admin-subject',
    'admin-name',
  ],
  boolean: ['ssh', 'helm', 'remote-management', 'acme'],
})

const flags = {
  name: { type: 'text', value: 'name', help: 'The name of the new PKI.' },
  dns: {
    type: 'text',
    value: 'name',
    repeatable: true,
    help: 'A DNS name or IP address of the CA; several with commas between them.',
  },
  address: { type: 'text', value: 'address', help: 'Where the CA listens, such as :443.' },
  provisioner: { type: 'text', value: 'name', help: 'The name of the first provisioner.' },
  'password-file': {
    type: 'text',
    value: 'file',
    help: 'The file with the password of the keys, and of the provisioner unless it has its own; asked for, or made up, if left out.',
  },
  'provisioner-password-file': {
    type: 'text',
    value: 'file',
    help: "The file with the password of the provisioner's key; that of --password-file if left out.",
  },
  root: {
    type: 'text',
    value: 'file',
    environment: false,
    help: 'Use this root certificate instead of a new one.',
  },
  key: { type: 'text', value: 'file', environment: false, help: 'The private key of --root.' },
  'key-password-file': {
    type: 'text',
    value: 'file',
    help: 'The file with the password of --key; asked for if left out.',
  },
  'with-ca-url': {
    type: 'text',
    value: 'uri',
    help: 'What clients call the CA; made of the first name and the port if left out.',
  },
  'deployment-type': { type: 'text', value: 'type', help: 'standalone; asked for if left out.' },
  ...newContextFlags,
  pki: { type: 'boolean', help: 'Make only certificates and keys, no configuration.' },
  'no-db': { type: 'boolean', help: 'Configure a CA without a database.' },
  ...later,
} as const

type InitFlags = FlagValues<typeof flags>

export const command: CommandDefinition = defineCommand({
  usage: '',
  summary: 'initialize the CA PKI',
  description:
    'mayfly ca init makes a root and an intermediate certificate with their keys, and the configuration of a CA with its first provisioner. It asks for what the flags leave open.',
  example:
    '$ mayfly ca init --name "Local CA" --provisioner admin --dns localhost --address ":443" \\\n  --password-file password.txt --provisioner-password-file password.txt',
  positional: { minimum: 0, maximum: 0 },
  readsDefaults: false,
  flags,
  async run({ flags: given, base, io }) {
    assertFlagsAgree(given)
    const usesContexts = wantsContext(base, given)
    if (!usesContexts && existsSync(join(base, 'config', 'ca.json'))) warnOfConfiguration(io, base)
    const root = await findExistingRoot(io, given)
    const answers = await askPkiAnswers(io, given)
    const context = newContextOf(base, given, () => answers.server?.dnsNames[0])
    const { folder: home } = homeOfContext(base, context)
    reportLine(io, '')
    const pki = await initialisePki({
      directory: home,
      name: answers.name,
      password: answers.password,
      ...(root === undefined ? {} : { root }),
      ...(answers.server === undefined
        ? {}
        : { server: { ...answers.server, ...caUrlOf(given), withDatabase: !given['no-db'] } }),
      overwrite: (path) =>
        withQuestions(
          io,
          `${path} exists: move it away, or set MAYFLYPATH to another folder`,
          ({ askYesNo }) => askYesNo(`Would you like to overwrite ${path} [y/n]`),
        ),
      onProgress: ({ stage, done }) => {
        const verb = stage === 'root' && root !== undefined ? 'Copying' : 'Generating'
        io.stderr.write(done ? 'done!\n' : `${verb} ${stage} certificate... `)
      },
      now: io.now,
      random: io.random,
    })
    reportLine(io, '')
    reportPki(io, pki, answers, given)
    if (context !== undefined) await keepContext(io, base, context)
    return 0
  },
})

function assertFlagsAgree(given: InitFlags): void {
  const { root, key, pki, helm, acme, ra, kms } = given
  if (root !== undefined && key === undefined) throw flagRequiresFlag('root', 'key')
  if (key !== undefined && root === undefined) throw flagRequiresFlag('key', 'root')
  if (ra !== undefined && !/^(stepcas|cloudcas)$/i.test(ra)) {
    throw flagValueInvalid('ra', ra, { detail: 'options are StepCAS or CloudCAS' })
  }
  if (kms !== undefined && !/^azurekms$/i.test(kms)) {
    throw flagValueInvalid('kms', kms, { detail: 'options are azurekms' })
  }
  if (kms !== undefined && ra !== undefined) throw flagIncompatible('kms', 'ra')
  if (pki && given['no-db']) throw flagIncompatible('pki', 'no-db')
  if (pki && helm) throw flagIncompatible('pki', 'helm')
  if (given['remote-management'] && given['no-db']) {
    throw flagIncompatible('remote-management', 'no-db')
  }
  if (acme && given['no-db']) throw flagIncompatible('acme', 'no-db')
  if (given['admin-subject'] !== undefined && helm) throw flagIncompatible('admin-subject', 'helm')
  if (given['admin-subject'] !== undefined && !given['remote-management']) {
    throw new CommandError(
      'flag_missing',
      "flag '--admin-subject' is only supported when '--remote-management' is enabled",
    )
  }
  assertDeploymentType(given['deployment-type'])
  refuseNotOffered(given, later)
}

function assertDeploymentType(type: string | undefined): void {
  if (type === undefined || /^standalone$/i.test(type)) return
  if (/^(linked|hosted)$/i.test(type)) throw notOfferedYet(`flag '--deployment-type ${type}'`)
  throw flagValueInvalid('deployment-type', type, {
    detail: 'options are standalone, linked or hosted',
  })
}

async function findExistingRoot(io: Io, given: InitFlags): Promise<ExistingRoot | undefined> {
  const { root: certificate, key } = given
  if (certificate === undefined || key === undefined) return undefined
  const text = (await readInput(io, key, errorReading)).toString()
  if (!wantsPassword(text)) return { certificate, key }
  const password =
    (await loadFirstPassword(io, [given['key-password-file']])) ??
    (await askPassword(io, passwordOfFile(key, 'key-password-file')))
  return { certificate, key, password }
}

function caUrlOf({ 'with-ca-url': url }: InitFlags): { readonly caUrl?: string } {
  return url === undefined ? {} : { caUrl: parseCaUrl(url) }
}

function warnOfConfiguration(io: Io, home: string): void {
  reportLine(io, '⚠️  It looks like mayfly is already configured to connect to an authority.')
  reportLine(
    io,
    `   ${join(home, 'config', 'ca.json')} exists; you will be asked before it is overwritten,`,
  )
  reportLine(io, '   and whatever trusts the old authority will not trust the new one.')
  reportLine(io, '   Set MAYFLYPATH to make a second authority elsewhere.')
  reportLine(io, '')
}

function reportPki(
  io: Io,
  { paths, rootFingerprint }: InitialisedPki,
  { server }: PkiAnswers,
  given: InitFlags,
): void {
  reportFact(io, 'Root certificate', paths.rootCertificate)
  reportFact(io, 'Root private key', given.key ?? paths.rootKey)
  reportFact(io, 'Root fingerprint', rootFingerprint)
  reportFact(io, 'Intermediate certificate', paths.intermediateCertificate)
  reportFact(io, 'Intermediate private key', paths.intermediateKey)
  if (server !== undefined) {
    if (!given['no-db']) reportFact(io, 'Database folder', paths.database)
    reportFact(io, 'Default configuration', paths.defaults)
    reportFact(io, 'Certificate Authority configuration', paths.configuration)
  }
  if (server !== undefined) {
    reportLine(io, '')
    reportLine(
      io,
      "Your PKI is ready to go. To generate certificates for individual services see 'mayfly help ca'.",
    )
    reportLine(io, `Start the authority with: ${startLine(paths.configuration, given)}`)
  }
}

function startLine(configuration: string, { 'password-file': passwordFile }: InitFlags): string {
  const isFile = passwordFile !== undefined && passwordFile !== '-'
  const words = ['mayfly-ca', configuration, ...(isFile ? ['--password-file', passwordFile] : [])]
  return words.map(shellWord).join(' ')
}

/** A word as a shell takes it, quoted only where it must be. */
function shellWord(word: string): string {
  return /^[\w./:@%+,=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}

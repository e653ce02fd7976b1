import { openPrivateJwk, type PrivateJwk, parseJwk, sealPrivateJwk } from '@mayfly/jwt-tokens'
import { encodePrivateKeyPem, parsePrivateKeyPem } from '@mayfly/keystore-hsm'
import { forceFlag } from '../../ca/force-flag.ts'
import { isWrongPassword } from '../../ca/provisioner-key.ts'
import { readInput } from '../../files/input-file.ts'
import { confirmOverwrite, writeOutputFile } from '../../files/output-file.ts'
import {
  askPassword,
  loadFirstPassword,
  openWithPassword,
  passwordOfFile,
} from '../../files/password.ts'
import { type CommandDefinition, defineCommand } from '../../framework/command-definition.ts'
import { CommandError, flagRequiresFlag } from '../../framework/errors.ts'
import { reportLine } from '../../framework/report.ts'
import type { Io } from '../../io.ts'
import { isPrivateJwk, kindOfKeyText, wantsPassword } from '../../keys/key-text.ts'

export const command: CommandDefinition = defineCommand({
  usage: '<key-file>',
  summary: 'change password of an encrypted private key (PEM or JWK format)',
  description:
    'mayfly crypto change-pass opens a private key with its password and writes it under another. The file is replaced as a whole; if anything fails it stays as it was.',
  example:
    '$ mayfly crypto change-pass $(mayfly path)/secrets/intermediate_ca_key --password-file old.txt --new-password-file new.txt --force',
  positional: { minimum: 1, maximum: 1 },
  flags: {
    'password-file': {
      type: 'text',
      value: 'file',
      help: 'The file with the old password; asked for if left out.',
    },
    'new-password-file': {
      type: 'text',
      value: 'file',
      help: 'The file with the new password; asked for if left out.',
    },
    out: {
      type: 'text',
      value: 'file',
      aliases: ['output-file'],
      help: 'Write the key to this file and leave the old one as it is.',
    },
    'no-password': { type: 'boolean', help: 'Write the key in the clear; needs --insecure.' },
    insecure: { type: 'boolean', help: 'Allows --no-password.' },
    ...forceFlag,
  },
  async run({ positional: [path = ''], flags, io }) {
    if (flags['no-password'] && !flags.insecure) throw flagRequiresFlag('no-password', 'insecure')
    const out = flags.out ?? path
    const text = (await readInput(io, path)).toString()
    const key = await openKey(io, text, path, await loadFirstPassword(io, [flags['password-file']]))
    const password = flags['no-password']
      ? undefined
      : ((await loadFirstPassword(io, [flags['new-password-file']])) ??
        (await askNewPassword(io, key.kind === 'pem' ? out : 'the private JWK')))
    const contents = await key.encode(password)
    await confirmOverwrite(io, out, { force: flags.force })
    await writeOutputFile(out, contents)
    reportLine(io, `Your key has been saved in ${out}.`)
    return 0
  },
})

/** Asks for the new password. An empty one, typed by a slip, would leave the key in the clear. */
async function askNewPassword(io: Io, what: string): Promise<string> {
  const password = await askPassword(io, {
    label: `Please enter the password to encrypt ${what}`,
    what: `the new password of ${what}`,
    flag: 'new-password-file',
  })
  if (password !== '') return password
  throw new CommandError(
    'flag_missing',
    "the new password is empty; to write the key in the clear, use '--no-password' with '--insecure'",
  )
}

interface OpenedKey {
  readonly kind: 'pem' | 'jwk'
  /** Writes the key as a text; without a password in the clear. */
  encode(password: string | undefined): Promise<string>
}

async function openKey(
  io: Io,
  text: string,
  path: string,
  password: string | undefined,
): Promise<OpenedKey> {
  const kind = kindOfKeyText(text, path)
  return kind === 'pem'
    ? await openPem(io, text, path, password)
    : await openJwk(io, { text, isPlain: kind === 'jwk' }, path, password)
}

async function openPem(
  io: Io,
  text: string,
  path: string,
  password: string | undefined,
): Promise<OpenedKey> {
  const key = wantsPassword(text)
    ? await openWithPassword(io, {
        password,
        question: passwordOfFile(path, 'password-file'),
        tries: 1,
        isWrongPassword,
        open: (typed) => parsePrivateKeyPem(text, { password: typed, name: path }),
      })
    : await parsePrivateKeyPem(text, { name: path })
  return {
    kind: 'pem',
    encode: (newPassword) =>
      encodePrivateKeyPem(key, newPassword === undefined ? {} : { password: newPassword }),
  }
}

async function openJwk(
  io: Io,
  { text, isPlain }: { readonly text: string; readonly isPlain: boolean },
  path: string,
  password: string | undefined,
): Promise<OpenedKey> {
  const key = isPlain
    ? parsePlainJwk(text, path)
    : await openWithPassword(io, {
        password,
        question: passwordOfFile(path, 'password-file'),
        tries: 3,
        isWrongPassword,
        open: (typed) => openPrivateJwk(text, typed),
      })
  return {
    kind: 'jwk',
    encode: async (newPassword) =>
      newPassword === undefined
        ? JSON.stringify(key, undefined, 2)
        : await sealPrivateJwk(key, newPassword, { serialization: 'flattened' }),
  }
}

function parsePlainJwk(text: string, path: string): PrivateJwk {
  const key = parseJwk(text)
  if (isPrivateJwk(key)) return key
  throw new CommandError('key_unfit', `error reading ${path}: it holds no private key`)
}

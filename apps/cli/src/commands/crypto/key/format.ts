import type { KeyObject } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { flattenedOf, parseJwk, sealPrivateJwk } from '@mayfly/jwt-tokens'
import {
  encodeOpenSshPrivateKey,
  encodePrivateKeyPem,
  encodeSshPublicKey,
  keyTypeOf,
  sshTypeOf,
} from '@mayfly/keystore-hsm'
import { forceFlag } from '../../../ca/force-flag.ts'
import { clearKeyMode, confirmOverwrite, writeOutputFile } from '../../../files/output-file.ts'
import { type CommandDefinition, defineCommand } from '../../../framework/command-definition.ts'
import { CommandError, flagIncompatible, flagRequiresFlag } from '../../../framework/errors.ts'
import { reportLine, writeResult } from '../../../framework/report.ts'
import { encodeJwk } from '../../../keys/jwk-json.ts'
import { type KeyForm, loadKeyFile } from '../../../keys/key-file.ts'
import { isPrivateJwk } from '../../../keys/key-text.ts'
import { newKeyPassword } from '../../../keys/new-key-password.ts'

export const command: CommandDefinition = defineCommand({
  usage: '[<key-file>]',
  summary: 'reformat a public or private key',
  description:
    'mayfly crypto key format writes a key in another form: PEM as DER, and every other form as PEM, unless a flag says which. A private key in PEM or JWK is encrypted under a password.',
  example:
    '$ mayfly crypto key format foo.key --jwk --password-file password.txt\n$ mayfly crypto key format foo.crt --ssh',
  positional: { minimum: 0, maximum: 1 },
  flags: {
    pem: { type: 'boolean', help: 'Write PEM.' },
    der: { type: 'boolean', help: 'Write DER, a private key in the clear.' },
    ssh: { type: 'boolean', help: 'Write the form of OpenSSH.' },
    jwk: { type: 'boolean', help: 'Write a JSON Web Key.' },
    pkcs8: { type: 'boolean', help: 'Write an EC or RSA private key as PKCS #8.' },
    out: { type: 'text', value: 'file', help: 'Write the key to this file.' },
    'password-file': {
      type: 'text',
      value: 'file',
      help: 'The file with the password of the key, old and new; asked for if left out.',
    },
    'no-password': { type: 'boolean', help: 'Write the key in the clear; needs --insecure.' },
    insecure: { type: 'boolean', help: 'Allows --no-password.' },
    ...forceFlag,
  },
  async run({ positional: [path = '-'], flags, io }) {
    const form = givenForm(flags)
    if (flags['no-password'] && !flags.insecure) throw flagRequiresFlag('no-password', 'insecure')
    if (flags.out !== undefined) await confirmOverwrite(io, flags.out, { force: flags.force })
    const loaded = await loadKeyFile(io, path, { passwordFile: flags['password-file'] })
    const target = form ?? (loaded.form === 'pem' ? 'der' : 'pem')
    const needsPassword = loaded.key.type === 'private' && target !== 'der'
    if (needsPassword && target === 'ssh' && !flags['no-password']) throw noPasswordForSsh()
    const password = needsPassword ? await newKeyPassword(io, flags, 'the private key') : undefined
    const contents = await encodeKey(loaded.key, target, { password, pkcs8: flags.pkcs8 })
    if (flags.out === undefined) {
      writeResult(io, contents)
      return 0
    }
    const isClear = loaded.key.type === 'private' && password === undefined
    const mode = (await modeOf(path)) & (isClear ? 0o700 : 0o777)
    await writeOutputFile(flags.out, contents, {
      mode,
      ...(isClear ? { maximumMode: clearKeyMode } : {}),
    })
    reportLine(io, `Your key has been saved in ${flags.out}.`)
    return 0
  },
})

function givenForm(flags: Readonly<Record<KeyForm, boolean>>): KeyForm | undefined {
  const [form, other] = forms.filter((each) => flags[each])
  if (form !== undefined && other !== undefined) throw flagIncompatible(form, other)
  return form
}

interface Encoding {
  readonly password: string | undefined
  readonly pkcs8: boolean
}

async function encodeKey(
  key: KeyObject,
  form: KeyForm,
  { password, pkcs8 }: Encoding,
): Promise<string | Uint8Array> {
  keyTypeOf(key)
  switch (form) {
    case 'pem':
      if (key.type !== 'private') return key.export({ format: 'pem', type: 'spki' }).toString()
      if (password === undefined && pkcs8) {
        return key.export({ format: 'pem', type: 'pkcs8' }).toString()
      }
      return await encodePrivateKeyPem(key, { password })
    case 'der':
      return key.export({ format: 'der', type: derType(key, pkcs8) })
    case 'ssh':
      return key.type === 'private'
        ? encodeOpenSshPrivateKey(key)
        : `${sshTypeOf(key)} ${encodeSshPublicKey(key).toString('base64')}\n`
    case 'jwk':
      return await encodeAsJwk(key, password)
  }
}

async function encodeAsJwk(key: KeyObject, password: string | undefined): Promise<string> {
  const jwk = parseJwk(JSON.stringify(key.export({ format: 'jwk' })))
  if (password === undefined || !isPrivateJwk(jwk)) return encodeJwk(jwk, { indent: 0 })
  return flattenedOf(await sealPrivateJwk(jwk, password))
}

function derType(key: KeyObject, pkcs8: boolean): 'spki' | 'pkcs8' | 'sec1' | 'pkcs1' {
  if (key.type !== 'private') return 'spki'
  if (pkcs8 || key.asymmetricKeyType === 'ed25519') return 'pkcs8'
  return key.asymmetricKeyType === 'ec' ? 'sec1' : 'pkcs1'
}

function noPasswordForSsh(): CommandError {
  return new CommandError(
    'not_offered',
    "OpenSSH keys with a password are not offered; use '--no-password' with '--insecure'",
    { hint: 'Put a password on it by: ssh-keygen -p -f FILE' },
  )
}

async function modeOf(path: string): Promise<number> {
  return path === '-' ? 0o600 : (await stat(path)).mode & 0o777
}

const forms = ['pem', 'der', 'ssh', 'jwk'] as const

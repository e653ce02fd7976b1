import { createPublicKey, type KeyObject } from 'node:crypto'
import { type Jwk, type JwkSet, openJwk, parseJwk, parseJwkSet } from '@mayfly/jwt-tokens'
import { parsePrivateKeyPem } from '@mayfly/keystore-hsm'
import { isWrongPassword } from '../ca/provisioner-key.ts'
import { errorReading, readInput } from '../files/input-file.ts'
import { loadFirstPassword, openWithPassword, passwordOfFile } from '../files/password.ts'
import { CommandError, flagsMutuallyExclusive } from '../framework/errors.ts'
import type { Io } from '../io.ts'
import { kindOfKeyText, wantsPassword } from './key-text.ts'

/** The flags by which the JOSE tools are told of their key. */
export const toolKeyFlags = {
  key: { type: 'text', value: 'file', help: 'The key: JWK, JWE or PEM.' },
  jwks: { type: 'text', value: 'file', help: 'A JWK Set that holds the key; needs --kid.' },
  kid: { type: 'text', value: 'kid', help: "The key's id." },
  'password-file': {
    type: 'text',
    value: 'file',
    help: 'The file with the password of --key; asked for if left out.',
  },
} as const

/** What `--key` and `--jwks` hold, with the names of their files for messages. */
export interface ToolKeys {
  readonly key: Jwk | KeyObject | undefined
  readonly keyName: string | undefined
  readonly keySet: JwkSet | undefined
  readonly keySetName: string | undefined
  readonly keyId: string | undefined
}

/**
 * Loads the keys that flags name.
 *
 * @throws {CommandError} `file_unreadable`, `key_unfit`
 */
export async function loadToolKeys(
  io: Io,
  flags: {
    readonly key: string | undefined
    readonly jwks: string | undefined
    readonly kid: string | undefined
    readonly 'password-file': string | undefined
  },
): Promise<ToolKeys> {
  const { key, jwks } = flags
  if (key !== undefined && jwks !== undefined) throw flagsMutuallyExclusive('key', 'jwks')
  return {
    key: key === undefined ? undefined : await loadToolKey(io, key, flags['password-file']),
    keyName: key,
    keySet: jwks === undefined ? undefined : await loadKeySet(io, jwks),
    keySetName: jwks,
    keyId: flags.kid,
  }
}

/**
 * Loads a key of any kind: JWK, JWE or PEM, private or public.
 *
 * @throws {CommandError} `file_unreadable`, `key_unfit`
 */
async function loadToolKey(
  io: Io,
  path: string,
  passwordFile: string | undefined,
): Promise<Jwk | KeyObject> {
  const text = (await readInput(io, path, errorReading)).toString()
  const open = async <T>(tries: number, decrypt: (password: string) => Promise<T>): Promise<T> =>
    await openWithPassword(io, {
      password: await loadFirstPassword(io, [passwordFile]),
      question: passwordOfFile(path, 'password-file'),
      tries,
      isWrongPassword,
      open: decrypt,
    })
  const kind = kindOfKeyText(text, path)
  if (kind === 'jwk') return parseJwk(text)
  if (kind === 'jwe') return await open(3, (typed) => openJwk(text, typed))
  if (wantsPassword(text)) {
    return await open(1, (password) => parsePrivateKeyPem(text, { password, name: path }))
  }
  if (text.includes('PRIVATE KEY-----')) return await parsePrivateKeyPem(text, { name: path })
  try {
    return createPublicKey(text)
  } catch (cause) {
    throw new CommandError('key_unfit', `error reading ${path}: unsupported format`, { cause })
  }
}

async function loadKeySet(io: Io, path: string): Promise<JwkSet> {
  const text = (await readInput(io, path, errorReading)).toString()
  return parseJwkSet(text)
}

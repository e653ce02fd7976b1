import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto'
import { type Jwk, openJwk, parseJwk } from '@mayfly/jwt-tokens'
import {
  isSshPublicKey,
  keyTypeOf,
  parsePrivateKeyPem,
  parseSshPublicKey,
} from '@mayfly/keystore-hsm'
import { isWrongPassword } from '../ca/provisioner-key.ts'
import { readInput } from '../files/input-file.ts'
import { loadFirstPassword, openWithPassword, passwordOfFile } from '../files/password.ts'
import { CommandError } from '../framework/errors.ts'
import type { Io } from '../io.ts'
import { isPrivateJwk, kindOfKeyText, wantsPassword } from './key-text.ts'

/** The form that a key was found in. */
export type KeyForm = 'pem' | 'der' | 'ssh' | 'jwk'

export interface LoadedKey {
  readonly key: KeyObject
  readonly form: KeyForm
}

/** How {@link loadKeyFile} goes about it. */
export interface LoadKeyOptions {
  readonly passwordFile: string | undefined
  /** How messages say that the file cannot be read. */
  readonly failure?: (path: string, reason: string) => string
}

/**
 * Loads a private or public key in whatever form: the first block of PEM, an SSH public key, a JWK, a JWE, or DER; of
 * a certificate, its public key.
 *
 * @throws {CommandError} `file_unreadable`, `key_unfit`
 * @throws {KeystoreError}
 */
export async function loadKeyFile(
  io: Io,
  path: string,
  options: LoadKeyOptions,
): Promise<LoadedKey> {
  const octets = await readInput(io, path, options.failure)
  const text = octets.toString()
  if (text.includes('-----BEGIN ')) {
    return { key: await parsePem(io, text, path, options), form: 'pem' }
  }
  if (isSshPublicKey(text)) return { key: parseSshPublicKey(text), form: 'ssh' }
  if (/^\s*\{/.test(text) || /^\s*[\w-]+(\.[\w-]*){4}\s*$/.test(text)) {
    return { key: keyOfJwk(await openJwkFile(io, text, path, options), path), form: 'jwk' }
  }
  return { key: parseDer(octets, path), form: 'der' }
}

/**
 * The key that a JWK holds.
 *
 * @throws {CommandError} `key_unfit` for a secret key, or one that is wrong in itself.
 */
export function keyOfJwk(jwk: Jwk, name: string): KeyObject {
  if (jwk.kty === 'oct') {
    throw new CommandError('key_unfit', `unsupported key type 'oct' in ${name}`)
  }
  const { kty, crv, n, e, x, y } = jwk
  const shared = { kty, crv, n, e, x, y }
  try {
    const key = isPrivateJwk(jwk)
      ? createPrivateKey({ key: defined({ ...shared, ...privateMembers(jwk) }), format: 'jwk' })
      : createPublicKey({ key: defined(shared), format: 'jwk' })
    keyTypeOf(key)
    return key
  } catch (error) {
    if (error instanceof Error && 'hint' in error) throw error
    // The lower error may quote the key.
    throw new CommandError('key_unfit', `error parsing key in ${name}: it is no ${kty} key`)
  }
}

async function parsePem(
  io: Io,
  text: string,
  path: string,
  { passwordFile }: LoadKeyOptions,
): Promise<KeyObject> {
  const block = /-----BEGIN ([^-]+)-----[\s\S]*?-----END \1-----/.exec(text)
  if (block === null) {
    throw new CommandError('key_unfit', `error decoding ${path}: not a valid PEM encoded block`)
  }
  const [pem, label = ''] = block
  if (!label.endsWith('PRIVATE KEY')) return parsePublicPem(pem, label, path)
  if (!wantsPassword(pem)) return await parsePrivateKeyPem(pem, { name: path })
  return await openWithPassword(io, {
    password: await loadFirstPassword(io, [passwordFile]),
    question: passwordOfFile(path, 'password-file'),
    tries: 1,
    isWrongPassword,
    open: (password) => parsePrivateKeyPem(pem, { password, name: path }),
  })
}

function parsePublicPem(pem: string, label: string, path: string): KeyObject {
  try {
    if (label === 'CERTIFICATE') return new X509Certificate(pem).publicKey
    if (label === 'PUBLIC KEY' || label === 'RSA PUBLIC KEY') return createPublicKey(pem)
  } catch (cause) {
    throw new CommandError('key_unfit', `error parsing ${path}: not a ${label}`, { cause })
  }
  throw new CommandError(
    'key_unfit',
    `error decoding ${path}: contains an unexpected header '${label}'`,
  )
}

async function openJwkFile(
  io: Io,
  text: string,
  path: string,
  { passwordFile }: LoadKeyOptions,
): Promise<Jwk> {
  if (kindOfKeyText(text, path) === 'jwk') return parseJwk(text)
  return await openWithPassword(io, {
    password: await loadFirstPassword(io, [passwordFile]),
    question: passwordOfFile(path, 'password-file'),
    tries: 3,
    isWrongPassword,
    open: (password) => openJwk(text, password),
  })
}

function parseDer(octets: Buffer, path: string): KeyObject {
  for (const parse of derParsers) {
    try {
      const key = parse(octets)
      if (key.type === 'private') keyTypeOf(key)
      return key
    } catch (error) {
      // A key that is one of ours but too weak says so; what is none of these is asked the next.
      if (error instanceof Error && 'code' in error && error.code === 'key_too_weak') throw error
    }
  }
  throw new CommandError('key_unfit', `error parsing ${path}: unsupported format`)
}

const derParsers: readonly ((octets: Buffer) => KeyObject)[] = [
  (key) => createPrivateKey({ key, format: 'der', type: 'pkcs8' }),
  (key) => createPrivateKey({ key, format: 'der', type: 'sec1' }),
  (key) => createPrivateKey({ key, format: 'der', type: 'pkcs1' }),
  (key) => createPublicKey({ key, format: 'der', type: 'spki' }),
  (key) => createPublicKey({ key, format: 'der', type: 'pkcs1' }),
  (octets) => new X509Certificate(octets).publicKey,
]

function privateMembers(jwk: Jwk): Record<string, string | undefined> {
  return isPrivateJwk(jwk)
    ? { d: jwk.d, p: jwk.p, q: jwk.q, dp: jwk.dp, dq: jwk.dq, qi: jwk.qi }
    : {}
}

function defined(members: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(members).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    ),
  )
}

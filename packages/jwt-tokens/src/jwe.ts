import { compactDecrypt, errors, type JWK } from 'jose'
import { TokenError } from './errors.ts'
import { decodeBase64url } from './internal/base64url.ts'
import { definedMembers } from './internal/defined-members.ts'
import { type JsonObject, JsonSyntaxError, parseJsonObject } from './internal/json.ts'
import type { Jwk } from './jwk.ts'

/** What opens a JWE: a password (PBES2), or a private or secret JWK with `use` "enc" or none. */
export type DecryptionKey = { readonly password: string | Uint8Array } | { readonly jwk: Jwk }

/**
 * Highest PBKDF2 round count accepted: some seconds of work at most, whoever made the JWE.
 * step writes 600 000.
 */
export const maximumPbkdf2Rounds = 2_000_000

/**
 * Decrypts a compact JWE (RFC 7516 §7.1) and returns its plaintext. A password opens PBES2 alone;
 * a JWK opens what its type, `alg`, `use` and `key_ops` fit, by allow-list (RSA1_5 is not on it).
 * Compression (`zip`) and extensions (`crit`) are refused.
 *
 * @throws {TokenError} `key_malformed` for what is no such JWE, `token_algorithm_not_allowed`,
 * `key_decryption_failed` when the key does not open it.
 */
export async function decryptJwe(text: string, key: DecryptionKey): Promise<Uint8Array> {
  assertReadable(text)
  const isPassword = 'password' in key
  try {
    const { plaintext } = await compactDecrypt(
      text,
      isPassword ? toOctets(key.password) : toJoseKey(key.jwk),
      {
        keyManagementAlgorithms: isPassword ? passwordAlgorithms : keyAlgorithms,
        contentEncryptionAlgorithms: contentAlgorithms,
        maxPBES2Count: maximumPbkdf2Rounds,
        maxDecompressedLength: 0,
      },
    )
    return plaintext
  } catch (cause) {
    throw translate(cause, isPassword ? 'invalid password' : 'the key does not open it')
  }
}

/**
 * Returns the compact form of a flattened JSON JWE (RFC 7516 §7.2.2), which has nothing beside
 * `protected`, `encrypted_key`, `iv`, `ciphertext` and `tag`: the form step writes to key files.
 *
 * @throws {TokenError} `key_malformed`.
 */
export function compactJweOf(json: string): string {
  const members = readJson(Buffer.from(json, 'utf8'), 'JWE')
  const unknown = Object.keys(members).find((name) => !flattenedMembers.includes(name))
  if (unknown !== undefined) throw malformed(`it has the member ${JSON.stringify(unknown)}`)
  return flattenedMembers
    .map((name) => {
      const member = members[name] ?? (mayBeEmpty.includes(name) ? '' : undefined)
      if (typeof member !== 'string') throw malformed(`its member "${name}" is not a string`)
      return member
    })
    .join('.')
}

/** Refuses, before any work is done, what jose would read more leniently than this package does. */
function assertReadable(text: string): void {
  const parts = text.split('.')
  const [header] = parts.map(decodeBase64url)
  if (parts.length !== 5) throw malformed('it has not five parts')
  if (header === undefined || parts.some((part) => decodeBase64url(part) === undefined)) {
    throw malformed('a part is not base64url')
  }
  const { crit, zip, p2c } = readJson(header, 'JWE header')
  if (crit !== undefined) throw malformed('unrecognized critical headers (crit)')
  if (zip !== undefined) throw malformed('compression (zip) is not supported')
  if (typeof p2c === 'number' && p2c > maximumPbkdf2Rounds) {
    throw malformed(`it asks for ${p2c} PBKDF2 rounds, more than ${maximumPbkdf2Rounds}`)
  }
}

function translate(cause: unknown, reason: string): unknown {
  if (cause instanceof errors.JWEDecryptionFailed) {
    return new TokenError('key_decryption_failed', `failed to decrypt JWE: ${reason}`)
  }
  if (cause instanceof errors.JOSEAlgNotAllowed) {
    return new TokenError('token_algorithm_not_allowed', 'algorithm of the JWE is not allowed', {
      cause,
    })
  }
  // jose reports an unfit key as TypeError, and WebCrypto one it cannot import as DOMException.
  if (
    cause instanceof errors.JOSEError ||
    cause instanceof TypeError ||
    cause instanceof DOMException
  ) {
    return malformed(cause.message, cause)
  }
  return cause
}

function readJson(octets: Uint8Array, name: string): JsonObject {
  try {
    return parseJsonObject(octets)
  } catch (cause) {
    if (!(cause instanceof JsonSyntaxError)) throw cause
    throw new TokenError('key_malformed', `${name} cannot be read: ${cause.message}`, { cause })
  }
}

/** A copy, since jose freezes the JWK it is given. */
function toJoseKey(jwk: Jwk): JWK {
  return definedMembers({ ...jwk, key_ops: jwk.key_ops && [...jwk.key_ops] })
}

function toOctets(password: string | Uint8Array): Uint8Array {
  return typeof password === 'string' ? Buffer.from(password, 'utf8') : password
}

function malformed(reason: string, cause?: unknown): TokenError {
  return new TokenError('key_malformed', `JWE cannot be read: ${reason}`, { cause })
}

/** Without an encrypted key (`dir`, ECDH-ES) or without content the member is left out. */
const mayBeEmpty = ['encrypted_key', 'ciphertext']

const flattenedMembers = ['protected', 'encrypted_key', 'iv', 'ciphertext', 'tag']

const passwordAlgorithms = ['PBES2-HS256+A128KW', 'PBES2-HS384+A192KW', 'PBES2-HS512+A256KW']

const keyAlgorithms = [
  'dir',
  'A128KW',
  'A192KW',
  'A256KW',
  'A128GCMKW',
  'A192GCMKW',
  'A256GCMKW',
  'ECDH-ES',
  'ECDH-ES+A128KW',
  'ECDH-ES+A192KW',
  'ECDH-ES+A256KW',
  'RSA-OAEP',
  'RSA-OAEP-256',
]

const contentAlgorithms = [
  'A128GCM',
  'A192GCM',
  'A256GCM',
  'A128CBC-HS256',
  'A192CBC-HS384',
  'A256CBC-HS512',
]

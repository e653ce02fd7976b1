import { CompactEncrypt, errors, type JWK } from 'jose'
import { TokenError } from './errors.ts'
import { decodeBase64url } from './internal/base64url.ts'
import { definedMembers } from './internal/defined-members.ts'
import { isSecretJwk, type Jwk } from './jwk.ts'

/** How the content key reaches the recipient, RFC 7518 §4.1. RSA1_5 is not among them. */
export const keyManagementAlgorithms = [
  'RSA-OAEP',
  'RSA-OAEP-256',
  'A128KW',
  'A192KW',
  'A256KW',
  'dir',
  'ECDH-ES',
  'ECDH-ES+A128KW',
  'ECDH-ES+A192KW',
  'ECDH-ES+A256KW',
  'A128GCMKW',
  'A192GCMKW',
  'A256GCMKW',
  'PBES2-HS256+A128KW',
  'PBES2-HS384+A192KW',
  'PBES2-HS512+A256KW',
] as const

/** What encrypts the content, RFC 7518 §5.1. */
export const contentEncryptionAlgorithms = [
  'A128GCM',
  'A192GCM',
  'A256GCM',
  'A128CBC-HS256',
  'A192CBC-HS384',
  'A256CBC-HS512',
] as const

/** A name of {@link keyManagementAlgorithms}. */
export type KeyManagementAlgorithm = (typeof keyManagementAlgorithms)[number]

/** A name of {@link contentEncryptionAlgorithms}. */
export type ContentEncryptionAlgorithm = (typeof contentEncryptionAlgorithms)[number]

/** Whom a JWE is for: who knows a password, or has the private half of a key or a secret one. */
export type EncryptionKey = { readonly password: string } | { readonly jwk: Jwk }

/** How {@link encryptJwe} writes. */
export interface EncryptJweOptions {
  /** By default the key's own, else the usual one of its type; with a password PBES2-HS256+A128KW. */
  readonly algorithm?: KeyManagementAlgorithm | undefined
  /** By default A256GCM. */
  readonly encryption?: ContentEncryptionAlgorithm | undefined
  /** `typ` of the header. */
  readonly type?: string | undefined
  /** `cty` of the header. */
  readonly contentType?: string | undefined
  /** `kid` of the header, by default the key's. */
  readonly keyId?: string | undefined
}

/**
 * Encrypts octets for a key or a password: compact JWE, RFC 7516 §7.1.
 *
 * @throws {TokenError} `key_malformed` for a key that is meant for signatures or cannot be used;
 * `token_algorithm_not_allowed` when the algorithm does not fit the key.
 */
export async function encryptJwe(
  plaintext: Uint8Array,
  key: EncryptionKey,
  { algorithm, encryption = 'A256GCM', type, contentType, keyId }: EncryptJweOptions = {},
): Promise<string> {
  const isPassword = 'password' in key
  const alg = isPassword ? passwordAlgorithm(algorithm) : algorithmOfKey(key.jwk, algorithm)
  const kid = keyId ?? (isPassword ? undefined : key.jwk.kid)
  const members = { ...placesIn(alg), cty: contentType, kid, typ: type }
  const header = sortMembers(definedMembers(members))
  const encrypt = new CompactEncrypt(plaintext).setProtectedHeader({
    alg,
    ...(contentType === undefined ? {} : { cty: contentType }),
    enc: encryption,
    ...header,
  })
  if (isPassword) encrypt.setKeyManagementParameters({ p2c: passwordRounds })
  try {
    return await encrypt.encrypt(isPassword ? Buffer.from(key.password) : joseKeyOf(key.jwk))
  } catch (cause) {
    if (
      cause instanceof errors.JOSEError ||
      cause instanceof TypeError ||
      cause instanceof DOMException
    ) {
      throw new TokenError('key_malformed', `error encrypting data: ${cause.message}`, { cause })
    }
    throw cause
  }
}

/** Whether a JWE is opened by a password; false for what is no JWE. */
export function isPasswordJwe(compact: string): boolean {
  const octets = decodeBase64url(compact.split('.', 1)[0] ?? '')
  try {
    const header: unknown = JSON.parse(Buffer.from(octets ?? []).toString('utf8'))
    const alg = typeof header === 'object' && header !== null && 'alg' in header ? header.alg : ''
    return typeof alg === 'string' && alg.startsWith('PBES2-')
  } catch {
    return false
  }
}

/**
 * Places for what jose adds to the header. The members stand in alphabetical order, because step writes headers anew,
 * in its own order, when it turns one serialization into the other: else they would not stay what was authenticated.
 */
function placesIn(algorithm: KeyManagementAlgorithm): Readonly<Record<string, null>> {
  if (algorithm.startsWith('ECDH-ES')) return { epk: null }
  if (algorithm.endsWith('GCMKW')) return { iv: null, tag: null }
  return algorithm.startsWith('PBES2-') ? { p2c: null, p2s: null } : {}
}

function sortMembers(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const names = Object.keys(members).sort()
  return Object.fromEntries(names.map((name) => [name, members[name]]))
}

function passwordAlgorithm(wanted: KeyManagementAlgorithm | undefined): KeyManagementAlgorithm {
  if (wanted === undefined) return 'PBES2-HS256+A128KW'
  if (wanted.startsWith('PBES2-')) return wanted
  throw new TokenError(
    'token_algorithm_not_allowed',
    `algorithm ${wanted} does not go with a password`,
  )
}

function algorithmOfKey(
  jwk: Jwk,
  wanted: KeyManagementAlgorithm | undefined,
): KeyManagementAlgorithm {
  if (jwk.use === 'sig') {
    throw new TokenError(
      'key_malformed',
      "invalid jwk use: found 'sig' (signature), expecting 'enc' (encryption)",
    )
  }
  const fitting = algorithmsByType.get(jwk.kty) ?? []
  const own = wanted ?? jwk.alg ?? usualAlgorithm(jwk)
  const algorithm = fitting.find((name) => name === own)
  if (algorithm !== undefined) return algorithm
  throw new TokenError(
    'token_algorithm_not_allowed',
    fitting.length === 0
      ? `keys of type ${jwk.kty} cannot encrypt`
      : `algorithm ${own} is not allowed, the key allows ${fitting.join(', ')}`,
  )
}

/** A secret's length tells the cipher it is for (RFC 7518 §4.7). */
function usualAlgorithm(jwk: Jwk): KeyManagementAlgorithm {
  if (jwk.kty === 'RSA') return 'RSA-OAEP-256'
  if (!isSecretJwk(jwk)) return 'ECDH-ES'
  const octets = decodeBase64url(jwk.k)?.length
  return octets === 16 ? 'A128GCMKW' : octets === 24 ? 'A192GCMKW' : 'A256GCMKW'
}

/** What encrypts is the public half, whatever else the key holds; a copy, since jose freezes it. */
function joseKeyOf(jwk: Jwk): JWK {
  const { kty, crv, n, e, x, y } = jwk
  return definedMembers({ kty, crv, n, e, x, y, k: isSecretJwk(jwk) ? jwk.k : undefined })
}

const algorithmsByType: ReadonlyMap<string, readonly KeyManagementAlgorithm[]> = new Map<
  string,
  readonly KeyManagementAlgorithm[]
>([
  ['RSA', ['RSA-OAEP', 'RSA-OAEP-256']],
  ['EC', ['ECDH-ES', 'ECDH-ES+A128KW', 'ECDH-ES+A192KW', 'ECDH-ES+A256KW']],
  ['oct', ['dir', 'A128KW', 'A192KW', 'A256KW', 'A128GCMKW', 'A192GCMKW', 'A256GCMKW']],
])

const passwordRounds = 600_000

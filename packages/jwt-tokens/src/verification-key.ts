import { createPublicKey, createSecretKey, KeyObject } from 'node:crypto'
import {
  algorithmsOfKey,
  type MacAlgorithm,
  type SignatureAlgorithm,
  signatureAlgorithms,
} from './algorithms.ts'
import { TokenError } from './errors.ts'
import { decodeBase64url } from './internal/base64url.ts'
import { definedMembers } from './internal/defined-members.ts'
import { isPrivateJwk, isSecretJwk, type Jwk, type JwkSet } from './jwk.ts'

/** A key ready to verify with: import once, keep, use for every token. */
export interface VerificationKey {
  /** `kid` of the JWK, undefined when it has none. */
  readonly keyId: string | undefined
  /** Never empty: narrowed by key type, curve, size, the JWK's `alg` and the caller's list. */
  readonly algorithms: readonly (SignatureAlgorithm | MacAlgorithm)[]
  readonly key: KeyObject
}

/** What a caller allows beyond the defaults. */
export interface VerificationKeyOptions {
  /** Algorithms allowed at all; by default every {@link SignatureAlgorithm} and no MAC. */
  readonly algorithms?: readonly (SignatureAlgorithm | MacAlgorithm)[] | undefined
}

/**
 * Imports a key for verification and binds it to the algorithms it may be used with: by key type
 * and curve, by the JWK's `alg`, `use` and `key_ops` (RFC 7517 §4.2–4.4), and by the allow-list.
 *
 * @throws {TokenError} `key_malformed` for a private, weak or broken key;
 * `token_algorithm_not_allowed` when nothing allowed is left.
 */
export function importVerificationKey(
  source: Jwk | KeyObject,
  { algorithms: allowed = signatureAlgorithms }: VerificationKeyOptions = {},
): VerificationKey {
  if (source instanceof KeyObject) {
    if (source.type !== 'public') throw privateKeyRefusal(undefined)
    return { keyId: undefined, algorithms: narrow(source, undefined, allowed), key: source }
  }
  assertMayVerify(source)
  const key = isSecretJwk(source) ? importSecret(source) : importPublic(source)
  return { keyId: source.kid, algorithms: narrow(key, source.alg, allowed), key }
}

/**
 * Returns the one key of a set with the given `kid`.
 *
 * @throws {TokenError} `key_not_found`; `key_malformed` when two keys share the `kid`, or when the
 * set mixes secret and public keys (a set is one or the other, else it publishes its secrets).
 */
export function selectKey(keySet: JwkSet, keyId: string | undefined): Jwk {
  const secrets = keySet.keys.filter(isSecretJwk).length
  if (secrets !== 0 && secrets !== keySet.keys.length) {
    throw new TokenError('key_malformed', 'key set mixes secret keys with public ones')
  }
  const matching = keySet.keys.filter(({ kid }) => kid !== undefined && kid === keyId)
  const [key] = matching
  if (key === undefined) {
    throw new TokenError('key_not_found', `cannot find key with kid ${keyId ?? '""'}`)
  }
  if (matching.length > 1) {
    throw new TokenError('key_malformed', `key set has ${matching.length} keys with kid ${keyId}`)
  }
  return key
}

function narrow(
  key: KeyObject,
  alg: string | undefined,
  allowed: readonly (SignatureAlgorithm | MacAlgorithm)[],
): readonly (SignatureAlgorithm | MacAlgorithm)[] {
  const fitting = algorithmsOfKey(key)
  const algorithms = fitting.filter(
    (name) => allowed.includes(name) && (alg === undefined || alg === name),
  )
  if (algorithms.length === 0) {
    throw new TokenError(
      'token_algorithm_not_allowed',
      `key is bound to the algorithm ${alg ?? fitting.join(' or ')}, which is not allowed for it`,
    )
  }
  return algorithms
}

function assertMayVerify({ use, key_ops }: Jwk): void {
  if (use !== undefined && use !== 'sig') {
    throw new TokenError('key_malformed', `key has use ${JSON.stringify(use)}, not "sig"`)
  }
  if (key_ops !== undefined && !key_ops.includes('verify')) {
    throw new TokenError('key_malformed', 'key_ops of the key does not include "verify"')
  }
}

function importPublic(jwk: Jwk): KeyObject {
  if (isPrivateJwk(jwk)) throw privateKeyRefusal(jwk.kid)
  assertCoordinates(jwk)
  const { kty, crv, x, y, n, e } = jwk
  try {
    return createPublicKey({ key: definedMembers({ kty, crv, x, y, n, e }), format: 'jwk' })
  } catch (cause) {
    throw new TokenError('key_malformed', `key of type ${kty} cannot be imported`, { cause })
  }
}

/** RFC 7518 §6.2.1.2, RFC 8037 §2: coordinates have their curve's full length. */
function assertCoordinates({ kty, crv, x, y, n, e }: Jwk): void {
  if (kty === 'RSA') {
    if (n !== undefined && e !== undefined && decodeBase64url(n) && decodeBase64url(e)) return
    throw new TokenError('key_malformed', 'RSA key lacks "n" or "e" in base64url')
  }
  const length = coordinateOctets.get(`${kty} ${crv}`)
  if (length === undefined) {
    throw new TokenError('key_malformed', `key type ${kty} with curve ${crv} is not supported`)
  }
  for (const coordinate of kty === 'EC' ? [x, y] : [x]) {
    if (coordinate === undefined || decodeBase64url(coordinate)?.length !== length) {
      throw new TokenError(
        'key_malformed',
        `a coordinate of the ${crv} key has not ${length} octets`,
      )
    }
  }
}

function importSecret({ k }: { readonly k: string }): KeyObject {
  const octets = decodeBase64url(k)
  if (octets === undefined) {
    throw new TokenError('key_malformed', 'member "k" of the key is not base64url')
  }
  return createSecretKey(octets)
}

function privateKeyRefusal(keyId: string | undefined): TokenError {
  const subject = keyId === undefined ? 'key' : `key ${keyId}`
  return new TokenError('key_malformed', `${subject} is private`, {
    hint: 'give the public key: verifying needs no private one',
  })
}

const coordinateOctets: ReadonlyMap<string, number> = new Map([
  ['EC P-256', 32],
  ['EC P-384', 48],
  ['EC P-521', 66],
  ['OKP Ed25519', 32],
])

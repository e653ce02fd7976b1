import {
  importVerificationKey,
  type Jwk,
  jwkThumbprint,
  parseJwk,
  publicJwkOf,
  type SignatureAlgorithm,
  TokenError,
  type VerificationKey,
  verifyJws,
} from '@mayfly/jwt-tokens'
import { AcmeError } from './errors.ts'
import type { FlattenedJws } from './jws.ts'

/** What a request may be signed by (RFC 8555 §6.2). */
export const requestAlgorithms: readonly SignatureAlgorithm[] = [
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
]

/** The public key of an account, ready to verify with. */
export interface AccountKey {
  /** The public members of the JWK, in compact JSON. */
  readonly jwk: string
  /** RFC 7638, base64url of SHA-256; what key authorizations end with (RFC 8555 §8.1). */
  readonly thumbprint: string
  readonly verificationKey: VerificationKey
}

/**
 * Reads a public key that a client brings.
 *
 * @throws {AcmeError} `badPublicKey` for a private, weak, broken or unknown key.
 */
export function readAccountKey(jwk: unknown): AccountKey {
  return refusingKey(() => {
    const key = importAccountKey(parseJwk(JSON.stringify(jwk)))
    // One key, one thumbprint: a number with zeros before it would be the same key under another.
    if (jwkThumbprint(key.verificationKey.key) === key.thumbprint) return key
    throw new TokenError('key_malformed', 'a number of the key is not written as RFC 7518 has it')
  })
}

/** The keys of the accounts that were here lately, imported once: that costs as much as a verification. */
export interface AccountKeys {
  /** Reads the key of an account as it is kept. */
  parse(publicKey: string): AccountKey
}

/** Creates an empty memory of keys; it holds so many that a busy day's accounts find room. */
export function createAccountKeys(maximum = 10_000): AccountKeys {
  const known = new Map<string, AccountKey>()
  return {
    parse: (publicKey) => {
      const key = known.get(publicKey) ?? importAccountKey(parseJwk(publicKey))
      // The one that was used last stands last.
      known.delete(publicKey)
      known.set(publicKey, key)
      const [oldest] = known.keys()
      if (known.size > maximum && oldest !== undefined) known.delete(oldest)
      return key
    },
  }
}

/**
 * Refuses what is not on the list of algorithms, before any key is looked for.
 *
 * @throws {AcmeError} `badSignatureAlgorithm`.
 */
export function assertRequestAlgorithm({ protectedHeader: { alg } }: FlattenedJws): void {
  if (requestAlgorithms.some((name) => name === alg)) return
  throw new AcmeError(
    'badSignatureAlgorithm',
    `the algorithm ${JSON.stringify(alg)} is not one that requests may be signed by`,
    { algorithms: requestAlgorithms },
  )
}

/**
 * Verifies the signature of a request.
 *
 * @throws {AcmeError} `badSignatureAlgorithm` when the key is not for the header's `alg`, `malformed` when the signature is
 * not the key's.
 */
export async function verifyRequestSignature(
  { text }: FlattenedJws,
  { verificationKey }: AccountKey,
  what = 'the request',
): Promise<void> {
  try {
    await verifyJws(text, verificationKey)
  } catch (cause) {
    if (!(cause instanceof TokenError)) throw cause
    if (cause.code === 'token_algorithm_not_allowed') {
      throw new AcmeError('badSignatureAlgorithm', `${what}: ${cause.message}`, {
        cause,
        algorithms: verificationKey.algorithms,
      })
    }
    throw new AcmeError('malformed', `the signature of ${what} is not by its key`, { cause })
  }
}

function importAccountKey(jwk: Jwk): AccountKey {
  const verificationKey = importVerificationKey(jwk, { algorithms: requestAlgorithms })
  const { kid: _, use: _use, key_ops: _operations, alg: _alg, ...members } = publicJwkOf(jwk)
  return {
    jwk: JSON.stringify(members),
    thumbprint: jwkThumbprint(members),
    verificationKey,
  }
}

function refusingKey(read: () => AccountKey): AccountKey {
  try {
    return read()
  } catch (cause) {
    if (!(cause instanceof TokenError)) throw cause
    throw new AcmeError('badPublicKey', cause.message, {
      cause,
      algorithms: requestAlgorithms,
      ...(cause.hint === undefined ? {} : { hint: cause.hint }),
    })
  }
}

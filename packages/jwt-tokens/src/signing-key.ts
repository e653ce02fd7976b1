import { createPrivateKey, KeyObject } from 'node:crypto'
import { CompactSign } from 'jose'
import {
  algorithmsOfKey,
  isSignatureAlgorithm,
  type MacAlgorithm,
  type SignatureAlgorithm,
} from './algorithms.ts'
import { TokenError } from './errors.ts'
import { definedMembers } from './internal/defined-members.ts'
import type { JsonObject } from './internal/json.ts'
import { isPrivateJwk, isSecretJwk, type Jwk, jwkThumbprint, type PrivateJwk } from './jwk.ts'

/** What signs a token: a private JWK, or a private key of `node:crypto`. */
export type SigningKey = PrivateJwk | KeyObject

/** A signing key read and bound to one algorithm. */
interface ImportedSigningKey {
  readonly algorithm: SignatureAlgorithm
  readonly keyId: string
  readonly privateKey: KeyObject
}

/**
 * Reads a signing key. The algorithm is the JWK's own, else the given one, else the usual one of
 * the key's type;
 * the key id is the JWK's `kid`, else its thumbprint.
 *
 * @throws {TokenError} `key_malformed` for a public, weak or broken key;
 * `token_algorithm_not_allowed` when the key's algorithm is not on the allow-list.
 */
export function importSigningKey(
  key: Jwk | KeyObject,
  algorithm?: SignatureAlgorithm,
): ImportedSigningKey {
  const privateKey = key instanceof KeyObject ? key : importPrivateJwk(key)
  if (privateKey.type !== 'private') throw publicKeyRefusal()
  const { alg, kid } = key instanceof KeyObject ? {} : key
  return {
    algorithm: selectAlgorithm(privateKey, alg ?? algorithm),
    keyId: kid ?? jwkThumbprint(privateKey),
    privateKey,
  }
}

function selectAlgorithm(privateKey: KeyObject, wanted: string | undefined): SignatureAlgorithm {
  const fitting = algorithmsOfKey(privateKey).filter(isSignatureAlgorithm)
  const selected = fitting.find((name) => wanted === undefined || name === wanted)
  if (selected !== undefined) return selected
  throw new TokenError(
    'token_algorithm_not_allowed',
    `algorithm ${wanted} is not allowed, the key allows ${fitting.join(', ')}`,
  )
}

/** Signs a payload as compact JWS; members of the header are written in the order given. */
export async function signCompact(
  header: JsonObject & { readonly alg: SignatureAlgorithm | MacAlgorithm },
  payload: JsonObject,
  key: KeyObject,
): Promise<string> {
  return new CompactSign(Buffer.from(JSON.stringify(payload), 'utf8'))
    .setProtectedHeader(header)
    .sign(key)
}

function importPrivateJwk(jwk: Jwk): KeyObject {
  if (isSecretJwk(jwk)) {
    throw new TokenError('token_algorithm_not_allowed', 'secret keys cannot sign tokens')
  }
  if (!isPrivateJwk(jwk)) throw publicKeyRefusal()
  if (jwk.use !== undefined && jwk.use !== 'sig') {
    throw new TokenError('key_malformed', `key has use ${JSON.stringify(jwk.use)}, not "sig"`)
  }
  if (jwk.key_ops !== undefined && !jwk.key_ops.includes('sign')) {
    throw new TokenError('key_malformed', 'key_ops of the key does not include "sign"')
  }
  const { kty, crv, x, y, n, e, d, p, q, dp, dq, qi } = jwk
  const members = { kty, crv, x, y, n, e, d, p, q, dp, dq, qi }
  try {
    return createPrivateKey({ key: definedMembers(members), format: 'jwk' })
  } catch {
    // The lower error may quote what it was given, and that is the private key.
    throw new TokenError('key_malformed', `private key of type ${jwk.kty} cannot be imported`)
  }
}

function publicKeyRefusal(): TokenError {
  return new TokenError('key_malformed', 'cannot use a public key for signing')
}

import { createPrivateKey, KeyObject } from 'node:crypto'
import { CompactSign } from 'jose'
import { algorithmsOfKey, isSignatureAlgorithm, type SignatureAlgorithm } from './algorithms.ts'
import { TokenError } from './errors.ts'
import { definedMembers } from './internal/defined-members.ts'
import type { JsonObject } from './internal/json.ts'
import { isPrivateJwk, type Jwk, jwkThumbprint, type PrivateJwk } from './jwk.ts'

/** What signs a token: a private JWK, or a private key of `node:crypto`. */
export type SigningKey = PrivateJwk | KeyObject

/** A signing key read and bound to one algorithm. */
export interface ImportedSigningKey {
  readonly algorithm: SignatureAlgorithm
  readonly keyId: string
  readonly privateKey: KeyObject
}

/**
 * Reads a signing key. The algorithm is the JWK's own, else the usual one of the key's type;
 * the key id is the JWK's `kid`, else its thumbprint.
 *
 * @throws {TokenError} `key_malformed` for a public, weak or broken key;
 * `token_algorithm_not_allowed` when the key's algorithm is not on the allow-list.
 */
export function importSigningKey(key: Jwk | KeyObject): ImportedSigningKey {
  const privateKey = key instanceof KeyObject ? key : importPrivateJwk(key)
  if (privateKey.type !== 'private') throw publicKeyRefusal()
  const [usual, ...others] = algorithmsOfKey(privateKey).filter(isSignatureAlgorithm)
  const wanted = key instanceof KeyObject ? usual : (key.alg ?? usual)
  const algorithm = [usual, ...others].find((name) => name === wanted)
  if (algorithm === undefined) {
    throw new TokenError(
      'token_algorithm_not_allowed',
      `key is bound to the algorithm ${wanted}, which is not allowed for it`,
    )
  }
  const keyId = (key instanceof KeyObject ? undefined : key.kid) ?? jwkThumbprint(privateKey)
  return { algorithm, keyId, privateKey }
}

/** Signs a payload as compact JWS; members of the header are written in the order given. */
export async function signCompact(
  header: JsonObject & { readonly alg: SignatureAlgorithm },
  payload: JsonObject,
  privateKey: KeyObject,
): Promise<string> {
  return new CompactSign(Buffer.from(JSON.stringify(payload), 'utf8'))
    .setProtectedHeader(header)
    .sign(privateKey)
}

function importPrivateJwk(jwk: Jwk): KeyObject {
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

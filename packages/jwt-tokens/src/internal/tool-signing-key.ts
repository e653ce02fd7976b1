import { createSecretKey, KeyObject } from 'node:crypto'
import {
  algorithmsOfKey,
  type MacAlgorithm,
  type SignatureAlgorithm,
  signatureAlgorithms,
} from '../algorithms.ts'
import { TokenError } from '../errors.ts'
import { isSecretJwk, type Jwk } from '../jwk.ts'
import { importSigningKey } from '../signing-key.ts'

/** A key of any kind bound to one algorithm. */
export interface ToolSigningKey {
  readonly algorithm: SignatureAlgorithm | MacAlgorithm
  readonly keyId: string | undefined
  readonly key: KeyObject
}

/**
 * Imports the key that a tool signs with. A MAC is made with a secret key alone, so that none is ever made with a
 * public one.
 *
 * @throws {TokenError} `key_malformed`, `token_algorithm_not_allowed`.
 */
export function importToolSigningKey(
  selected: Jwk | KeyObject,
  algorithm: string | undefined,
): ToolSigningKey {
  if (!(selected instanceof KeyObject) && isSecretJwk(selected)) {
    return importSecretKey(selected, algorithm)
  }
  const name = signatureAlgorithms.find((each) => each === algorithm)
  if (algorithm !== undefined && name === undefined) {
    throw new TokenError('token_algorithm_not_allowed', `alg ${algorithm} is not allowed`)
  }
  const { algorithm: chosen, keyId, privateKey } = importSigningKey(selected, name)
  return { algorithm: chosen, keyId, key: privateKey }
}

/** A secret's thumbprint would tell of the secret, so it has no key id but its own. */
function importSecretKey(
  { k, alg, use, kid }: Jwk & { readonly k: string },
  wanted: string | undefined,
): ToolSigningKey {
  if (use !== undefined && use !== 'sig') {
    throw new TokenError(
      'key_malformed',
      `invalid jwk use: found '${use}', expecting 'sig' (signature)`,
    )
  }
  const key = createSecretKey(Buffer.from(k, 'base64url'))
  const own = alg ?? wanted
  const fitting = algorithmsOfKey(key)
  const algorithm = fitting.find((name) => own === undefined || name === own)
  if (algorithm !== undefined) return { algorithm, keyId: kid, key }
  throw new TokenError(
    'token_algorithm_not_allowed',
    `algorithm ${own} is not allowed, the key allows ${fitting.join(', ')}`,
  )
}

import type { KeyObject } from 'node:crypto'
import { TokenError } from './errors.ts'

/** The signature algorithms a token may use, by their names in RFC 7518 §3.1, 8037 and 9864. */
export type SignatureAlgorithm =
  | 'ES256'
  | 'ES384'
  | 'ES512'
  | 'EdDSA'
  | 'Ed25519'
  | 'RS256'
  | 'RS384'
  | 'RS512'
  | 'PS256'
  | 'PS384'
  | 'PS512'

/** Message authentication codes, RFC 7518 §3.2: allowed only where a caller names them. */
export type MacAlgorithm = 'HS256' | 'HS384' | 'HS512'

/** Every name of {@link SignatureAlgorithm}: what is allowed when a caller names nothing. */
export const signatureAlgorithms: readonly SignatureAlgorithm[] = [
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
]

/** Every name of {@link MacAlgorithm}. */
export const macAlgorithms: readonly MacAlgorithm[] = ['HS256', 'HS384', 'HS512']

/** True when `name` is on the allow-list of asymmetric algorithms; `none` and `HS256` are not. */
export function isSignatureAlgorithm(name: string): name is SignatureAlgorithm {
  return signatureAlgorithms.some((algorithm) => algorithm === name)
}

/**
 * Returns the algorithms that fit a key, the usual one first.
 *
 * @throws {TokenError} `key_malformed` for a key that no allowed algorithm fits, an RSA modulus
 * below 2048 bits or an RSA exponent that is even or below 3.
 */
export function algorithmsOfKey(key: KeyObject): readonly (SignatureAlgorithm | MacAlgorithm)[] {
  if (key.type === 'secret') return algorithmsOfSecret(key.symmetricKeySize ?? 0)
  if (key.asymmetricKeyType === 'rsa') {
    assertStrongRsa(key)
    return ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']
  }
  const curve =
    key.asymmetricKeyType === 'ec' ? key.asymmetricKeyDetails?.namedCurve : key.asymmetricKeyType
  const algorithms = curve === undefined ? undefined : algorithmsByCurve.get(curve)
  if (algorithms === undefined) {
    throw new TokenError('key_malformed', `keys of type ${curve ?? 'unknown'} cannot sign tokens`, {
      hint: 'use EC P-256, P-384, P-521, Ed25519 or RSA of 2048 bits and more',
    })
  }
  return algorithms
}

function assertStrongRsa(key: KeyObject): void {
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {}
  if (modulusLength < 2048) {
    throw new TokenError('key_malformed', `RSA key has ${modulusLength} bits, fewer than 2048`)
  }
  if (publicExponent < 3n || publicExponent % 2n === 0n) {
    throw new TokenError('key_malformed', `RSA key has the unsafe exponent ${publicExponent}`)
  }
}

/** RFC 7518 §3.2: a key at least as long as the hash. */
function algorithmsOfSecret(octets: number): readonly MacAlgorithm[] {
  const algorithms = macAlgorithms.filter((name) => octets >= minimumSecretOctets[name])
  if (algorithms.length === 0) {
    throw new TokenError('key_malformed', `secret key has ${octets} octets, fewer than 32`)
  }
  return algorithms
}

/** By OpenSSL's curve names, which `KeyObject` reports. */
const algorithmsByCurve: ReadonlyMap<string, readonly SignatureAlgorithm[]> = new Map<
  string,
  readonly SignatureAlgorithm[]
>([
  ['prime256v1', ['ES256']],
  ['secp384r1', ['ES384']],
  ['secp521r1', ['ES512']],
  ['ed25519', ['EdDSA', 'Ed25519']],
])

const minimumSecretOctets: Record<MacAlgorithm, number> = { HS256: 32, HS384: 48, HS512: 64 }

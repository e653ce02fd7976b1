import { generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { KeystoreError } from './errors.ts'

/** The kinds of key Mayfly makes and accepts, in the words of a JWK (RFC 7518 §6, RFC 8037 §2). */
export type KeyType =
  | { readonly kty: 'EC'; readonly crv: EllipticCurve }
  | { readonly kty: 'OKP'; readonly crv: 'Ed25519' }
  /** `size` is the length of the modulus in bits, 2048 to 16384. */
  | { readonly kty: 'RSA'; readonly size: number }

/** The curves in use, by the names of RFC 7518. */
export type EllipticCurve = 'P-256' | 'P-384' | 'P-521'

const minimumRsaBits = 2048
const maximumRsaBits = 16_384

const generate = promisify(generateKeyPair)

/**
 * Makes a private key, off the event loop.
 *
 * @throws {KeystoreError} `key_too_weak` for an RSA size below 2048 bits, `key_type_unsupported` above 16384.
 */
export async function generatePrivateKey(
  type: KeyType = { kty: 'EC', crv: 'P-256' },
): Promise<KeyObject> {
  switch (type.kty) {
    case 'EC':
      return (await generate('ec', { namedCurve: type.crv })).privateKey
    case 'OKP':
      return (await generate('ed25519')).privateKey
    case 'RSA':
      assertRsaSize(type.size)
      return (await generate('rsa', { modulusLength: type.size })).privateKey
  }
}

/**
 * Returns the kind of a private or public key.
 *
 * @throws {KeystoreError} `key_type_unsupported` for any kind but {@link KeyType}, `key_too_weak` for
 * RSA below 2048 bits.
 */
export function keyTypeOf(key: KeyObject): KeyType {
  const details = key.asymmetricKeyDetails
  switch (key.asymmetricKeyType) {
    case 'ed25519':
      return { kty: 'OKP', crv: 'Ed25519' }
    case 'rsa': {
      const size = details?.modulusLength ?? 0
      assertRsaSize(size)
      return { kty: 'RSA', size }
    }
    case 'ec': {
      const crv = curveNames.get(details?.namedCurve ?? '')
      if (crv !== undefined) return { kty: 'EC', crv }
      throw unsupported(`EC ${details?.namedCurve ?? 'with explicit parameters'}`)
    }
    default:
      throw unsupported(key.asymmetricKeyType ?? key.type)
  }
}

function assertRsaSize(bits: number): void {
  if (!(bits >= minimumRsaBits)) {
    throw new KeystoreError(
      'key_too_weak',
      `the size of the RSA key should be at least ${minimumRsaBits} bits, not ${bits}`,
      { hint: `Make a new key: EC P-256, Ed25519, or RSA of ${minimumRsaBits} bits or more.` },
    )
  }
  if (bits > maximumRsaBits) throw unsupported(`RSA ${bits}`)
}

function unsupported(kind: string): KeystoreError {
  return new KeystoreError('key_type_unsupported', `key type ${kind} is not supported`, {
    hint: 'Supported are EC P-256, P-384 and P-521, Ed25519, and RSA of 2048 bits or more.',
  })
}

/** OpenSSL's names of the curves. */
const curveNames: ReadonlyMap<string, EllipticCurve> = new Map([
  ['prime256v1', 'P-256'],
  ['secp384r1', 'P-384'],
  ['secp521r1', 'P-521'],
])

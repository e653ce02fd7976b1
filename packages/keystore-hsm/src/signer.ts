import { createPublicKey, type KeyObject, sign } from 'node:crypto'
import { promisify } from 'node:util'
import { type KeyType, keyTypeOf } from './key-type.ts'

/** The algorithm a key signs with; a key has exactly one (RFC 7518 §3.1, RFC 9864 §2.2). */
export type SignatureAlgorithmName =
  | 'ES256'
  | 'ES384'
  | 'ES512'
  | 'Ed25519'
  | 'RS256'
  | 'RS384'
  | 'RS512'

/** A private key in use: a handle that signs and never shows the key. */
export interface Signer {
  readonly algorithm: SignatureAlgorithmName
  readonly publicKey: KeyObject
  /** Signs `message` unhashed; ECDSA signatures come back as DER (RFC 3279 §2.2.3). */
  sign(message: Uint8Array): Promise<Uint8Array>
}

/**
 * Makes a {@link Signer} of a private key held in memory. RSA signs with PKCS #1 v1.5 and SHA-256.
 *
 * P-256 and Ed25519 sign at once, since the hop to a thread costs more than the signature; the slower
 * algorithms sign off the event loop.
 *
 * @throws {KeystoreError} `key_type_unsupported` or `key_too_weak`.
 * @throws {TypeError} when `privateKey` is not a private key.
 */
export function createSigner(privateKey: KeyObject): Signer {
  if (privateKey.type !== 'private') throw new TypeError(`a ${privateKey.type} key cannot sign`)
  const { algorithm, hash, isFast } = algorithmOf(keyTypeOf(privateKey))
  return {
    algorithm,
    publicKey: createPublicKey(privateKey),
    sign: isFast
      ? async (message) => sign(hash, message, privateKey)
      : (message) => signOffLoop(hash, message, privateKey),
  }
}

const signOffLoop = promisify<string | undefined, Uint8Array, KeyObject, Uint8Array>(sign)

interface SigningMethod {
  readonly algorithm: SignatureAlgorithmName
  /** Undefined where the algorithm hashes by itself. */
  readonly hash: string | undefined
  readonly isFast: boolean
}

function algorithmOf(type: KeyType): SigningMethod {
  switch (type.kty) {
    case 'EC':
      return methodByCurve[type.crv]
    case 'OKP':
      return methodByCurve[type.crv]
    case 'RSA':
      return { algorithm: 'RS256', hash: 'sha256', isFast: false }
  }
}

const methodByCurve: Record<Exclude<KeyType, { kty: 'RSA' }>['crv'], SigningMethod> = {
  'P-256': { algorithm: 'ES256', hash: 'sha256', isFast: true },
  'P-384': { algorithm: 'ES384', hash: 'sha384', isFast: false },
  'P-521': { algorithm: 'ES512', hash: 'sha512', isFast: false },
  Ed25519: { algorithm: 'Ed25519', hash: undefined, isFast: true },
}

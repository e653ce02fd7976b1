import {
  constants,
  createPublicKey,
  type KeyObject,
  type SignKeyObjectInput,
  sign,
} from 'node:crypto'
import { promisify } from 'node:util'
import { type KeyType, keyTypeOf } from './key-type.ts'

/**
 * The algorithms a key may sign with, by their COSE names (RFC 9053 §2.1, RFC 8230 §2, RFC 8812 §2). Unlike JOSE's, these
 * bind no curve: `ES256` is ECDSA with SHA-256 on P-256, P-384 or P-521. The salt of `PS256` and the like is as long as
 * the hash.
 */
export type SignatureAlgorithmName =
  | 'ES256'
  | 'ES384'
  | 'ES512'
  | 'Ed25519'
  | 'RS256'
  | 'RS384'
  | 'RS512'
  | 'PS256'
  | 'PS384'
  | 'PS512'

/** A private key in use: a handle that signs and never shows the key. */
export interface Signer {
  readonly algorithm: SignatureAlgorithmName
  readonly publicKey: KeyObject
  /** Signs `message` unhashed; ECDSA signatures come back as DER (RFC 3279 §2.2.3). */
  sign(message: Uint8Array): Promise<Uint8Array>
  /** The same key with another algorithm, `undefined` where it is for keys of another type. */
  withAlgorithm(algorithm: SignatureAlgorithmName): Signer | undefined
}

/**
 * Makes a {@link Signer} of a private key held in memory, with the usual algorithm of its type: ECDSA with the hash of the
 * curve's length, Ed25519, or PKCS #1 v1.5 with SHA-256.
 *
 * P-256 and Ed25519 sign at once, since the hop to a thread costs more than the signature; the slower
 * keys sign off the event loop.
 *
 * @throws {KeystoreError} `key_type_unsupported` or `key_too_weak`.
 * @throws {TypeError} when `privateKey` is not a private key.
 */
export function createSigner(privateKey: KeyObject): Signer {
  if (privateKey.type !== 'private') throw new TypeError(`a ${privateKey.type} key cannot sign`)
  const type = keyTypeOf(privateKey)
  const publicKey = createPublicKey(privateKey)
  return signWith({ privateKey, publicKey, type }, usualAlgorithmOf(type))
}

interface SigningKey {
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  readonly type: KeyType
}

function signWith(signingKey: SigningKey, algorithm: SignatureAlgorithmName): Signer {
  const { privateKey, publicKey, type } = signingKey
  const { hash, isPss } = methods[algorithm]
  const key = isPss ? { key: privateKey, ...pssOptions } : privateKey
  return {
    algorithm,
    publicKey,
    sign: isFast(type)
      ? async (message) => sign(hash, message, key)
      : (message) => signOffLoop(hash, message, key),
    withAlgorithm: (other) =>
      methods[other].kty === type.kty ? signWith(signingKey, other) : undefined,
  }
}

const signOffLoop = promisify<
  string | undefined,
  Uint8Array,
  KeyObject | SignKeyObjectInput,
  Uint8Array
>(sign)

function isFast(type: KeyType): boolean {
  return type.kty === 'OKP' || (type.kty === 'EC' && type.crv === 'P-256')
}

function usualAlgorithmOf(type: KeyType): SignatureAlgorithmName {
  return type.kty === 'RSA' ? 'RS256' : usualByCurve[type.crv]
}

const usualByCurve: Record<Exclude<KeyType, { kty: 'RSA' }>['crv'], SignatureAlgorithmName> = {
  'P-256': 'ES256',
  'P-384': 'ES384',
  'P-521': 'ES512',
  Ed25519: 'Ed25519',
}

interface SigningMethod {
  readonly kty: KeyType['kty']
  /** Undefined where the algorithm hashes by itself. */
  readonly hash: string | undefined
  readonly isPss?: true
}

const methods: Record<SignatureAlgorithmName, SigningMethod> = {
  ES256: { kty: 'EC', hash: 'sha256' },
  ES384: { kty: 'EC', hash: 'sha384' },
  ES512: { kty: 'EC', hash: 'sha512' },
  Ed25519: { kty: 'OKP', hash: undefined },
  RS256: { kty: 'RSA', hash: 'sha256' },
  RS384: { kty: 'RSA', hash: 'sha384' },
  RS512: { kty: 'RSA', hash: 'sha512' },
  PS256: { kty: 'RSA', hash: 'sha256', isPss: true },
  PS384: { kty: 'RSA', hash: 'sha384', isPss: true },
  PS512: { kty: 'RSA', hash: 'sha512', isPss: true },
}

const pssOptions = {
  padding: constants.RSA_PKCS1_PSS_PADDING,
  saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
}

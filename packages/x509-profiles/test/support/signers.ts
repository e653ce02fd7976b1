import { constants, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import type { SignatureAlgorithmName, Signer } from '../../src/index.ts'

export type TestKeyType = 'P-256' | 'P-384' | 'P-521' | 'Ed25519' | 'RSA'

/** A signer with a fresh key in memory, and its key for tools that want it as PEM. */
export interface TestSigner extends Signer {
  readonly privateKey: KeyObject
  readonly subjectPublicKeyInfo: Uint8Array
}

export function createTestSigner(type: TestKeyType = 'P-256'): TestSigner {
  const { algorithm, generate } = keyTypes[type]
  const { publicKey, privateKey } = generate()
  return {
    algorithm,
    publicKey,
    privateKey,
    subjectPublicKeyInfo: new Uint8Array(publicKey.export({ format: 'der', type: 'spki' })),
    ...signing(privateKey, algorithm),
    withAlgorithm: (other) => ({ algorithm: other, publicKey, ...signing(privateKey, other) }),
  }
}

function signing(privateKey: KeyObject, algorithm: SignatureAlgorithmName): Pick<Signer, 'sign'> {
  return { sign: async (message) => signWith(privateKey, algorithm, message) }
}

/** Signs, whether or not the algorithm is for such a key. */
export function signWith(
  privateKey: KeyObject,
  algorithm: SignatureAlgorithmName,
  message: Uint8Array,
): Uint8Array {
  const key = algorithm.startsWith('PS')
    ? {
        key: privateKey,
        padding: constants.RSA_PKCS1_PSS_PADDING,
        saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
      }
    : privateKey
  return new Uint8Array(sign(hashes[algorithm], message, key))
}

const hashes: Readonly<Record<SignatureAlgorithmName, string | null>> = {
  ES256: 'sha256',
  ES384: 'sha384',
  ES512: 'sha512',
  Ed25519: null,
  RS256: 'sha256',
  RS384: 'sha384',
  RS512: 'sha512',
  PS256: 'sha256',
  PS384: 'sha384',
  PS512: 'sha512',
}

interface KeyTypeEntry {
  readonly algorithm: SignatureAlgorithmName
  readonly generate: () => { publicKey: KeyObject; privateKey: KeyObject }
}

const keyTypes: Readonly<Record<TestKeyType, KeyTypeEntry>> = {
  'P-256': {
    algorithm: 'ES256',
    generate: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  },
  'P-384': {
    algorithm: 'ES384',
    generate: () => generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  },
  'P-521': {
    algorithm: 'ES512',
    generate: () => generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  },
  Ed25519: { algorithm: 'Ed25519', generate: () => generateKeyPairSync('ed25519') },
  RSA: {
    algorithm: 'RS256',
    generate: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  },
}

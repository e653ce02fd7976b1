import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import type { SignatureAlgorithmName, Signer } from '../../src/index.ts'

export type TestKeyType = 'P-256' | 'P-384' | 'P-521' | 'Ed25519' | 'RSA'

/** A signer with a fresh key in memory, and its key for tools that want it as PEM. */
export interface TestSigner extends Signer {
  readonly privateKey: KeyObject
  readonly subjectPublicKeyInfo: Uint8Array
}

export function createTestSigner(type: TestKeyType = 'P-256'): TestSigner {
  const { algorithm, hash, generate } = keyTypes[type]
  const { publicKey, privateKey } = generate()
  return {
    algorithm,
    publicKey,
    privateKey,
    subjectPublicKeyInfo: new Uint8Array(publicKey.export({ format: 'der', type: 'spki' })),
    sign: async (message) => sign(hash, message, privateKey),
  }
}

interface KeyTypeEntry {
  readonly algorithm: SignatureAlgorithmName
  readonly hash: string | null
  readonly generate: () => { publicKey: KeyObject; privateKey: KeyObject }
}

const keyTypes: Readonly<Record<TestKeyType, KeyTypeEntry>> = {
  'P-256': {
    algorithm: 'ES256',
    hash: 'sha256',
    generate: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  },
  'P-384': {
    algorithm: 'ES384',
    hash: 'sha384',
    generate: () => generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  },
  'P-521': {
    algorithm: 'ES512',
    hash: 'sha512',
    generate: () => generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  },
  Ed25519: { algorithm: 'Ed25519', hash: null, generate: () => generateKeyPairSync('ed25519') },
  RSA: {
    algorithm: 'RS256',
    hash: 'sha256',
    generate: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  },
}

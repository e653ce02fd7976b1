import { generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { verifySignatureOffLoop } from '../src/algorithms.ts'
import { type SignatureAlgorithmName, verifySignature } from '../src/index.ts'
import { createTestSigner, type TestKeyType } from './support/signers.ts'

const message = new TextEncoder().encode('message')
const keyTypes: readonly TestKeyType[] = ['P-256', 'P-384', 'P-521', 'Ed25519', 'RSA']
const signers = new Map(keyTypes.map((type) => [type, createTestSigner(type)]))

describe('verifySignature', () => {
  test.each([...signers])('verifies %s', async (_, signer) => {
    const signature = await signer.sign(message)
    expect(verifySignature(signer.algorithm, signer.publicKey, message, signature)).toBe(true)
    const changed = Uint8Array.from(message, (octet) => octet ^ 1)
    expect(verifySignature(signer.algorithm, signer.publicKey, changed, signature)).toBe(false)
    await expect(
      verifySignatureOffLoop(signer.algorithm, signer.publicKey, message, signature),
    ).resolves.toBe(true)
    await expect(
      verifySignatureOffLoop(signer.algorithm, signer.publicKey, changed, signature),
    ).resolves.toBe(false)
  })

  test.each([...signers])(
    'takes no signature of %s under the algorithm of another key',
    async (_, signer) => {
      const algorithms: SignatureAlgorithmName[] = ['ES256', 'ES384', 'ES512', 'Ed25519', 'RS256']
      const signature = await signer.sign(message)
      for (const algorithm of algorithms.filter((other) => other !== signer.algorithm)) {
        expect(verifySignature(algorithm, signer.publicKey, message, signature)).toBe(false)
        await expect(
          verifySignatureOffLoop(algorithm, signer.publicKey, message, signature),
        ).resolves.toBe(false)
      }
    },
  )

  test('binds ES256 to its curve even where hash and signature would fit', () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'secp256k1' })
    const signature = sign('sha256', message, privateKey)
    expect(verifySignature('ES256', publicKey, message, signature)).toBe(false)
  })

  test('takes no RSA key below 2048 bits', () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
    const signature = sign('sha256', message, privateKey)
    expect(verifySignature('RS256', publicKey, message, signature)).toBe(false)
  })

  test('takes no private key in place of a public one', async () => {
    const signer = createTestSigner()
    const signature = await signer.sign(message)
    expect(verifySignature('ES256', signer.privateKey, message, signature)).toBe(false)
  })

  test('takes no ECDSA signature that is raw instead of DER', () => {
    const signer = createTestSigner()
    const raw = sign('sha256', message, { key: signer.privateKey, dsaEncoding: 'ieee-p1363' })
    expect(verifySignature('ES256', signer.publicKey, message, raw)).toBe(false)
  })
})

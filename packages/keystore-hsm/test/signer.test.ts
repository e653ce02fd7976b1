import { createSecretKey, generateKeyPairSync, verify } from 'node:crypto'
import {
  createSigner,
  generatePrivateKey,
  type KeyType,
  type SignatureAlgorithmName,
} from '@mayfly/keystore-hsm'
import { describe, expect, test } from 'vitest'

const cases: { type: KeyType; algorithm: SignatureAlgorithmName; hash: string | undefined }[] = [
  { type: { kty: 'EC', crv: 'P-256' }, algorithm: 'ES256', hash: 'sha256' },
  { type: { kty: 'EC', crv: 'P-384' }, algorithm: 'ES384', hash: 'sha384' },
  { type: { kty: 'EC', crv: 'P-521' }, algorithm: 'ES512', hash: 'sha512' },
  { type: { kty: 'OKP', crv: 'Ed25519' }, algorithm: 'Ed25519', hash: undefined },
  { type: { kty: 'RSA', size: 2048 }, algorithm: 'RS256', hash: 'sha256' },
]

describe('createSigner', () => {
  test.each(cases)('signs with $algorithm by key $type', async ({ type, algorithm, hash }) => {
    const signer = createSigner(await generatePrivateKey(type))
    expect(signer.algorithm).toBe(algorithm)

    const message = Buffer.from('to be signed')
    const signature = await signer.sign(message)
    // node:crypto reads ECDSA signatures as DER unless told otherwise
    expect(verify(hash, message, signer.publicKey, signature)).toBe(true)
    expect(verify(hash, Buffer.from('another'), signer.publicKey, signature)).toBe(false)
  })

  test('shows the public key only', async () => {
    const signer = createSigner(await generatePrivateKey())
    expect(signer.publicKey.type).toBe('public')
    expect(Object.keys(signer).sort()).toEqual(['algorithm', 'publicKey', 'sign'])
  })

  test('refuses a key too weak to sign with', () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
    expect(() => createSigner(privateKey)).toThrow(
      expect.objectContaining({ code: 'key_too_weak' }),
    )
  })

  test('refuses a public and a secret key: the caller erred', async () => {
    const { publicKey } = createSigner(await generatePrivateKey())
    expect(() => createSigner(publicKey)).toThrow(TypeError)
    expect(() => createSigner(createSecretKey(Buffer.alloc(32)))).toThrow(TypeError)
  })
})

import { constants, createSecretKey, generateKeyPairSync, verify } from 'node:crypto'
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

  test.each([
    { type: { kty: 'EC', crv: 'P-256' }, algorithm: 'ES384', hash: 'sha384' },
    { type: { kty: 'EC', crv: 'P-256' }, algorithm: 'ES512', hash: 'sha512' },
    { type: { kty: 'EC', crv: 'P-384' }, algorithm: 'ES256', hash: 'sha256' },
    { type: { kty: 'EC', crv: 'P-521' }, algorithm: 'ES256', hash: 'sha256' },
    { type: { kty: 'RSA', size: 2048 }, algorithm: 'RS384', hash: 'sha384' },
    { type: { kty: 'RSA', size: 2048 }, algorithm: 'RS512', hash: 'sha512' },
  ] as const)('signs with $algorithm, too, by key $type', async ({ type, algorithm, hash }) => {
    const signer = createSigner(await generatePrivateKey(type)).withAlgorithm(algorithm)
    expect(signer?.algorithm).toBe(algorithm)
    const message = Buffer.from('to be signed')
    const signature = (await signer?.sign(message)) ?? Buffer.alloc(0)
    const publicKey = signer?.publicKey ?? ''
    expect(verify(hash, message, publicKey, signature)).toBe(true)
  })

  test.each([
    { algorithm: 'PS256', hash: 'sha256', saltLength: 32 },
    { algorithm: 'PS384', hash: 'sha384', saltLength: 48 },
    { algorithm: 'PS512', hash: 'sha512', saltLength: 64 },
  ] as const)('signs with $algorithm and a salt of $saltLength octets', async (method) => {
    const { algorithm, hash, saltLength } = method
    const plain = createSigner(await generatePrivateKey({ kty: 'RSA', size: 2048 }))
    const signer = plain.withAlgorithm(algorithm)
    const message = Buffer.from('to be signed')
    const signature = (await signer?.sign(message)) ?? Buffer.alloc(0)
    const padding = constants.RSA_PKCS1_PSS_PADDING
    const key = { key: plain.publicKey, padding, saltLength }
    expect(verify(hash, message, key, signature)).toBe(true)
    expect(verify(hash, message, { ...key, saltLength: saltLength - 1 }, signature)).toBe(false)
  })

  test.each(cases)('signs with nothing of another type by key $type', async (each) => {
    const signer = createSigner(await generatePrivateKey(each.type))
    const prefix = each.algorithm.slice(0, 1)
    for (const { algorithm } of cases.filter((other) => !other.algorithm.startsWith(prefix))) {
      expect(signer.withAlgorithm(algorithm)).toBeUndefined()
    }
  })

  test('shows the public key only', async () => {
    const signer = createSigner(await generatePrivateKey())
    expect(signer.publicKey.type).toBe('public')
    expect(Object.keys(signer).sort()).toEqual(['algorithm', 'publicKey', 'sign', 'withAlgorithm'])
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

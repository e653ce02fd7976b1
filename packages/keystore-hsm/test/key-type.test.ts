import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { generatePrivateKey, type KeyType, keyTypeOf } from '@mayfly/keystore-hsm'
import { describe, expect, test } from 'vitest'

describe('generatePrivateKey', () => {
  test('makes an EC P-256 key unless told otherwise', async () => {
    expect(keyTypeOf(await generatePrivateKey())).toEqual({ kty: 'EC', crv: 'P-256' })
  })

  const types: KeyType[] = [
    { kty: 'EC', crv: 'P-256' },
    { kty: 'EC', crv: 'P-384' },
    { kty: 'EC', crv: 'P-521' },
    { kty: 'OKP', crv: 'Ed25519' },
    { kty: 'RSA', size: 2048 },
  ]
  test.each(types)('makes what is asked for: %o', async (type) => {
    const key = await generatePrivateKey(type)
    expect(key.type).toBe('private')
    expect(keyTypeOf(key)).toEqual(type)
    expect(keyTypeOf(createPublicKey(key))).toEqual(type)
  })

  test.each([0, 1024, 2047, Number.NaN])('refuses an RSA key of %d bits', async (size) => {
    await expect(generatePrivateKey({ kty: 'RSA', size })).rejects.toMatchObject({
      code: 'key_too_weak',
    })
  })

  test('refuses an RSA size that would take hours', async () => {
    await expect(generatePrivateKey({ kty: 'RSA', size: 1_000_000 })).rejects.toMatchObject({
      code: 'key_type_unsupported',
    })
  })
})

describe('keyTypeOf', () => {
  test.each([
    generateKeyPairSync('ec', { namedCurve: 'secp256k1' }),
    generateKeyPairSync('ec', { namedCurve: 'secp224r1' }),
    generateKeyPairSync('x25519'),
    generateKeyPairSync('ed448'),
  ])('refuses a key of another kind', ({ privateKey }) => {
    expect(() => keyTypeOf(privateKey)).toThrow(
      expect.objectContaining({ code: 'key_type_unsupported' }),
    )
  })
})

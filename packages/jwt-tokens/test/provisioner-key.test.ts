import { readFileSync } from 'node:fs'
import { CompactEncrypt } from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  decryptJwe,
  generateProvisionerKey,
  jwkThumbprint,
  maximumPbkdf2Rounds,
  openPrivateJwk,
  type PrivateJwk,
  parseJwk,
  publicJwkOf,
  sealPrivateJwk,
} from '../src/index.ts'
import { codeOf, refusalOf } from './support/codes.ts'
import { privateJwk, publicJwk } from './support/keys.ts'
import { encodePart } from './support/raw-token.ts'

const rounds = 600_000

function readVector(name: string): string {
  return readFileSync(new URL(`vectors/step/${name}`, import.meta.url), 'utf8')
}

function encrypt(plaintext: string, header: { alg: string; enc: string }): Promise<string> {
  return new CompactEncrypt(Buffer.from(plaintext))
    .setProtectedHeader(header)
    .encrypt(Buffer.from('secret'))
}

describe('generateProvisionerKey', () => {
  test('makes an ES256 key in the member order of step', async () => {
    const key = await generateProvisionerKey()
    expect(Object.keys(key.privateJwk)).toEqual(['use', 'kty', 'kid', 'crv', 'alg', 'x', 'y', 'd'])
    expect(key.privateJwk).toMatchObject({ use: 'sig', kty: 'EC', crv: 'P-256', alg: 'ES256' })
    expect(key.publicJwk).toEqual(publicJwkOf(key.privateJwk))
    expect(key.publicJwk.kid).toBe(jwkThumbprint(key.publicJwk))
  })
})

describe('sealPrivateJwk', () => {
  test('writes the header of step, with 600 000 rounds and a salt of 16 octets', async () => {
    const sealed = await sealPrivateJwk(privateJwk, 'secret')
    const header = Buffer.from(sealed.split('.')[0] ?? '', 'base64url').toString()
    expect(header).toMatch(
      /^\{"alg":"PBES2-HS256\+A128KW","cty":"jwk\+json","enc":"A256GCM","p2c":600000,"p2s":"[\w-]{22}"\}$/,
    )
    expect(await openPrivateJwk(sealed, 'secret')).toEqual(privateJwk)
  })

  test('writes flattened JSON as step does', async () => {
    const options = { rounds, serialization: 'flattened' } as const
    const sealed = await sealPrivateJwk(privateJwk, 'secret', options)
    expect(sealed).toMatch(/^\{\n {2}"protected": "[\w-]+",\n {2}"encrypted_key": /)
    expect(Object.keys(JSON.parse(sealed))).toEqual([
      'protected',
      'encrypted_key',
      'iv',
      'ciphertext',
      'tag',
    ])
    expect(await openPrivateJwk(sealed, 'secret')).toEqual(privateJwk)
  })

  test('takes a password as octets, and another salt each time', async () => {
    const password = Buffer.from('pässword')
    const first = await sealPrivateJwk(privateJwk, password, { rounds })
    const second = await sealPrivateJwk(privateJwk, password, { rounds })
    expect(second).not.toBe(first)
    expect(await openPrivateJwk(first, 'pässword')).toEqual(privateJwk)
  })

  test.each([1, 599_999, maximumPbkdf2Rounds + 1, Number.NaN])(
    'refuses %d rounds',
    async (count) => {
      const refused = sealPrivateJwk(privateJwk, 'secret', { rounds: count })
      await expect(refused).rejects.toThrow(TypeError)
    },
  )

  test('refuses an empty password', async () => {
    await expect(sealPrivateJwk(privateJwk, '')).rejects.toThrow(TypeError)
  })
})

describe('openPrivateJwk', () => {
  test('opens what step has written', async () => {
    const opened = await openPrivateJwk(readVector('provisioner-key.jwe.json'), 'secret-password')
    expect(publicJwkOf(opened)).toEqual(parseJwk(readVector('provisioner-key.pub.json')))
  })

  test.each(['PBES2-HS256+A128KW', 'PBES2-HS384+A192KW', 'PBES2-HS512+A256KW'])(
    'opens %s',
    async (alg) => {
      const sealed = await encrypt(JSON.stringify(privateJwk), { alg, enc: 'A128CBC-HS256' })
      expect(await openPrivateJwk(sealed, 'secret')).toEqual(privateJwk)
    },
  )

  test.each(['Secret', 'secret ', ''])('refuses the wrong password %j', async (password) => {
    const sealed = await sealPrivateJwk(privateJwk, 'secret', { rounds })
    const refusal = await refusalOf(() => openPrivateJwk(sealed, password))
    expect(refusal?.code).toBe('key_decryption_failed')
    expect(refusal?.message).toBe('failed to decrypt JWE: invalid password')
  })

  test('refuses too many rounds before it computes any', async () => {
    const [, ...rest] = (await sealPrivateJwk(privateJwk, 'secret', { rounds })).split('.')
    const p2c = maximumPbkdf2Rounds + 1
    const header = { alg: 'PBES2-HS256+A128KW', enc: 'A256GCM', p2c, p2s: 'AAAAAAAAAAA' }
    const refused = () => openPrivateJwk([encodePart(header), ...rest].join('.'), 'secret')
    const refusal = await refusalOf(refused)
    expect(refusal?.code).toBe('key_malformed')
    expect(refusal?.message).toContain('2000001 PBKDF2 rounds')
  })

  test('opens a million rounds', async () => {
    const sealed = await sealPrivateJwk(privateJwk, 'secret', { rounds: 1_000_000 })
    expect(await openPrivateJwk(sealed, 'secret')).toEqual(privateJwk)
  })

  describe('refuses', () => {
    let parts: readonly string[]
    let flattened: Record<string, unknown>
    beforeAll(async () => {
      parts = (await sealPrivateJwk(privateJwk, 'secret', { rounds })).split('.')
      const [header, encryptedKey, iv, ciphertext, tag] = parts
      flattened = { protected: header, encrypted_key: encryptedKey, iv, ciphertext, tag }
    })

    const p2 = { p2c: 1000, p2s: 'AAAAAAAAAAAAAAAAAAAAAA' }
    const pbes2 = { alg: 'PBES2-HS256+A128KW', enc: 'A256GCM', ...p2 }

    test.each([
      {
        why: 'a direct key',
        header: { alg: 'dir', enc: 'A256GCM' },
        code: 'token_algorithm_not_allowed',
      },
      { why: 'RSA1_5', header: { ...pbes2, alg: 'RSA1_5' }, code: 'token_algorithm_not_allowed' },
      {
        why: 'an unknown enc',
        header: { ...pbes2, enc: 'X' },
        code: 'token_algorithm_not_allowed',
      },
      { why: 'compression', header: { ...pbes2, zip: 'DEF' }, code: 'key_malformed' },
      { why: 'critical extensions', header: { ...pbes2, crit: ['p2c'] }, code: 'key_malformed' },
      { why: 'no rounds', header: { ...pbes2, p2c: undefined }, code: 'key_malformed' },
      { why: 'rounds as text', header: { ...pbes2, p2c: '1000' }, code: 'key_malformed' },
      { why: 'negative rounds', header: { ...pbes2, p2c: -1 }, code: 'key_malformed' },
      { why: 'half a round', header: { ...pbes2, p2c: 1000.5 }, code: 'key_malformed' },
      { why: 'no salt', header: { ...pbes2, p2s: undefined }, code: 'key_malformed' },
      { why: 'a short salt', header: { ...pbes2, p2s: 'AAAA' }, code: 'key_malformed' },
      { why: 'a repeated member', header: '{"alg":"dir","alg":"dir"}', code: 'key_malformed' },
      { why: 'a header that is no JSON', header: 'x', code: 'key_malformed' },
    ])('$why', async ({ header, code }) => {
      const text = [encodePart(header), ...parts.slice(1)].join('.')
      expect(await codeOf(() => openPrivateJwk(text, 'secret'))).toBe(code)
    })

    test.each([
      { why: 'an unprotected header', changes: { header: {} } },
      { why: 'several recipients', changes: { recipients: [] } },
      { why: 'a missing tag', changes: { tag: undefined } },
      { why: 'an iv that is no text', changes: { iv: 1 } },
    ])('flattened JSON with $why', async ({ changes }) => {
      const text = JSON.stringify({ ...flattened, ...changes })
      expect(await codeOf(() => openPrivateJwk(text, 'secret'))).toBe('key_malformed')
    })

    test('text that is no JWE', async () => {
      for (const text of ['', 'a.b.c.d.e', '{', '{}', 'é.....', parts.slice(1).join('.')]) {
        expect(await codeOf(() => openPrivateJwk(text, 'secret'))).toBe('key_malformed')
      }
    })

    test('any one bit flipped', async () => {
      for (const [index, part] of parts.entries()) {
        const octets = Buffer.from(part, 'base64url')
        octets[octets.length - 1] = (octets.at(-1) ?? 0) ^ 1
        const text = parts.with(index, octets.toString('base64url')).join('.')
        expect(await codeOf(() => openPrivateJwk(text, 'secret'))).toBeDefined()
      }
    })

    test.each(['no JSON at all', JSON.stringify(publicJwk), '{"kty":"oct","k":"AAAA"}', '[]'])(
      'a plaintext that is no private key: %s',
      async (plaintext) => {
        const header = { alg: 'PBES2-HS256+A128KW', enc: 'A256GCM' }
        const sealed = await encrypt(plaintext, header)
        expect(await codeOf(() => openPrivateJwk(sealed, 'secret'))).toBe('key_malformed')
      },
    )
  })
})

describe('decryptJwe', () => {
  test('does not open PBES2 with a key, nor change the key it is given', async () => {
    const sealed = await sealPrivateJwk(privateJwk, 'secret', { rounds })
    const jwk: PrivateJwk = { ...privateJwk, key_ops: ['deriveBits'] }
    expect(await codeOf(() => decryptJwe(sealed, { jwk }))).toBe('token_algorithm_not_allowed')
    expect(Object.isFrozen(jwk)).toBe(false)
  })
})

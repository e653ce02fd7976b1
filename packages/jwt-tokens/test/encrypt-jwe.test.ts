import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import {
  compactSerializationOf,
  contentEncryptionAlgorithms,
  decryptJwe,
  type EncryptionKey,
  encryptJwe,
  flattenedOf,
  isPasswordJwe,
  type Jwk,
  type KeyManagementAlgorithm,
  parseJwk,
  publicJwkOf,
} from '../src/index.ts'
import { codeOf } from './support/codes.ts'

const text = Buffer.from('hello')
const ec = jwkOf(generateKeyPairSync('ec', { namedCurve: 'P-384' }))
const rsa = jwkOf(generateKeyPairSync('rsa', { modulusLength: 2048 }))

describe('encryptJwe', () => {
  const cases: readonly {
    algorithm: KeyManagementAlgorithm | undefined
    jwk: Jwk
    used: string
  }[] = [
    { algorithm: undefined, jwk: ec, used: 'ECDH-ES' },
    { algorithm: 'ECDH-ES+A256KW', jwk: ec, used: 'ECDH-ES+A256KW' },
    { algorithm: undefined, jwk: rsa, used: 'RSA-OAEP-256' },
    { algorithm: 'RSA-OAEP', jwk: rsa, used: 'RSA-OAEP' },
    { algorithm: undefined, jwk: secret(16), used: 'A128GCMKW' },
    { algorithm: undefined, jwk: secret(32), used: 'A256GCMKW' },
    { algorithm: 'A256KW', jwk: secret(32), used: 'A256KW' },
    { algorithm: 'dir', jwk: secret(32), used: 'dir' },
  ]
  test.each(cases)('encrypts with $used for who has the key', async ({ algorithm, jwk, used }) => {
    const recipient = jwk.kty === 'oct' ? jwk : { ...publicJwkOf(jwk), kid: 'k' }
    const compact = await encryptJwe(text, { jwk: recipient }, { algorithm })
    expect(headerOf(compact)).toMatchObject({ alg: used, enc: 'A256GCM' })
    expect(headerOf(compact).kid).toBe(recipient.kid)
    expect(Buffer.from(await decryptJwe(compact, { jwk })).toString()).toBe('hello')
  })

  test.each(contentEncryptionAlgorithms)('encrypts the content with %s', async (encryption) => {
    const compact = await encryptJwe(text, { jwk: ec }, { encryption, type: 't', contentType: 'c' })
    expect(headerOf(compact)).toMatchObject({ enc: encryption, typ: 't', cty: 'c' })
    expect(Buffer.from(await decryptJwe(compact, { jwk: ec })).toString()).toBe('hello')
  })

  test.each([ec, { ...secret(32), kid: 'k' }])(
    'writes the header of a $kty key sorted by name',
    async (jwk) => {
      const names = Object.keys(headerOf(await encryptJwe(text, { jwk: { ...jwk, kid: 'k' } })))
      expect(names).toEqual(names.toSorted())
      expect(names).toContain('kid')
    },
  )

  test('puts no private part into the header', async () => {
    const header = headerOf(await encryptJwe(text, { jwk: ec }))
    expect(Object.keys(header.epk ?? {}).toSorted()).toEqual(['crv', 'kty', 'x', 'y'])
  })

  test('encrypts under a password with 600 000 rounds', async () => {
    const compact = await encryptJwe(text, { password: 'pass' })
    expect(headerOf(compact)).toMatchObject({ alg: 'PBES2-HS256+A128KW', p2c: 600_000 })
    expect(isPasswordJwe(compact)).toBe(true)
    expect(Buffer.from(await decryptJwe(compact, { password: 'pass' })).toString()).toBe('hello')
    expect(await codeOf(() => decryptJwe(compact, { password: 'other' }))).toBe(
      'key_decryption_failed',
    )
  })

  test('encrypts nothing at all, and its JSON leaves the empty members out', async () => {
    const compact = await encryptJwe(new Uint8Array(), { jwk: ec })
    expect(Object.keys(JSON.parse(flattenedOf(compact)))).toEqual(['protected', 'iv', 'tag'])
    expect(compactSerializationOf(flattenedOf(compact))).toBe(compact)
    expect((await decryptJwe(compact, { jwk: ec })).length).toBe(0)
  })

  const refused: readonly {
    why: string
    key: EncryptionKey
    algorithm?: KeyManagementAlgorithm
    code: string
  }[] = [
    { why: 'a key for signatures', key: { jwk: { ...ec, use: 'sig' } }, code: 'key_malformed' },
    {
      why: 'RSA1_5, though the key says so',
      key: { jwk: { ...rsa, alg: 'RSA1_5' } },
      code: 'token_algorithm_not_allowed',
    },
    {
      why: 'an algorithm of another type',
      key: { jwk: ec },
      algorithm: 'RSA-OAEP',
      code: 'token_algorithm_not_allowed',
    },
    {
      why: 'an Ed25519 key',
      key: { jwk: jwkOf(generateKeyPairSync('ed25519')) },
      code: 'token_algorithm_not_allowed',
    },
    { why: 'a secret that is too short', key: { jwk: secret(15) }, code: 'key_malformed' },
    {
      why: 'a weak RSA key',
      key: { jwk: jwkOf(generateKeyPairSync('rsa', { modulusLength: 1024 })) },
      code: 'key_malformed',
    },
    {
      why: 'a password with an algorithm for keys',
      key: { password: 'x' },
      algorithm: 'dir',
      code: 'token_algorithm_not_allowed',
    },
  ]
  test.each(refused)('refuses $why', async ({ key, algorithm, code }) => {
    expect(await codeOf(() => encryptJwe(text, key, { algorithm }))).toBe(code)
  })
})

test.each(['', 'abc', '...', 'e30.a.b.c.d', 'W10.a'])('"%s" asks for no password', (compact) => {
  expect(isPasswordJwe(compact)).toBe(false)
})

function headerOf(compact: string): Record<string, unknown> & { epk?: object } {
  return JSON.parse(Buffer.from(compact.split('.')[0] ?? '', 'base64url').toString())
}

function jwkOf({ privateKey }: ReturnType<typeof generateKeyPairSync>): Jwk {
  return parseJwk(JSON.stringify(privateKey.export({ format: 'jwk' })))
}

function secret(octets: number): Jwk {
  return { kty: 'oct', k: Buffer.alloc(octets, 3).toString('base64url') }
}

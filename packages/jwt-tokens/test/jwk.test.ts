import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { jwkThumbprint, parseJwk, parseJwkSet, publicJwkOf } from '../src/index.ts'
import { codeOf } from './support/codes.ts'
import { privateJwk, publicJwk } from './support/keys.ts'

describe('jwkThumbprint', () => {
  test('is the one of RFC 7638, section 3.1', () => {
    const n =
      '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw'
    expect(jwkThumbprint({ kty: 'RSA', n, e: 'AQAB', alg: 'RS256', kid: '2011-04-29' })).toBe(
      'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs',
    )
  })

  test('is the one of RFC 8037, appendix A.3', () => {
    const x = '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo'
    expect(jwkThumbprint({ kty: 'OKP', crv: 'Ed25519', x })).toBe(
      'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k',
    )
  })

  test('is the same for a JWK and for its key object, public or private', () => {
    const { kty, crv = '', x = '', y = '' } = publicJwk
    const publicKey = createPublicKey({ key: { kty, crv, x, y }, format: 'jwk' })
    expect(jwkThumbprint(publicKey)).toBe(publicJwk.kid)
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    expect(jwkThumbprint(pair.privateKey)).toBe(jwkThumbprint(pair.publicKey))
  })

  test.each([{ kty: 'EC', crv: 'P-256', x: 'AA' }, { kty: 'oct' }, { kty: '__proto__' }])(
    'refuses %j',
    async (jwk) => {
      expect(await codeOf(() => jwkThumbprint(jwk))).toBe('key_malformed')
    },
  )
})

describe('parseJwk', () => {
  test('keeps the members it knows, in the order step writes', () => {
    const text = JSON.stringify({ x5c: [], d: privateJwk.d, ...publicJwk, key_ops: ['sign'] })
    expect(Object.keys(parseJwk(text))).toEqual([
      'use',
      'kty',
      'kid',
      'crv',
      'alg',
      'x',
      'y',
      'd',
      'key_ops',
    ])
  })

  test.each([
    '',
    '[]',
    '{}',
    '{"kty":1}',
    '{"kty":"EC","x":"+"}',
    '{"kty":"EC","x":"AA="}',
    '{"kty":"EC","kid":1}',
    '{"kty":"EC","key_ops":"verify"}',
    '{"kty":"EC","key_ops":[1]}',
    '{"kty":"oct"}',
    '{"kty":"EC","kty":"oct"}',
  ])('refuses %s', async (text) => {
    expect(await codeOf(() => parseJwk(text))).toBe('key_malformed')
  })

  test('does not quote what it cannot read', async () => {
    const error = await Promise.resolve()
      .then(() => parseJwk('{"d":"secret'))
      .catch(String)
    expect(error).not.toContain('secret')
  })
})

describe('parseJwkSet', () => {
  test('reads every key', () => {
    const text = JSON.stringify({ keys: [publicJwk, publicJwk] })
    expect(parseJwkSet(text)).toEqual({ keys: [publicJwk, publicJwk] })
  })

  test.each(['{}', '{"keys":{}}', '{"keys":[1]}', '{"keys":[{}]}'])('refuses %s', async (text) => {
    expect(await codeOf(() => parseJwkSet(text))).toBe('key_malformed')
  })
})

test('publicJwkOf leaves nothing private', () => {
  expect(publicJwkOf(privateJwk)).toEqual(publicJwk)
  expect(Object.keys(publicJwkOf(privateJwk))).toEqual(Object.keys(publicJwk))
})

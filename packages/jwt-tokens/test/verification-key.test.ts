import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import {
  importVerificationKey,
  type Jwk,
  parseJwk,
  type SignatureAlgorithm,
  verifyJws,
} from '../src/index.ts'
import { codeOf } from './support/codes.ts'
import { createToken, privateJwk, publicJwk } from './support/keys.ts'

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey
const rsaJwk = parseJwk(JSON.stringify(rsa.export({ format: 'jwk' })))
const secretJwk: Jwk = { kty: 'oct', k: randomBytes(64).toString('base64url') }

describe('importVerificationKey', () => {
  test.each<{ why: string; jwk: Jwk; algorithms: readonly SignatureAlgorithm[] }>([
    { why: 'P-256', jwk: { ...publicJwk, alg: undefined }, algorithms: ['ES256'] },
    {
      why: 'RSA',
      jwk: rsaJwk,
      algorithms: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
    },
    { why: 'RSA with an alg of its own', jwk: { ...rsaJwk, alg: 'PS384' }, algorithms: ['PS384'] },
    {
      why: 'Ed25519',
      jwk: parseJwk(
        JSON.stringify(generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' })),
      ),
      algorithms: ['EdDSA', 'Ed25519'],
    },
  ])('binds $why', ({ jwk, algorithms }) => {
    expect(importVerificationKey(jwk).algorithms).toEqual(algorithms)
  })

  test.each<{ why: string; jwk: Jwk; code: string }>([
    { why: 'a private key', jwk: privateJwk, code: 'key_malformed' },
    { why: 'use enc', jwk: { ...publicJwk, use: 'enc' }, code: 'key_malformed' },
    {
      why: 'key_ops without verify',
      jwk: { ...publicJwk, key_ops: ['sign'] },
      code: 'key_malformed',
    },
    { why: 'an unknown type', jwk: { kty: 'AKP' }, code: 'key_malformed' },
    { why: 'the type __proto__', jwk: { kty: '__proto__' }, code: 'key_malformed' },
    { why: 'secp256k1', jwk: { ...publicJwk, crv: 'secp256k1' }, code: 'key_malformed' },
    { why: 'a missing coordinate', jwk: { ...publicJwk, y: undefined }, code: 'key_malformed' },
    { why: 'a short coordinate', jwk: { ...publicJwk, x: 'AAAA' }, code: 'key_malformed' },
    { why: 'a point off the curve', jwk: { ...publicJwk, y: publicJwk.x }, code: 'key_malformed' },
    { why: 'RSA without modulus', jwk: { kty: 'RSA', e: 'AQAB' }, code: 'key_malformed' },
    {
      why: 'RSA of 1024 bits',
      jwk: { kty: 'RSA', e: 'AQAB', n: Buffer.alloc(128, 0xff).toString('base64url') },
      code: 'key_malformed',
    },
    { why: 'RSA with exponent 1', jwk: { ...rsaJwk, e: 'AQ' }, code: 'key_malformed' },
    { why: 'RSA with an even exponent', jwk: { ...rsaJwk, e: 'AQAA' }, code: 'key_malformed' },
    {
      why: 'another alg',
      jwk: { ...publicJwk, alg: 'ES384' },
      code: 'token_algorithm_not_allowed',
    },
    {
      why: 'the alg none',
      jwk: { ...publicJwk, alg: 'none' },
      code: 'token_algorithm_not_allowed',
    },
    { why: 'a secret', jwk: secretJwk, code: 'token_algorithm_not_allowed' },
    { why: 'a short secret', jwk: { kty: 'oct', k: 'AAAA' }, code: 'key_malformed' },
  ])('refuses $why', async ({ jwk, code }) => {
    expect(await codeOf(() => importVerificationKey(jwk))).toBe(code)
  })

  test('refuses a private key object, and one of a type that cannot sign', async () => {
    const { privateKey } = generateKeyPairSync('ed25519')
    const { publicKey } = generateKeyPairSync('x25519')
    expect(await codeOf(() => importVerificationKey(privateKey))).toBe('key_malformed')
    expect(await codeOf(() => importVerificationKey(publicKey))).toBe('key_malformed')
  })

  test('takes a MAC only where the caller names it, and as long as its hash', () => {
    const algorithms = ['HS256', 'HS384', 'HS512'] as const
    const jwk: Jwk = { kty: 'oct', k: randomBytes(48).toString('base64url') }
    expect(importVerificationKey(jwk, { algorithms }).algorithms).toEqual(['HS256', 'HS384'])
  })
})

describe('verifyJws', () => {
  test('finds the key of a set by kid', async () => {
    const other = { ...publicJwk, kid: 'other' }
    const verified = await verifyJws(await createToken(), { keys: [other, publicJwk] })
    expect(verified.protectedHeader.kid).toBe(publicJwk.kid)
  })

  test.each<{ why: string; keys: readonly Jwk[]; code: string }>([
    { why: 'no key', keys: [], code: 'key_not_found' },
    { why: 'no key of that kid', keys: [{ ...publicJwk, kid: 'x' }], code: 'key_not_found' },
    { why: 'no kid at all', keys: [{ ...publicJwk, kid: undefined }], code: 'key_not_found' },
    { why: 'two keys of that kid', keys: [publicJwk, publicJwk], code: 'key_malformed' },
    { why: 'a secret among public keys', keys: [publicJwk, secretJwk], code: 'key_malformed' },
  ])('refuses a set with $why', async ({ keys, code }) => {
    const token = await createToken()
    expect(await codeOf(() => verifyJws(token, { keys }))).toBe(code)
  })

  test('refuses what the caller has not allowed', async () => {
    const token = await createToken()
    const refused = () => verifyJws(token, publicJwk, { algorithms: ['RS256'] })
    expect(await codeOf(refused)).toBe('token_algorithm_not_allowed')
  })
})

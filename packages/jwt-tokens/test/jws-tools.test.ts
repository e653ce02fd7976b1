import { generateKeyPairSync } from 'node:crypto'
import { beforeEach, describe, expect, test } from 'vitest'
import {
  formatJwsJson,
  type Jwk,
  parseJwk,
  readJws,
  type SignJwsOptions,
  signJws,
  verifyJwsText,
} from '../src/index.ts'
import { refusalOf } from './support/codes.ts'
import { privateJwk, publicJwk } from './support/keys.ts'
import { loadVectors, missingVectors, vectorsFolder } from './support/vectors.ts'

const payload = Buffer.from('hello')
const secret = { kty: 'oct', alg: 'HS256', k: Buffer.alloc(32, 7).toString('base64url') } as const
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })

describe('signJws', () => {
  test.each([
    { name: 'an EC key', key: privateJwk, verifier: publicJwk },
    { name: 'a secret key', key: secret, verifier: secret },
    { name: 'the private key that made it', key: privateJwk, verifier: privateJwk },
  ])('signs what verifies with $name', async ({ key, verifier }) => {
    const jws = await verifyJwsText({ text: await signJws({ key, payload }), key: verifier })
    expect(Buffer.from(jws.payload).toString()).toBe('hello')
  })

  test('signs with an RSA key by RS256, which the verifier must name', async () => {
    const text = await signJws({ key: rsa.privateKey, payload })
    expect(readJws(text).protectedHeader.alg).toBe('RS256')
    const refusal = await refusalOf(() => verifyJwsText({ text, key: rsa.publicKey }))
    expect(refusal?.message).toBe("flag '--alg' is required with the given key")
    await verifyJwsText({ text, key: rsa.publicKey, algorithm: 'RS256' })
  })

  test('writes the header sorted by name, without key id and with the public key if asked', async () => {
    const text = await signJws({
      key: privateJwk,
      payload,
      headers: { typ: 'x', cty: 'y' },
      embedsKey: true,
      omitsKeyId: true,
    })
    const { protectedHeader } = readJws(text)
    expect(Object.keys(protectedHeader)).toEqual(['alg', 'cty', 'jwk', 'typ'])
    expect(protectedHeader.jwk).toEqual(publicJwk)
  })

  const refused: readonly { changes: Partial<SignJwsOptions>; code: string; message: string }[] = [
    { changes: {}, code: 'option_invalid', message: 'one of flag --key or --jwks is required' },
    {
      changes: { key: publicJwk },
      code: 'key_malformed',
      message: 'cannot use a public key for signing',
    },
    {
      changes: { key: rsa.privateKey, algorithm: 'none' },
      code: 'token_algorithm_not_allowed',
      message: 'alg none is not allowed',
    },
    {
      changes: { key: rsa.privateKey, algorithm: 'HS256' },
      code: 'token_algorithm_not_allowed',
      message: 'alg HS256 is not allowed',
    },
    {
      changes: { key: { ...secret, use: 'enc' } },
      code: 'key_malformed',
      message: "invalid jwk use: found 'enc', expecting 'sig' (signature)",
    },
    {
      changes: { key: { kty: 'oct', k: 'AAAA' } },
      code: 'key_malformed',
      message: 'secret key has 3 octets, fewer than 32',
    },
    {
      changes: { key: secret, embedsKey: true },
      code: 'option_invalid',
      message: "flag '--jwk' would give the secret key away",
    },
  ]
  test.each(refused)('refuses with "$message"', async ({ changes, code, message }) => {
    const refusal = await refusalOf(() => signJws({ payload, ...changes }))
    expect({ code: refusal?.code, message: refusal?.message }).toEqual({ code, message })
  })
})

describe('verifyJwsText', () => {
  test('refuses a changed payload', async () => {
    const [header, , signature] = (await signJws({ key: privateJwk, payload })).split('.')
    const text = [header, Buffer.from('hallo').toString('base64url'), signature].join('.')
    const refusal = await refusalOf(() => verifyJwsText({ text, key: publicJwk }))
    expect(refusal?.code).toBe('token_signature_invalid')
    expect(refusal?.message).toBe('validation failed: invalid signature')
  })

  test('takes no MAC made with the octets of a public key', async () => {
    const pem = rsa.publicKey.export({ format: 'pem', type: 'spki' })
    const text = await signJws({
      key: { kty: 'oct', k: Buffer.from(pem).toString('base64url') },
      algorithm: 'HS256',
      payload,
    })
    const refusal = await refusalOf(() =>
      verifyJwsText({ text, key: rsa.publicKey, algorithm: 'HS256' }),
    )
    expect(refusal?.code).toBe('token_algorithm_not_allowed')
  })

  test('reads payloads that no token may have', async () => {
    const long = Buffer.alloc(1024 * 1024, 'x')
    const text = await signJws({ key: privateJwk, payload: long })
    expect((await verifyJwsText({ text, key: publicJwk })).payload.length).toBe(long.length)
  })

  test.each([
    { text: '', message: 'error parsing token: compact JWS format must have three parts' },
    { text: 'a.b', message: 'error parsing token: compact JWS format must have three parts' },
  ])('refuses "$text"', async ({ text, message }) => {
    const refusal = await refusalOf(() => verifyJwsText({ text, key: publicJwk }))
    expect(refusal?.message).toBe(message)
  })
})

test('formatJwsJson shows the header as it is spelled, and the rest in base64url', async () => {
  const header = Buffer.from('{"typ":"x",  "alg":"ES256", "n":1.50}').toString('base64url')
  expect(formatJwsJson(readJws(`${header}.aGVsbG8.AAAA`))).toBe(`{
  "header": {
    "typ": "x",
    "alg": "ES256",
    "n": 1.50
  },
  "payload": "aGVsbG8",
  "signature": "AAAA"
}`)
})

describe('RFC 7520 and RFC 8037 examples', () => {
  beforeEach(({ skip }) => skip(vectorsFolder === undefined, missingVectors))

  test.each([
    'jws/4_1.rsa_v15_signature',
    'jws/4_4.hmac-sha2_integrity_protection',
    'curve25519/jws',
  ])('%s comes out octet for octet', async (name) => {
    const { input, output, signing } = loadVectors<{
      input: { payload: string; key: Jwk; alg: string }
      output: { compact: string }
      signing: { protected: { kid?: string } }
    }>(`jose-cookbook/${name}.json`)
    const text = await signJws({
      key: parseJwk(JSON.stringify(input.key)),
      algorithm: input.alg,
      payload: Buffer.from(input.payload),
      omitsKeyId: signing.protected.kid === undefined,
    })
    expect(text).toBe(output.compact)
  })
})

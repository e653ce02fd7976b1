import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import {
  createRenewalToken,
  generateProvisionerKey,
  jwkThumbprint,
  parseToken,
} from '../src/index.ts'
import { codeOf } from './support/codes.ts'
import { createToken, now, privateJwk, publicJwk } from './support/keys.ts'

function decode(text: string, part: 0 | 1): string {
  return Buffer.from(text.split('.')[part] ?? '', 'base64url').toString()
}

describe('createOneTimeToken', () => {
  test('writes header and claims in the order step does', async () => {
    const token = await createToken({
      sha: 'ab'.repeat(32),
      cnf: 'fingerprint',
      user: {},
      random: (length) => new Uint8Array(length).fill(7),
    })
    expect(decode(token, 0)).toBe(`{"alg":"ES256","kid":"${privateJwk.kid}","typ":"JWT"}`)
    expect(decode(token, 1)).toBe(
      '{"aud":"https://ca.internal:8443/1.0/sign","cnf":{"x5rt#S256":"fingerprint"},' +
        '"exp":1795435500,"iat":1795435200,"iss":"admin",' +
        `"jti":"${'07'.repeat(32)}","nbf":1795435200,"sans":["web.internal"],` +
        `"sha":"${'ab'.repeat(32)}","sub":"web.internal","user":{}}`,
    )
  })

  test('leaves out what it is not given', async () => {
    const token = await createToken({ sans: undefined })
    expect(Object.keys(parseToken(token).payload)).toEqual([
      'aud',
      'exp',
      'iat',
      'iss',
      'jti',
      'nbf',
      'sub',
    ])
  })

  test('draws another jti each time', async () => {
    const [first, second] = [parseToken(await createToken()), parseToken(await createToken())]
    expect(first.claims.jti).toMatch(/^[0-9a-f]{64}$/)
    expect(second.claims.jti).not.toBe(first.claims.jti)
  })

  test.each([
    { why: 'a lifetime', options: { lifetimeSeconds: 10 }, nbf: 0, exp: 10 },
    { why: 'a start', options: { notBefore: new Date(now.getTime() + 60_999) }, nbf: 60, exp: 360 },
    { why: 'an end', options: { notAfter: new Date(now.getTime() + 30_000) }, nbf: 0, exp: 30 },
  ])('takes $why', async ({ options, nbf, exp }) => {
    const { claims } = parseToken(await createToken(options))
    const start = now.getTime() / 1000
    expect(claims).toMatchObject({ nbf: start + nbf, exp: start + exp, iat: start })
  })

  test('names a key without kid by its thumbprint', async () => {
    const pair = generateKeyPairSync('ed25519')
    const token = parseToken(await createToken({ key: pair.privateKey }))
    expect(token.protectedHeader).toMatchObject({
      alg: 'EdDSA',
      kid: jwkThumbprint(pair.publicKey),
    })
    const named = parseToken(await createToken({ key: pair.privateKey, kid: 'mine' }))
    expect(named.protectedHeader.kid).toBe('mine')
  })

  test.each([
    { why: 'a public key', key: generateKeyPairSync('ed25519').publicKey },
    { why: 'a key for another use', key: { ...privateJwk, use: 'enc' } },
    { why: 'a key that may only verify', key: { ...privateJwk, key_ops: ['verify'] } },
    { why: 'a broken key', key: { ...privateJwk, x: 'AAAA' } },
    { why: 'a small RSA key', key: generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey },
    { why: 'a key that cannot sign', key: generateKeyPairSync('x25519').privateKey },
  ])('refuses $why', async ({ key }) => {
    expect(await codeOf(() => createToken({ key }))).toBe('key_malformed')
  })

  test('refuses a key bound to an algorithm that is not its own', async () => {
    const key = { ...privateJwk, alg: 'ES384' }
    expect(await codeOf(() => createToken({ key }))).toBe('token_algorithm_not_allowed')
  })

  test('shows nothing of a private key it cannot read', async () => {
    const secret = { ...privateJwk, x: publicJwk.y ?? '', d: 'secret' }
    const error = await createToken({ key: secret }).catch((cause: unknown) => cause)
    expect(String(error)).not.toContain('secret')
    expect(error).not.toHaveProperty('cause')
  })

  test('carries the chain of a certificate in standard base64, last in the header', async () => {
    const token = await createToken({ x5c: [Buffer.from([0xfb, 0xff]), Buffer.from([1])] })
    expect(decode(token, 0)).toBe(
      `{"alg":"ES256","kid":"${privateJwk.kid}","typ":"JWT","x5c":["+/8=","AQ=="]}`,
    )
    expect(parseToken(token).x5c?.map((der) => [...der])).toEqual([[0xfb, 0xff], [1]])
  })
})

describe('createRenewalToken', () => {
  test('says what step says, for five minutes', async () => {
    const { privateJwk: key } = await generateProvisionerKey()
    const token = await createRenewalToken({
      key,
      chain: [Buffer.from([0xfb, 0xff])],
      subject: 'web.internal',
      audience: 'https://ca.internal/renew',
      now: () => now,
    })
    expect(decode(token, 0)).toBe(
      `{"alg":"ES256","kid":"${key.kid}","typ":"JWT","x5cInsecure":["+/8="]}`,
    )
    expect(decode(token, 1)).toBe(
      '{"aud":"https://ca.internal/renew","exp":1795435500,"iat":1795435200,' +
        '"iss":"step-ca-client/1.0","nbf":1795435200,"sub":"web.internal"}',
    )
  })
})

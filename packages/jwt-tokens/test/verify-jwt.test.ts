import { createHmac, generateKeyPairSync, randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { inspectJwt, type Jwk, signJwt, type VerifyJwtOptions, verifyJwt } from '../src/index.ts'
import { refusalOf } from './support/codes.ts'
import { createToken, now, privateJwk, publicJwk } from './support/keys.ts'
import { encodePart, signRaw } from './support/raw-token.ts'

const at = now.getTime() / 1000
const token = await createToken()
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const rsaToken = await signJwt({
  key: rsa.privateKey,
  issuer: 'admin',
  audiences: ['a'],
  subtle: true,
  now: () => now,
  random: randomBytes,
})

const options: VerifyJwtOptions = {
  token,
  key: publicJwk,
  keyName: 'a.pub',
  issuer: 'admin',
  audience: 'https://ca.internal:8443/1.0/sign',
  now,
}

describe('verifyJwt', () => {
  test('returns what inspect prints', async () => {
    expect(await verifyJwt(options)).toBe(inspectJwt(token))
    expect(await verifyJwt({ ...options, token: `${token}\n` })).toBe(inspectJwt(token))
  })

  const noKey = { key: undefined, keyName: undefined }
  const keySet = { keys: [publicJwk] }

  test.each<{ why: string; changes: Partial<VerifyJwtOptions> }>([
    { why: 'the private key, for its public part', changes: { key: privateJwk } },
    { why: 'a key from a set by the kid of the token', changes: { ...noKey, keySet } },
    { why: 'a key from a set by --kid', changes: { ...noKey, keySet, keyId: publicJwk.kid } },
    { why: 'the algorithm of key and token', changes: { algorithm: 'ES256' } },
    {
      why: 'no issuer and no audience where subtle',
      changes: { issuer: undefined, audience: undefined, subtle: true },
    },
    {
      why: 'an expired token where that is asked for',
      changes: { now: new Date(now.getTime() + 1e9), noExpiryCheck: true, insecure: true },
    },
    { why: 'a token that ends now', changes: { now: new Date(now.getTime() + 300_000) } },
    {
      why: 'an RSA key with --alg',
      changes: { token: rsaToken, key: rsa.publicKey, algorithm: 'RS256', audience: 'a' },
    },
    {
      why: 'a private RSA key, algorithm guessed where insecure',
      changes: { token: rsaToken, key: rsa.privateKey, insecure: true, audience: 'a' },
    },
  ])('accepts $why', async ({ changes }) => {
    await expect(verifyJwt({ ...options, ...changes })).resolves.toContain('"payload"')
  })

  const stranger = { ...publicJwk, x: publicJwk.x }
  const audience = options.audience
  const elsewhere = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey

  test.each<{ message: string; code: string; changes: Partial<VerifyJwtOptions> }>([
    {
      message: 'error parsing token: compact JWS format must have three parts',
      code: 'token_malformed',
      changes: { token: 'a.b', issuer: undefined },
    },
    {
      message: "flag '--iss' is required unless the '--subtle' flag is provided",
      code: 'option_invalid',
      changes: { issuer: undefined, audience: undefined },
    },
    {
      message: "flag '--aud' is required unless the '--subtle' flag is provided",
      code: 'option_invalid',
      changes: { audience: undefined },
    },
    {
      message: 'one of flag --key or --jwks is required',
      code: 'option_invalid',
      changes: noKey,
    },
    {
      message: "flag '--key' and flag '--jwks' are mutually exclusive",
      code: 'option_invalid',
      changes: { keySet },
    },
    {
      message: "flag '--no-exp-check' requires the '--insecure' flag",
      code: 'option_invalid',
      changes: { noExpiryCheck: true },
    },
    {
      message: 'alg ES384 does not match the alg on a.pub',
      code: 'option_invalid',
      changes: { algorithm: 'ES384' },
    },
    {
      message: 'alg PS256 does not match the alg on JWT (RS256)',
      code: 'option_invalid',
      changes: { token: rsaToken, key: rsa.publicKey, algorithm: 'PS256' },
    },
    {
      message: "flag '--alg' is required with the given key",
      code: 'option_invalid',
      changes: { token: rsaToken, key: rsa.publicKey },
    },
    {
      message: 'kid x does not match the kid on a.pub',
      code: 'option_invalid',
      changes: { key: stranger, keyId: 'x' },
    },
    {
      message: 'cannot find key with kid nope on ks.json',
      code: 'key_not_found',
      changes: { ...noKey, keySet, keySetName: 'ks.json', keyId: 'nope' },
    },
    {
      message: "flag '--kid' requires the '--jwks' flag",
      code: 'option_invalid',
      changes: { ...noKey, keySet, token: signRaw({}, { alg: 'ES256' }) },
    },
    {
      message: 'validation failed: invalid signature',
      code: 'token_signature_invalid',
      changes: { key: elsewhere },
    },
    {
      message: 'validation failed: unrecognized critical headers (crit)',
      code: 'token_malformed',
      changes: { token: signRaw({ iss: 'admin' }, { alg: 'ES256', crit: ['x'] }) },
    },
    {
      message: 'validation failed: algorithm "none" is not allowed, the key allows ES256',
      code: 'token_algorithm_not_allowed',
      changes: { token: `${encodePart({ alg: 'none' })}.${encodePart({})}.` },
    },
    {
      message:
        'validation failed: invalid issuer claim (iss), invalid audience claim (aud), ' +
        'token not valid yet (nbf), token is expired by 5.789s (exp)',
      code: 'token_issuer_mismatch',
      changes: {
        token: signRaw({ iss: 'i', aud: ['a', 'b'], exp: at - 5.789, nbf: at + 100 }),
        audience: 'z',
      },
    },
    {
      message: 'validation failed: invalid audience claim (aud)',
      code: 'token_audience_mismatch',
      changes: { token: signRaw({ iss: 'admin' }) },
    },
    {
      message: 'claim verify failed: claim exp is not a finite number',
      code: 'token_claim_malformed',
      changes: { token: signRaw({ iss: 'admin', aud: audience, exp: 'x' }) },
    },
  ])('refuses with "$message"', async ({ message, code, changes }) => {
    const refusal = await refusalOf(() => verifyJwt({ ...options, ...changes }))
    expect(refusal?.message).toBe(message)
    expect(refusal?.code).toBe(code)
  })

  test.each([
    { age: 1, text: '1ms' },
    { age: 873, text: '873ms' },
    { age: 1010, text: '1.01s' },
    { age: 59_941, text: '59.941s' },
    { age: 60_974, text: '1m0.974s' },
    { age: 3_605_825, text: '1h0m5.825s' },
    { age: 86_401_047, text: '24h0m1.047s' },
    { age: 1_795_420_226_221, text: '498727h50m26.221s' },
  ])('says a token is expired by $text', async ({ age, text }) => {
    const late = { ...options, now: new Date(now.getTime() + 300_000 + age) }
    const refusal = await refusalOf(() => verifyJwt(late))
    expect(refusal?.message).toBe(`validation failed: token is expired by ${text} (exp)`)
  })

  test('takes a MAC only when the algorithm is named', async () => {
    const secret = randomBytes(32)
    const key: Jwk = { kty: 'oct', k: secret.toString('base64url'), alg: 'HS256' }
    const signingInput = `${encodePart({ alg: 'HS256' })}.${encodePart({ iss: 'i', aud: 'a' })}`
    const mac = createHmac('sha256', secret).update(signingInput).digest('base64url')
    const call = { token: `${signingInput}.${mac}`, key, issuer: 'i', audience: 'a', now }
    await expect(verifyJwt({ ...call, algorithm: 'HS256' })).resolves.toContain('"HS256"')
    expect((await refusalOf(() => verifyJwt(call)))?.code).toBe('token_algorithm_not_allowed')
  })

  test('shows what a token says without control characters, and not at any length', async () => {
    const hostile = 'x\n\u001b[31m\u009b\u202e'
    const part = (kid: string): string => `${encodePart({ alg: 'ES256', kid })}.e30.AAAA`
    const call = { keySet: { keys: [] }, subtle: true, now }
    const refusal = await refusalOf(() => verifyJwt({ ...call, token: part(hostile) }))
    expect(refusal?.code).toBe('key_not_found')
    expect(refusal?.message).toBe(
      'cannot find key with kid x\\u000a\\u001b[31m\\u009b\\u202e on key set',
    )
    const long = await refusalOf(() => verifyJwt({ ...call, token: part('k'.repeat(40_000)) }))
    expect(long?.message.length).toBeLessThan(2_100)
  })

  test('does not take a public key for a secret', async () => {
    const spki = rsa.publicKey.export({ format: 'pem', type: 'spki' })
    const signingInput = `${encodePart({ alg: 'HS256' })}.${encodePart({ iss: 'i', aud: 'a' })}`
    const mac = createHmac('sha256', spki).update(signingInput).digest('base64url')
    const call = { token: `${signingInput}.${mac}`, issuer: 'i', audience: 'a', now }
    const refused = () => verifyJwt({ ...call, key: rsa.publicKey, algorithm: 'HS256' })
    expect((await refusalOf(refused))?.code).toBe('token_algorithm_not_allowed')
  })
})

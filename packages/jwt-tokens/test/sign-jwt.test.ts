import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { type Jwk, parseJws, type SignJwtOptions, signJwt, verifyJws } from '../src/index.ts'
import { refusalOf } from './support/codes.ts'
import { now, privateJwk, publicJwk } from './support/keys.ts'

const at = now.getTime() / 1000
const options: SignJwtOptions = {
  key: privateJwk,
  keyName: 'a.key',
  issuer: 'i',
  audiences: ['a'],
  subject: 's',
  expiration: at + 60,
  now: () => now,
  random: (length) => new Uint8Array(length).fill(1),
}

async function sign(changes: Partial<SignJwtOptions> = {}): Promise<string[]> {
  const { signingInput } = await verifyJws(await signJwt({ ...options, ...changes }), publicJwk)
  return signingInput.split('.').map((part) => Buffer.from(part, 'base64url').toString())
}

describe('signJwt', () => {
  test('writes header and claims sorted by name', async () => {
    const [header, payload] = await sign()
    expect(header).toBe(`{"alg":"ES256","kid":"${privateJwk.kid}","typ":"JWT"}`)
    expect(payload).toBe(
      `{"aud":"a","exp":${at + 60},"iat":${at},"iss":"i","jti":"${'01'.repeat(32)}",` +
        `"nbf":${at},"sub":"s"}`,
    )
  })

  test('lets the payload come before the options, and sorts it too', async () => {
    const [, payload] = await sign({ payload: '{"z":{"b":[{"d":1,"c":2}],"a":1},"iss":"own"}' })
    expect(payload).toContain('"iss":"own"')
    expect(payload?.endsWith('"z":{"a":1,"b":[{"c":2,"d":1}]}}')).toBe(true)
  })

  test('writes several audiences as a list, further headers, dates and jti', async () => {
    const [header, payload] = await sign({
      audiences: ['a', 'b'],
      headers: { foo: 'bar' },
      notBefore: 1,
      issuedAt: 2,
      jwtId: 'mine',
    })
    expect(header).toContain('"foo":"bar"')
    expect(payload).toMatch(/^\{"aud":\["a","b"\],"exp":\d+,"iat":2,.*"jti":"mine","nbf":1,/)
  })

  test('draws 40 digits for an empty jti', async () => {
    const [, payload = ''] = await sign({ jwtId: '' })
    expect(JSON.parse(payload).jti).toBe('01'.repeat(20))
  })

  test('does not let a header replace the algorithm', async () => {
    const [header] = await sign({ headers: { alg: 'none' } })
    expect(header).toContain('"alg":"ES256"')
  })

  test('needs no claims where subtle', async () => {
    const bare = { issuer: undefined, audiences: [], subject: undefined, expiration: undefined }
    const [, payload = ''] = await sign({ ...bare, subtle: true })
    expect(Object.keys(JSON.parse(payload))).toEqual(['iat', 'jti', 'nbf'])
  })

  test.each([undefined, 'RS256', 'PS512'])('signs with RSA and --alg %s', async (algorithm) => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const text = await signJwt({ ...options, key: privateKey, algorithm })
    expect(parseJws(text).protectedHeader.alg).toBe(algorithm ?? 'RS256')
  })

  const secret: Jwk = { kty: 'oct', k: randomBytes(32).toString('base64url') }
  const keySet = { keys: [privateJwk] }

  test.each<{ message: string; code: string; changes: Partial<SignJwtOptions> }>([
    {
      message: 'one of flag --key or --jwks is required',
      code: 'option_invalid',
      changes: { key: undefined, issuer: undefined },
    },
    {
      message: "flag '--key' and flag '--jwks' are mutually exclusive",
      code: 'option_invalid',
      changes: { keySet },
    },
    {
      message: "flag '--kid' requires the '--jwks' flag",
      code: 'option_invalid',
      changes: { key: undefined, keySet },
    },
    {
      message: 'cannot find key with kid zz on ks.json',
      code: 'key_not_found',
      changes: { key: undefined, keySet, keySetName: 'ks.json', keyId: 'zz' },
    },
    {
      message: 'cannot use a public key for signing',
      code: 'key_malformed',
      changes: { key: publicJwk, expiration: 5 },
    },
    {
      message: 'kid x does not match the kid on a.key',
      code: 'option_invalid',
      changes: { keyId: 'x' },
    },
    {
      message: 'alg RS256 does not match the alg on a.key',
      code: 'option_invalid',
      changes: { algorithm: 'RS256' },
    },
    {
      message: 'alg none is not allowed',
      code: 'token_algorithm_not_allowed',
      changes: { key: { ...privateJwk, alg: undefined }, algorithm: 'none' },
    },
    {
      message: 'algorithm ES256 is not allowed, the key allows HS256',
      code: 'token_algorithm_not_allowed',
      changes: { key: secret, algorithm: 'ES256' },
    },
    {
      message: "flag '--iss' is required unless '--subtle' is used",
      code: 'option_invalid',
      changes: { issuer: undefined, audiences: [] },
    },
    {
      message: "flag '--aud' is required unless '--subtle' is used",
      code: 'option_invalid',
      changes: { audiences: [] },
    },
    {
      message: "flag '--sub' is required unless '--subtle' is used",
      code: 'option_invalid',
      changes: { subject: '' },
    },
    {
      message: "flag '--exp' is required unless '--subtle' is used",
      code: 'option_invalid',
      changes: { expiration: undefined },
    },
    {
      message: "flag '--exp' must be in the future unless the '--subtle' flag is provided",
      code: 'option_invalid',
      changes: { expiration: at },
    },
    {
      message: 'error decoding JSON from STDIN: it is not a JSON object',
      code: 'option_invalid',
      changes: { payload: '[1]' },
    },
  ])('refuses with "$message"', async ({ message, code, changes }) => {
    const refusal = await refusalOf(() => signJwt({ ...options, ...changes }))
    expect(refusal?.message).toBe(message)
    expect(refusal?.code).toBe(code)
  })
})

import { generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  createOneTimeToken,
  createRenewalToken,
  type ExpectedToken,
  generateProvisionerKey,
  importVerificationKey,
  parseToken,
  verifyRenewalToken,
  verifyToken,
} from '../src/index.ts'
import { codeOf } from './support/codes.ts'
import {
  createToken,
  expected,
  now,
  privateJwk,
  publicJwk,
  verificationKey,
} from './support/keys.ts'
import { encodePart, mirrorSignature, signRaw } from './support/raw-token.ts'

const at = now.getTime() / 1000
const claims = {
  aud: 'https://ca.internal/1.0/sign',
  exp: at + 300,
  iat: at,
  iss: 'admin',
  nbf: at,
  sub: 'web.internal',
}

function verify(text: string, changes: Partial<ExpectedToken> = {}) {
  return verifyToken(parseToken(text), verificationKey, { ...expected, ...changes })
}

describe('verifyToken', () => {
  test('accepts what createOneTimeToken makes, for any names', async () => {
    const name = fc.string({ minLength: 1, unit: 'grapheme' })
    await fc.assert(
      fc.asyncProperty(name, name, fc.array(name), async (issuer, subject, sans) => {
        const token = await verify(await createToken({ issuer, subject, sans }), { issuer })
        expect(token.claims).toMatchObject({ iss: issuer, sub: subject, sans })
      }),
    )
  })

  test('refuses a token with any one bit flipped in any part', async () => {
    const parts = (await createToken()).split('.')
    const positions = fc.tuple(fc.nat(2), fc.nat(), fc.nat(7))
    await fc.assert(
      fc.asyncProperty(positions, async ([part, octet, bit]) => {
        const octets = Buffer.from(parts[part] ?? '', 'base64url')
        const index = octet % octets.length
        octets[index] = (octets[index] ?? 0) ^ (1 << bit)
        const flipped = parts.with(part, octets.toString('base64url')).join('.')
        expect(await codeOf(() => verify(flipped))).toBeDefined()
      }),
      { numRuns: 300 },
    )
  })

  test('accepts the mirrored signature, which is why it is no identity', async () => {
    await expect(verify(mirrorSignature(await createToken()))).resolves.toBeDefined()
  })

  test.each([
    { code: 'token_claim_missing', payload: { ...claims, exp: undefined } },
    { code: 'token_expired', payload: { ...claims, exp: at - 61, iat: at - 300 } },
    { code: 'token_expired', payload: { ...claims, exp: at - 60.001, iat: at - 300 } },
    { code: 'token_expired', payload: { ...claims, exp: -1e300, iat: undefined } },
    { code: 'token_not_yet_valid', payload: { ...claims, nbf: at + 61 } },
    { code: 'token_issued_in_the_future', payload: { ...claims, iat: at + 61 } },
    { code: 'token_issued_in_the_future', payload: { ...claims, iat: at + 86_400 } },
    { code: 'token_lifetime_too_long', payload: { ...claims, exp: at + 3601 } },
    { code: 'token_lifetime_too_long', payload: { ...claims, exp: 1e300 } },
    { code: 'token_lifetime_too_long', payload: { ...claims, exp: at + 3300, iat: at - 301 } },
    { code: 'token_lifetime_too_long', payload: { ...claims, exp: at + 3661, iat: undefined } },
    { code: 'token_issuer_mismatch', payload: { ...claims, iss: 'Admin' } },
    { code: 'token_issuer_mismatch', payload: { ...claims, iss: undefined } },
    { code: 'token_audience_mismatch', payload: { ...claims, aud: 'https://other/1.0/sign' } },
    { code: 'token_audience_mismatch', payload: { ...claims, aud: 'https://ca.internal/revoke' } },
    { code: 'token_audience_mismatch', payload: { ...claims, aud: undefined } },
    { code: 'token_audience_mismatch', payload: { ...claims, aud: [] } },
    { code: 'token_subject_missing', payload: { ...claims, sub: '' } },
    { code: 'token_subject_missing', payload: { ...claims, sub: undefined } },
  ])('refuses with $code: $payload', async ({ code, payload }) => {
    expect(await codeOf(() => verify(signRaw(payload)))).toBe(code)
  })

  test.each([
    { why: 'expired 60 seconds ago', payload: { ...claims, exp: at - 60, iat: at - 300 } },
    { why: 'valid in 60 seconds', payload: { ...claims, nbf: at + 60 } },
    { why: 'issued in 60 seconds', payload: { ...claims, iat: at + 60 } },
    { why: 'a fractional exp', payload: { ...claims, exp: at - 59.5 } },
    { why: 'a life of one hour', payload: { ...claims, exp: at + 3600 } },
    {
      why: 'no iat, one hour and a minute from now',
      payload: { ...claims, exp: at + 3660, iat: undefined },
    },
    { why: 'no iat and no nbf', payload: { ...claims, iat: undefined, nbf: undefined } },
    { why: 'one audience of several', payload: { ...claims, aud: ['x', claims.aud] } },
    { why: 'another port', payload: { ...claims, aud: 'https://ca.internal:1/sign' } },
  ])('accepts $why', async ({ payload }) => {
    await expect(verify(signRaw(payload))).resolves.toMatchObject({ claims: { iss: 'admin' } })
  })

  test('leeway and longest lifetime can be set', async () => {
    const late = signRaw({ ...claims, exp: at - 1, iat: at - 300 })
    const long = signRaw({ ...claims, exp: at + 7200 })
    expect(await codeOf(() => verify(late, { leewaySeconds: 0 }))).toBe('token_expired')
    await expect(verify(long, { maximumLifetimeSeconds: 7200 })).resolves.toBeDefined()
  })

  test('an invalid clock is an error, not a token that is always timely', async () => {
    const token = signRaw(claims)
    await expect(verify(token, { now: new Date(Number.NaN) })).rejects.toThrow(TypeError)
  })

  test('looks at the signature before any claim', async () => {
    const [header, , signature] = signRaw(claims).split('.')
    const forged = `${header}.${encodePart({ exp: 1 })}.${signature}`
    expect(await codeOf(() => verify(forged))).toBe('token_signature_invalid')
  })

  test.each([
    { why: 'none', header: { alg: 'none' }, code: 'token_algorithm_not_allowed' },
    { why: 'None', header: { alg: 'None' }, code: 'token_algorithm_not_allowed' },
    { why: 'HS256', header: { alg: 'HS256' }, code: 'token_algorithm_not_allowed' },
    { why: 'another curve', header: { alg: 'ES384' }, code: 'token_algorithm_not_allowed' },
    { why: 'another kind', header: { alg: 'RS256' }, code: 'token_algorithm_not_allowed' },
    { why: '__proto__', header: { alg: '__proto__' }, code: 'token_algorithm_not_allowed' },
    { why: 'lower case', header: { alg: 'es256' }, code: 'token_algorithm_not_allowed' },
  ])('refuses the algorithm $why', async ({ header, code }) => {
    expect(await codeOf(() => verify(signRaw(claims, header)))).toBe(code)
  })

  test('does not follow a key that the token brings along', async () => {
    const stranger = await generateProvisionerKey()
    const foreign = await createToken({ key: stranger.privateJwk })
    const [, payload, signature] = foreign.split('.')
    const header = encodePart({ alg: 'ES256', jwk: stranger.publicJwk, kid: publicJwk.kid })
    expect(await codeOf(() => verify(foreign))).toBe('token_signature_invalid')
    expect(await codeOf(() => verify(`${header}.${payload}.${signature}`))).toBe(
      'token_signature_invalid',
    )
  })

  test.each([
    { why: 'empty', signature: '' },
    { why: 'all zero', signature: Buffer.alloc(64).toString('base64url') },
    { why: 'DER', signature: Buffer.from([0x30, 6, 2, 1, 1, 2, 1, 1]).toString('base64url') },
  ])('refuses a signature that is $why', async ({ signature }) => {
    const text = `${parseToken(signRaw(claims)).signingInput}.${signature}`
    expect(await codeOf(() => verify(text))).toBe('token_signature_invalid')
  })

  test.each([
    { alg: 'ES384', key: generateKeyPairSync('ec', { namedCurve: 'P-384' }) },
    { alg: 'ES512', key: generateKeyPairSync('ec', { namedCurve: 'P-521' }) },
    { alg: 'EdDSA', key: generateKeyPairSync('ed25519') },
    { alg: 'RS256', key: generateKeyPairSync('rsa', { modulusLength: 2048 }) },
  ])('accepts $alg', async ({ alg, key }) => {
    const token = parseToken(await createToken({ key: key.privateKey }))
    expect(token.protectedHeader.alg).toBe(alg)
    const imported = importVerificationKey(key.publicKey)
    await expect(verifyToken(token, imported, expected)).resolves.toBeDefined()
  })
})

describe('verifyRenewalToken', () => {
  const leaf = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const renewal = {
    audiences: ['https://ca.internal/renew', 'https://ca.internal/1.0/renew'],
    issuers: ['step-ca-client/1.0', 'admin'],
    subject: 'web.internal',
    now,
  }
  const token = createRenewalToken({
    key: leaf.privateKey,
    chain: [Buffer.from([1]), Buffer.from([2, 3])],
    subject: 'web.internal',
    audience: 'https://ca.internal:9000/renew',
    now: () => now,
  })

  test('accepts what createRenewalToken makes, and carries the chain', async () => {
    const parsed = parseToken(await token)
    const verified = await verifyRenewalToken(parsed, leaf.publicKey, renewal)
    expect(verified.claims.jti).toBeUndefined()
    expect(Object.keys(parsed.protectedHeader)).toEqual(['alg', 'kid', 'typ', 'x5cInsecure'])
    expect(parsed.x5cInsecure?.map((der) => [...der])).toEqual([[1], [2, 3]])
  })

  test('accepts the name of a provisioner as issuer, and any subject for a leaf without name', async () => {
    const parsed = parseToken(await token)
    const nameless = { ...renewal, subject: '', issuers: ['step-ca-client/1.0'] }
    await expect(verifyRenewalToken(parsed, leaf.publicKey, nameless)).resolves.toBeDefined()
    const named = parseToken(
      await createOneTimeToken({
        key: leaf.privateKey,
        issuer: 'admin',
        subject: 'web.internal',
        audience: 'https://ca.internal/renew',
        now: () => now,
        random: (length) => new Uint8Array(length),
      }),
    )
    await expect(verifyRenewalToken(named, leaf.publicKey, renewal)).resolves.toBeDefined()
  })

  test.each([
    { code: 'token_subject_mismatch', changes: { subject: 'other.internal' } },
    { code: 'token_audience_mismatch', changes: { audiences: ['https://ca.internal/1.0/sign'] } },
    { code: 'token_issuer_mismatch', changes: { issuers: ['admin'] } },
    { code: 'token_expired', changes: { now: new Date(now.getTime() + 361_000) } },
    { code: 'token_not_yet_valid', changes: { now: new Date(now.getTime() - 61_000) } },
  ])('refuses with $code', async ({ code, changes }) => {
    const parsed = parseToken(await token)
    const refused = () => verifyRenewalToken(parsed, leaf.publicKey, { ...renewal, ...changes })
    expect(await codeOf(refused)).toBe(code)
  })

  test('refuses a token that another key has signed', async () => {
    const other = await createRenewalToken({
      key: privateJwk,
      chain: [Buffer.from([1])],
      subject: 'web.internal',
      audience: 'https://ca.internal/renew',
      now: () => now,
    })
    const refused = () => verifyRenewalToken(parseToken(other), leaf.publicKey, renewal)
    expect(await codeOf(refused)).toBe('token_signature_invalid')
  })
})

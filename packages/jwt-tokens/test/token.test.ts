import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseToken, tokenIdentity, verifyToken } from '../src/index.ts'
import { codeOf, refusalOf } from './support/codes.ts'
import { createToken, expected, privateJwk, verificationKey } from './support/keys.ts'
import { encodePart, mirrorSignature, signRaw } from './support/raw-token.ts'

const header = { alg: 'ES256' }
const longText = 'a'.repeat(64 * 1024)
const chainMembers = ['x5c', 'x5cInsecure'] as const

describe('parseToken', () => {
  test('types the claims and keeps what was signed', async () => {
    const text = await createToken({ user: { team: 'web' } })
    const token = parseToken(text)
    expect(token.protectedHeader).toEqual({ alg: 'ES256', kid: privateJwk.kid, typ: 'JWT' })
    expect(token.claims).toMatchObject({
      iss: 'admin',
      sub: 'web.internal',
      aud: ['https://ca.internal:8443/1.0/sign'],
      sans: ['web.internal'],
      user: { team: 'web' },
    })
    expect(text.startsWith(`${token.signingInput}.`)).toBe(true)
  })

  test('keeps fractional dates and every member of the payload', () => {
    const token = parseToken(signRaw({ exp: 1.5, azp: 'x', aud: ['a', 'b'] }))
    expect(token.claims).toMatchObject({ exp: 1.5, aud: ['a', 'b'], iss: '', sub: '' })
    expect(token.payload.azp).toBe('x')
  })

  test.each(chainMembers)('reads the chain of %s', (name) => {
    const chain = [Buffer.from([1, 2, 3]).toString('base64'), 'BAU=']
    const token = parseToken(signRaw({}, { ...header, [name]: chain }))
    expect(token[name]?.map((der) => [...der])).toEqual([
      [1, 2, 3],
      [4, 5],
    ])
    expect(token[name === 'x5c' ? 'x5cInsecure' : 'x5c']).toBeUndefined()
  })

  test.each(chainMembers)('reads nine certificates of %s and no more', async (name) => {
    const read = (length: number) =>
      parseToken(signRaw({}, { ...header, [name]: Array.from({ length }, () => 'AA==') }))
    expect(read(9)[name]).toHaveLength(9)
    const refusal = await refusalOf(() => read(10))
    expect(refusal).toMatchObject({
      code: 'token_malformed',
      message: `${name} has more than 9 certificates`,
    })
  })

  const good = signRaw({})
  const [h = '', p = '', s = ''] = good.split('.')

  test.each([
    { why: 'two parts', text: `${h}.${p}` },
    { why: 'four parts', text: `${good}.` },
    { why: 'five parts: a JWE', text: `${good}.a.b` },
    { why: 'JSON serialisation', text: JSON.stringify({ protected: h, payload: p, signature: s }) },
    { why: 'white space around', text: ` ${good}\n` },
    { why: 'padding', text: `${h}=.${p}.${s}` },
    { why: 'standard base64', text: `${h}.${p}.+${s.slice(1)}` },
    { why: 'a line break inside', text: `${h}.${p}.${s.slice(0, 4)}\n${s.slice(4)}` },
    { why: 'a question mark inside', text: `${h}.?${p}.${s}` },
    { why: 'an impossible length', text: `${h}.${p}.${s}AAA` },
    { why: 'bits left over', text: `${h}.${p}.AB` },
    { why: 'a letter beyond ASCII', text: `${h}.${p}.${s}é` },
    {
      why: 'malformed UTF-8',
      text: signRaw(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])),
    },
    { why: 'a byte order mark', text: signRaw('\ufeff{}') },
    { why: 'a lone surrogate', text: signRaw('{"jti":"\\ud800"}') },
    { why: 'an empty payload', text: signRaw('') },
    { why: 'a payload that is no object', text: signRaw([1]) },
    { why: 'a payload that is no JSON', text: signRaw('foo') },
    { why: 'a repeated claim', text: signRaw('{"sub":"a","sub":"b"}') },
    { why: 'a repeated claim, escaped', text: signRaw('{"sub":"a","s\\u0075b":"b"}') },
    { why: 'a repeated member deep inside', text: signRaw('{"a":[{"b":{"c":1,"c":1}}]}') },
    { why: 'a repeated alg', text: signRaw('{}', '{"alg":"ES256","alg":"none"}') },
    { why: 'a header without alg', text: signRaw({}, {}) },
    { why: 'an alg that is no string', text: signRaw({}, { alg: 1 }) },
    { why: 'a kid that is no string', text: signRaw({}, { ...header, kid: 1 }) },
    { why: 'critical extensions', text: signRaw({}, { ...header, crit: ['exp'], exp: 1 }) },
    { why: 'an unencoded payload', text: signRaw({}, { ...header, b64: false }) },
    ...chainMembers.flatMap((name) =>
      [
        { why: 'that is no array', chain: 'AA==' },
        { why: 'in base64url', chain: ['-_A='] },
        { why: 'without padding', chain: ['AA'] },
        { why: 'in two lines', chain: ['AA\n=='] },
        { why: 'of numbers', chain: [1] },
        { why: 'with an empty certificate', chain: [''] },
        { why: 'of no certificate', chain: [] },
      ].map(({ why, chain }) => ({
        why: `a chain ${why} in ${name}`,
        text: signRaw({}, { ...header, [name]: chain }),
      })),
    ),
    { why: 'more than 64 KiB', text: signRaw({ user: longText }) },
    { why: 'nothing at all', text: '' },
  ])('refuses $why', async ({ text }) => {
    expect(await codeOf(() => parseToken(text))).toBe('token_malformed')
  })

  test.each([
    { claim: 'exp', payload: '{"exp":"1795422464"}' },
    { claim: 'exp', payload: '{"exp":1e999}' },
    { claim: 'exp', payload: '{"exp":null}' },
    { claim: 'nbf', payload: '{"nbf":true}' },
    { claim: 'iat', payload: '{"iat":[1]}' },
    { claim: 'iss', payload: '{"iss":1}' },
    { claim: 'sub', payload: '{"sub":{}}' },
    { claim: 'aud', payload: '{"aud":{"a":1}}' },
    { claim: 'aud', payload: '{"aud":["a",1]}' },
    { claim: 'jti', payload: '{"jti":1}' },
    { claim: 'sans', payload: '{"sans":"a.internal"}' },
    { claim: 'sans', payload: '{"sans":[1]}' },
    { claim: 'sha', payload: '{"sha":1}' },
    { claim: 'cnf', payload: '{"cnf":"x"}' },
    { claim: 'x5rt#S256', payload: '{"cnf":{"x5rt#S256":1}}' },
    { claim: 'step', payload: '{"step":[]}' },
  ])('refuses $payload', async ({ claim, payload }) => {
    const refusal = await refusalOf(() => parseToken(signRaw(payload)))
    expect(refusal?.code).toBe('token_claim_malformed')
    expect(refusal?.message).toContain(`claim ${claim} `)
  })

  test('accepts members with one name in different objects', () => {
    const text = signRaw(
      '{"user":{"a":{"a":["a"]}},"a":"{\\"a\\":1,\\"a\\":2}","b":[{"a":1},{"a":1}]}',
    )
    expect(parseToken(text).payload.a).toBe('{"a":1,"a":2}')
  })

  test('throws nothing but its own error, whatever is done to a token', async () => {
    const text = await createToken()
    await fc.assert(
      fc.asyncProperty(
        fc.nat(text.length),
        fc.nat(4),
        fc.string({ unit: 'binary' }),
        async (at, count, junk) => {
          const mutated = text.slice(0, at) + junk + text.slice(at + count)
          if (mutated === text) return
          const code = await codeOf(() =>
            verifyToken(parseToken(mutated), verificationKey, expected),
          )
          expect(code).toBeDefined()
        },
      ),
    )
  })

  test('throws nothing but its own error for any header and payload', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json(), fc.json(), async (payload, protectedHeader) => {
        const text = `${encodePart(protectedHeader)}.${encodePart(payload)}.AAAA`
        await codeOf(() => parseToken(text))
      }),
    )
  })
})

describe('tokenIdentity', () => {
  test('does not hang on the signature, with jti or without', async () => {
    for (const text of [await createToken(), signRaw({ sub: 'a' }), signRaw({ jti: '' })]) {
      const mirrored = mirrorSignature(text)
      expect(mirrored).not.toBe(text)
      expect(tokenIdentity(parseToken(mirrored), 'admin:k')).toEqual(
        tokenIdentity(parseToken(text), 'admin:k'),
      )
    }
  })

  test('is 32 octets that tell provisioners, jti and signing inputs apart', () => {
    const identities = [
      tokenIdentity(parseToken(signRaw({ jti: 'b' })), 'a'),
      tokenIdentity(parseToken(signRaw({ jti: 'b' })), 'b'),
      tokenIdentity(parseToken(signRaw({ jti: 'c' })), 'a'),
      tokenIdentity(parseToken(signRaw({ sub: 'b' })), 'a'),
      tokenIdentity(parseToken(signRaw({ sub: 'c' })), 'a'),
    ]
    expect(identities.map(({ length }) => length)).toEqual([32, 32, 32, 32, 32])
    expect(new Set(identities.map((id) => Buffer.from(id).toString('hex'))).size).toBe(5)
  })

  test('keeps the same jti apart from another split of id and jti', () => {
    const short = tokenIdentity(parseToken(signRaw({ jti: 'bc' })), 'a')
    const long = tokenIdentity(parseToken(signRaw({ jti: 'c' })), 'ab')
    expect(short).not.toEqual(long)
  })

  test('is the same for two tokens with one jti, whatever else they say', () => {
    const first = tokenIdentity(parseToken(signRaw({ jti: 'x', sub: 'a' })), 'admin:k')
    const second = tokenIdentity(parseToken(signRaw({ jti: 'x', sub: 'b' })), 'admin:k')
    expect(second).toEqual(first)
  })
})

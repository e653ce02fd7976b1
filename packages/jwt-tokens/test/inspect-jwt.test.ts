import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { inspectJwt } from '../src/index.ts'
import { codeOf, refusalOf } from './support/codes.ts'
import { encodePart } from './support/raw-token.ts'

function token(header: unknown, payload: unknown, signature = 'AAAA'): string {
  return `${encodePart(header)}.${encodePart(payload)}.${signature}`
}

describe('inspectJwt', () => {
  test('keeps the order of members and the spelling of numbers', () => {
    const text = token(
      '{"typ":"JWT", "alg":"ES256"}',
      '{"b":1.0e2,"a":"\\u00e9é\\/","e":{},"f":[ ],"g":[1,{"x":[]}],"exp":1795423025.50}',
    )
    expect(inspectJwt(text)).toBe(`{
  "header": {
    "typ": "JWT",
    "alg": "ES256"
  },
  "payload": {
    "b": 1.0e2,
    "a": "\\u00e9é\\/",
    "e": {},
    "f": [],
    "g": [
      1,
      {
        "x": []
      }
    ],
    "exp": 1795423025.50
  },
  "signature": "AAAA"
}`)
  })

  test('escapes what Go escapes in JSON', () => {
    const shown = inspectJwt(token({ alg: 'ES256' }, '{"a":"<&>\u2028\u2029"}'))
    expect(shown).toContain('"a": "\\u003c\\u0026\\u003e\\u2028\\u2029"')
  })

  test('shows what verification would refuse: none, repeated claims, extensions, any payload', () => {
    expect(inspectJwt(token({ alg: 'none' }, '{"a":1,"a":2}', ''))).toContain('"a": 1,\n    "a": 2')
    expect(inspectJwt(token({ alg: 'ES256', crit: ['x'] }, '"text"'))).toContain(
      '"payload": "text"',
    )
  })

  test('ignores white space around the token', () => {
    const text = token({ alg: 'ES256' }, {})
    expect(inspectJwt(` ${text}\n`)).toBe(inspectJwt(text))
  })

  test('shows any payload so that it reads back the same', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (payload) => {
        const shown = inspectJwt(token({ alg: 'ES256' }, JSON.stringify(payload)))
        expect(JSON.parse(shown).payload).toEqual(JSON.parse(JSON.stringify(payload)))
      }),
    )
  })

  test('indents an object as JSON.stringify does', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (payload) => {
        const shown = inspectJwt(token({ alg: 'ES256' }, payload))
        const unescaped = shown.replace(/\\u003[ce]|\\u0026/g, (sequence) =>
          JSON.parse(`"${sequence}"`),
        )
        const header = { alg: 'ES256' }
        expect(unescaped).toBe(JSON.stringify({ header, payload, signature: 'AAAA' }, undefined, 2))
      }),
    )
  })

  test('leaves no control or direction character for a terminal to obey', () => {
    const payload = { a: '\u009b31m\u007f\u202e\u{e0041}\u2028', '\u009b': '\n\u001b' }
    const shown = inspectJwt(token({ alg: '\u009b' }, payload))
    expect(shown).toMatch(/^[\x20-\x7e\n]*$/)
    expect(JSON.parse(shown)).toMatchObject({ header: { alg: '\u009b' }, payload })
  })

  test.each([
    { text: '', message: 'error parsing token: compact JWS format must have three parts' },
    { text: 'a.b', message: 'error parsing token: compact JWS format must have three parts' },
    {
      text: token({ alg: 'ES256' }, {}, 'A?'),
      message: 'error parsing token: token signature is not base64url',
    },
    {
      text: token('{"alg":"a","alg":"b"}', {}),
      message: 'error parsing token: token header cannot be read: it has the member "alg" twice',
    },
    {
      text: token({ alg: 'ES256' }, 'foo'),
      message: 'error marshaling token data: it is not JSON',
    },
    { text: token({ alg: 'ES256' }, ''), message: 'error marshaling token data: it is not JSON' },
  ])('refuses with "$message"', async ({ text, message }) => {
    const refusal = await refusalOf(() => inspectJwt(text))
    expect(refusal?.message).toBe(message)
    expect(refusal?.code).toBe('token_malformed')
  })

  test('throws nothing but its own error', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), fc.uint8Array(), async (text, octets) => {
        await codeOf(() => inspectJwt(text))
        await codeOf(() => inspectJwt(token({ alg: 'ES256' }, octets)))
      }),
    )
  })
})

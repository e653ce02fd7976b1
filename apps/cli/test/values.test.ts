import { describe, expect, test } from 'vitest'
import { parseCaUrl } from '../src/ca/connection.ts'
import { objectToAddress, parseHostNames } from '../src/ca/host-names.ts'
import { parseKeyType } from '../src/ca/key-type-flags.ts'
import { parseReasonCode } from '../src/ca/revocation-reason.ts'
import { parseSerialNumber } from '../src/ca/serial-number.ts'
import { loadTemplateData } from '../src/ca/template-data.ts'
import { parseTokenValidity } from '../src/ca/token-validity.ts'
import { kindOfKeyText } from '../src/keys/key-text.ts'
import { unusedIo } from './support/unused-io.ts'

describe('parseSerialNumber', () => {
  test.each([
    {
      text: '59636004850364466675608080466579278406',
      value: 59636004850364466675608080466579278406n,
    },
    { text: '0x10', value: 16n },
    { text: '0XfF', value: 255n },
    { text: '0b101', value: 5n },
    { text: '0o17', value: 15n },
    { text: '017', value: 15n },
    { text: '0', value: 0n },
  ])('reads $text', ({ text, value }) => {
    expect(parseSerialNumber(text)).toBe(value)
  })

  test.each(['', 'ff', '0x', '-1', '1.5', '08', ' 1', '1e3', '0b2'])('refuses "%s"', (text) => {
    expect(() => parseSerialNumber(text)).toThrow(
      expect.objectContaining({ code: 'arguments_wrong' }),
    )
  })
})

describe('parseReasonCode', () => {
  test.each([
    { text: undefined, code: 0 },
    { text: '7', code: 7 },
    { text: '10', code: 10 },
    { text: 'keyCompromise', code: 1 },
    { text: 'Cessation Of Operation', code: 5 },
    { text: 'REMOVEFROMCRL', code: 8 },
    { text: 'aaCompromise', code: 10 },
  ])('reads $text as $code', ({ text, code }) => {
    expect(parseReasonCode(text)).toBe(code)
  })

  test.each(['-1', '11', 'foo', '__proto__'])('refuses %s', (text) => {
    expect(() => parseReasonCode(text)).toThrow(expect.objectContaining({ code: 'flag_invalid' }))
  })
})

describe('parseCaUrl', () => {
  test.each([
    { text: 'ca.internal', url: 'https://ca.internal' },
    { text: 'ca.internal:9000/1.0/sign', url: 'https://ca.internal:9000' },
    { text: 'HTTPS://ca.internal', url: 'https://ca.internal' },
    { text: '::1', url: 'https://[::1]' },
    { text: '[::1]:8443', url: 'https://[::1]:8443' },
  ])('$text is $url', ({ text, url }) => {
    expect(parseCaUrl(text)).toBe(url)
  })

  test.each(['http://ca', 'ftp://ca', 'https://', 'https://a:b@ca', 'ca:99999'])(
    'refuses %s',
    (text) => {
      expect(() => parseCaUrl(text)).toThrow(expect.objectContaining({ code: 'flag_invalid' }))
    },
  )
})

describe('names and addresses of a CA', () => {
  test.each([
    { texts: ['a,b c'], names: ['a', 'b', 'c'] },
    { texts: ['ca.internal', '10.0.0.1', '::1'], names: ['ca.internal', '10.0.0.1', '::1'] },
  ])('$texts are $names', ({ texts, names }) => {
    expect(parseHostNames(texts)).toEqual({ names })
  })

  test.each([
    { texts: [' , '], objection: 'dns must not be empty' },
    { texts: ['a', '-b'], objection: '-b is not a valid DNS name or IP address' },
    { texts: ['a..b'], objection: 'a..b is not a valid DNS name or IP address' },
    { texts: ['a_b'], objection: 'a_b is not a valid DNS name or IP address' },
    { texts: ['*.internal'], objection: '*.internal is not a valid DNS name or IP address' },
    { texts: ['10.0.0.256'], objection: '10.0.0.256 is not a valid DNS name or IP address' },
    { texts: ['ca:443'], objection: 'ca:443 is not a valid DNS name or IP address' },
  ])('$texts: $objection', ({ texts, objection }) => {
    expect(parseHostNames(texts)).toEqual({ objection })
  })

  test.each([':443', '127.0.0.1:443', 'ca.internal:9000', '[::1]:443'])('listens on %s', (text) => {
    expect(objectToAddress(text)).toBeUndefined()
  })

  test.each(['foo', ':', ':70000', '::1:443', '[ca]:443', 'a b:1', '443'])(
    'does not listen on %s',
    (text) => {
      expect(objectToAddress(text)).toBe(`${text} is not an TCP address`)
    },
  )
})

describe('parseKeyType', () => {
  const none = { kty: undefined, curve: undefined, size: undefined }

  test.each([
    { flags: none, type: { kty: 'EC', crv: 'P-256' } },
    { flags: { ...none, kty: 'EC', curve: 'P-521' }, type: { kty: 'EC', crv: 'P-521' } },
    { flags: { ...none, kty: 'OKP' }, type: { kty: 'OKP', crv: 'Ed25519' } },
    { flags: { ...none, kty: 'RSA' }, type: { kty: 'RSA', size: 2048 } },
    { flags: { ...none, kty: 'RSA', size: 3072 }, type: { kty: 'RSA', size: 3072 } },
  ])('$flags is $type', ({ flags, type }) => {
    expect(parseKeyType(flags)).toEqual(type)
  })
})

describe('parseTokenValidity', () => {
  const now = new Date('2026-11-23T12:00:00Z')

  test.each([
    { before: undefined, after: undefined, from: 0, to: 300 },
    { before: '10m', after: undefined, from: 600, to: 900 },
    { before: '-1m', after: '30s', from: -60, to: 30 },
    { before: undefined, after: '2026-11-23T13:00:00Z', from: 0, to: 3600 },
  ])('$before to $after', ({ before, after, from, to }) => {
    const validity = parseTokenValidity({ 'not-before': before, 'not-after': after }, now)
    expect(validity.notBefore).toEqual(new Date(now.getTime() + from * 1000))
    expect(validity.notAfter).toEqual(new Date(now.getTime() + to * 1000))
  })

  test('ends after it starts', () => {
    expect(() => parseTokenValidity({ 'not-before': '10m', 'not-after': '5m' }, now)).toThrow(
      expect.objectContaining({ code: 'token_unfit' }),
    )
  })
})

describe('loadTemplateData', () => {
  test('reads JSON values as JSON and everything else as text', async () => {
    const set = ['a=1', 'b=x', 'c={"d":[true]}', 'e=', 'f=g=h']
    expect(await loadTemplateData(unusedIo, { set, 'set-file': undefined })).toEqual({
      a: 1,
      b: 'x',
      c: { d: [true] },
      e: '',
      f: 'g=h',
    })
  })

  test('gives nothing when nothing is set', async () => {
    expect(await loadTemplateData(unusedIo, { set: [], 'set-file': undefined })).toBeUndefined()
  })
})

describe('kindOfKeyText', () => {
  test.each([
    { text: '-----BEGIN PRIVATE KEY-----\n', kind: 'pem' },
    { text: ' {"kty": "EC"}', kind: 'jwk' },
    { text: '{"protected":"","ciphertext": ""}', kind: 'jwe' },
    { text: 'a.b.c.d.e\n', kind: 'jwe' },
  ])('$text is $kind', ({ text, kind }) => {
    expect(kindOfKeyText(text, 'k')).toBe(kind)
  })

  test.each(['', 'p4ssword', '{}', 'a.b.c'])('refuses "%s"', (text) => {
    expect(() => kindOfKeyText(text, 'k')).toThrow('error reading k: unsupported format')
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeGeneralNames, parseGeneralNames } from '../src/general-name.ts'
import { type GeneralName, guessGeneralName } from '../src/index.ts'
import { DerError, fromHex, toHex } from '../src/internal/der.ts'
import { codeOf } from './support/refusals.ts'

describe('guessGeneralName', () => {
  test.each<[string, GeneralName['type'], string]>([
    ['10.1.2.3', 'ip', '10.1.2.3'],
    ['::1', 'ip', '::1'],
    ['2001:DB8:0:0:0:0:0:1', 'ip', '2001:db8::1'],
    ['::ffff:192.0.2.1', 'ip', '192.0.2.1'],
    ['spiffe://td/x', 'uri', 'spiffe://td/x'],
    ['HTTPS://Example.com/A', 'uri', 'https://Example.com/A'],
    ['foo:bar', 'uri', 'foo:bar'],
    ['mailto:a@b', 'uri', 'mailto:a@b'],
    ['https://[::1]:8443/', 'uri', 'https://[::1]:8443/'],
    ['a@b.com', 'email', 'a@b.com'],
    ['foo.com', 'dns', 'foo.com'],
    ['Foo.COM', 'dns', 'Foo.COM'],
    ['*.foo.com', 'dns', '*.foo.com'],
    ['1.2.3.4:80', 'dns', '1.2.3.4:80'],
    ['010.1.2.3', 'dns', '010.1.2.3'],
    ['a_b', 'dns', 'a_b'],
    ['x://a%zz', 'dns', 'x://a%zz'],
    ['x://a:port', 'dns', 'x://a:port'],
    ['fe80::1%eth0', 'dns', 'fe80::1%eth0'],
  ])('takes %s for %s %s', (text, type, value) => {
    expect(guessGeneralName(text)).toEqual({ type, value })
  })

  test('says what is wrong with a name without obeying it, and not at its full length', () => {
    const hostile = `x\n\u001b[31m\u009b\u202e${'y'.repeat(50_000)}`
    try {
      guessGeneralName(hostile)
      expect.unreachable()
    } catch (error) {
      const message = error instanceof Error ? error.message : ''
      expect(message).toMatch(/^name "x\\n\\u001b\[31m\\u009b\\u202ey+…$/)
      expect(message.length).toBeLessThan(2100)
    }
  })

  test.each(['', 'bücher.example', 'a\u0000b', 'a\n', 'foo:\u007f', '@b', 'a@'])(
    'refuses %j',
    (text) => {
      expect(codeOf(() => guessGeneralName(text))).toBe('name_invalid')
    },
  )
})

describe('encodeGeneralNames', () => {
  test('writes the octets of each kind', () => {
    const names: GeneralName[] = [
      { type: 'dns', value: 'any.example.test' },
      { type: 'ip', value: '192.0.2.9' },
      { type: 'email', value: 'k@example.test' },
      { type: 'uri', value: 'urn:x:y' },
    ]
    expect(toHex(encodeGeneralNames(names))).toBe(
      '30318210616e792e6578616d706c652e746573748704c0000209810e6b406578616d706c652e746573748607' +
        '75726e3a783a79',
    )
  })

  test('reads back what it writes', () => {
    const octet = fc.nat(255)
    const ipv4 = fc.tuple(octet, octet, octet, octet).map((octets) => octets.join('.'))
    const ipv6 = fc.ipV6().map((text) => guessGeneralName(text).value)
    const name: fc.Arbitrary<GeneralName> = fc.oneof(
      fc.domain().map((value) => ({ type: 'dns' as const, value })),
      fc.oneof(ipv4, ipv6).map((value) => ({ type: 'ip' as const, value })),
      fc.emailAddress().map((value) => ({ type: 'email' as const, value })),
      fc.webUrl().map((value) => ({ type: 'uri' as const, value })),
    )
    fc.assert(
      fc.property(fc.array(name, { minLength: 1 }), (names) => {
        expect(parseGeneralNames(encodeGeneralNames(names))).toEqual(names)
      }),
    )
  })

  test.each<GeneralName>([
    { type: 'dns', value: '' },
    { type: 'dns', value: 'bücher' },
    { type: 'dns', value: 'a\tb' },
    { type: 'email', value: 'nobody' },
    { type: 'email', value: '@host' },
    { type: 'uri', value: '/path' },
    { type: 'ip', value: '10.0.0.01' },
    { type: 'ip', value: '10.0.0.0/8' },
    { type: 'ip', value: '2001:DB8::1' },
    { type: 'ip', value: '2001:db8:0:0::1' },
  ])('refuses $type $value', (name) => {
    expect(codeOf(() => encodeGeneralNames([name]))).toBe('name_invalid')
  })
})

test('a long e-mail address of nothing but @ is refused at once', () => {
  const start = performance.now()
  const names = [{ type: 'email', value: `a${'@'.repeat(50_000)}` } as const]
  expect(codeOf(() => encodeGeneralNames(names))).toBe('name_invalid')
  expect(performance.now() - start).toBeLessThan(200)
})

describe('parseGeneralNames', () => {
  test.each([
    ['8704c0000201', '192.0.2.1'],
    ['871000000000000000000000000000000000', '::'],
    ['871000000000000000000000000000000001', '::1'],
    ['871020010db8000000000001000000000001', '2001:db8::1:0:0:1'],
    ['871020010db8000100010001000000010001', '2001:db8:1:1:1:0:1:1'],
    ['871000000000000000000000ffffc0000201', '::ffff:192.0.2.1'],
    ['871000010000000000000000000000000000', '1::'],
  ])('writes the address %s as %s', (element, value) => {
    const length = (element.length / 2).toString(16).padStart(2, '0')
    const names = parseGeneralNames(fromHex(`30${length}${element}`))
    expect(names).toEqual([{ type: 'ip', value }])
    expect(toHex(encodeGeneralNames(names)).slice(4)).toBe(element)
  })

  test('leaves out names of other kinds, but checks them', () => {
    expect(parseGeneralNames(fromHex('300a88012aa4023000820161'))).toEqual([
      { type: 'dns', value: 'a' },
    ])
    expect(() => parseGeneralNames(fromHex('3004a4023001'))).toThrow(DerError)
  })

  test.each([
    { der: '3000', why: 'no name at all' },
    { der: '30028200', why: 'an empty DNS name' },
    { der: '3003820100', why: 'a NUL' },
    { der: '30038201e4', why: 'a non-ASCII DNS name' },
    { der: '30058703010203', why: 'an address of three octets' },
    { der: '3003890161', why: 'an unknown kind' },
    { der: '3003a20161', why: 'a constructed DNS name' },
  ])('refuses $why', ({ der }) => {
    expect(() => parseGeneralNames(fromHex(der))).toThrow(DerError)
  })
})

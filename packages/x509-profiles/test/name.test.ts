import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createName, findCommonName, formatName, isEmptyName, parseName } from '../src/index.ts'
import { fromHex, toHex } from '../src/internal/der.ts'
import { codeOf } from './support/refusals.ts'

describe('createName', () => {
  test('writes attributes in the order of step, one RelativeDistinguishedName for each kind', () => {
    const name = createName({
      serialNumber: '7',
      commonName: 'x',
      organizationalUnit: 'Ops',
      organization: ['Fjord AS', 'Second Org'],
      postalCode: '5003',
      streetAddress: 'Torget 1',
      locality: 'Bergen',
      province: 'Vestland',
      country: 'NO',
    })
    expect(formatName(name)).toBe(
      'C=NO,ST=Vestland,L=Bergen,STREET=Torget 1,POSTALCODE=5003,O=Fjord AS+O=Second Org,OU=Ops,CN=x,SERIALNUMBER=7',
    )
  })

  test('writes the octets that step-ca 0.30.2 was seen to write', () => {
    const fields = {
      country: 'NO',
      locality: 'Bergen',
      organization: ['Second Org', 'Fjord AS'],
      organizationalUnit: 'Ops',
      commonName: 'any.example.test',
    }
    expect(toHex(createName(fields).der)).toBe(
      '306d310b3009060355040613024e4f310f300d0603550407130642657267656e3124300f060355040a1308466a6f72642041533011060355040a130a5365636f6e64204f7267310c300a060355040b13034f70733119301706035504031310616e792e6578616d706c652e74657374',
    )
  })

  test.each([
    { commonName: 'web.internal', tag: '13' },
    { commonName: "A z0'()+,-./:=?", tag: '13' },
    { commonName: 'a@b', tag: '0c' },
    { commonName: '*.internal', tag: '0c' },
    { commonName: 'a_b', tag: '0c' },
    { commonName: 'a&b', tag: '0c' },
    { commonName: 'Dämo', tag: '0c' },
  ])('writes $commonName with identifier $tag', ({ commonName, tag }) => {
    expect(toHex(createName({ commonName }).der).slice(22, 24)).toBe(tag)
  })

  test('leaves out empty texts', () => {
    expect(isEmptyName(createName({ commonName: '', organization: [] }))).toBe(true)
    expect(toHex(createName({}).der)).toBe('3000')
  })

  test.each(['a\nb', 'a\u0000', '\u009b31m', 'a\u202eb', 'a\u2028b', 'a\ud800'])(
    'refuses %j',
    (commonName) => {
      expect(codeOf(() => createName({ commonName }))).toBe('name_invalid')
    },
  )

  test('reads back what it writes', () => {
    const text = fc
      .string({ unit: 'grapheme', minLength: 1 })
      .filter((value) => !/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u.test(value))
    fc.assert(
      fc.property(text, text, (commonName, organization) => {
        const name = parseName(createName({ commonName, organization }).der)
        expect(name.attributes).toEqual([
          { type: '2.5.4.10', value: organization },
          { type: '2.5.4.3', value: commonName },
        ])
      }),
    )
  })
})

describe('parseName', () => {
  test.each([
    { tag: '14', hex: 'e4', text: 'ä', type: 'TeletexString' },
    { tag: '1e', hex: '00e4', text: 'ä', type: 'BMPString' },
    { tag: '1c', hex: '000000e4', text: 'ä', type: 'UniversalString' },
    { tag: '16', hex: '4061', text: '@a', type: 'IA5String' },
    { tag: '12', hex: '3120', text: '1 ', type: 'NumericString' },
    { tag: '02', hex: '05', text: '#020105', type: 'no string' },
  ])('reads a value that is $type', ({ tag, hex, text }) => {
    expect(findCommonName(parseName(nameWithValue(tag, hex)))).toBe(text)
  })

  test.each([
    { der: '', why: 'nothing' },
    { der: '300000', why: 'an octet too many' },
    { der: '30023100', why: 'an empty RelativeDistinguishedName' },
    { der: toHex(nameWithValue('0c', 'ff')), why: 'broken UTF-8' },
    { der: toHex(nameWithValue('13', '80')), why: 'a PrintableString beyond ASCII' },
    { der: toHex(nameWithValue('1e', 'd800')), why: 'half a surrogate pair' },
    { der: toHex(nameWithValue('1c', '00110000')), why: 'no character' },
    { der: toHex(nameWithValue('02', '0005')), why: 'an integer that is not minimal' },
  ])('refuses $why', ({ der }) => {
    expect(codeOf(() => parseName(fromHex(der)))).toBe('name_invalid')
  })

  test('refuses attributes of one relative name that are not in the order of DER', () => {
    const [a, b] = ['3008060355040a0c0161', '3008060355040a0c0162']
    expect(parseName(fromHex(`30163114${a}${b}`)).relativeNames).toHaveLength(1)
    expect(codeOf(() => parseName(fromHex(`30163114${b}${a}`)))).toBe('name_invalid')
  })

  test('takes the last commonName as the one that counts', () => {
    const twice = fromHex('3018310a300806035504030c0161310a300806035504030c0162')
    expect(findCommonName(parseName(twice))).toBe('b')
  })
})

describe('formatName', () => {
  test('escapes what RFC 4514 escapes, and control characters', () => {
    const name = createName({ organization: 'A, B+C="D"; <E>\\', commonName: '#x' })
    expect(formatName(name)).toBe('O=A\\, B\\+C=\\"D\\"\\; \\<E\\>\\\\,CN=\\#x')
    expect(formatName(parseName(nameWithValue('0c', '1b5b')))).toBe('CN=\\1b[')
    expect(formatName(parseName(nameWithValue('0c', 'e280ae61')))).toBe('CN=\\e2\\80\\aea')
    expect(formatName(createName({ commonName: ' a ' }))).toBe('CN=\\ a\\ ')
  })

  test('takes another separator', () => {
    const name = createName({ organization: 'Demo', commonName: 'Demo Root CA' })
    expect(formatName(name, { separator: ', ' })).toBe('O=Demo, CN=Demo Root CA')
  })

  test('writes types without a short name as their object identifier', () => {
    const emailAddress = fromHex('30123110300e06092a864886f70d010901160161')
    expect(formatName(parseName(emailAddress))).toBe('1.2.840.113549.1.9.1=a')
  })
})

/** A Name with a single commonName whose value has these octets. */
function nameWithValue(tag: string, hex: string): Uint8Array {
  const wrap = (identifier: string, contents: string): string =>
    identifier + (contents.length / 2).toString(16).padStart(2, '0') + contents
  return fromHex(wrap('30', wrap('31', wrap('30', `0603550403${wrap(tag, hex)}`))))
}

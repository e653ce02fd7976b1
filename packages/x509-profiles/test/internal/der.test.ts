import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  assertDer,
  DerError,
  DerReader,
  encodeBitString,
  encodeElement,
  encodeInteger,
  encodeOid,
  encodeSequence,
  fromHex,
  tags,
  toHex,
} from '../../src/internal/der.ts'

describe('DerReader', () => {
  test.each([
    { der: '', why: 'nothing at all' },
    { der: '30', why: 'no length' },
    { der: '3003020101ff', why: 'an octet too many' },
    { der: '30040201', why: 'contents cut short' },
    { der: '3080020101' + '0000', why: 'indefinite length' },
    { der: '308103020101', why: 'long form of a short length' },
    { der: '30820003020101', why: 'length with a leading zero' },
    { der: '30850000000003020101', why: 'length of five octets' },
    { der: '3f2a00', why: 'tag number above 30' },
  ])('refuses $why', ({ der }) => {
    expect(() => {
      const reader = new DerReader(fromHex(der))
      reader.enter(tags.sequence)
      reader.finish()
    }).toThrow(DerError)
  })

  test.each([
    { der: '0200', why: 'an empty integer' },
    { der: '0202007f', why: 'an integer with a needless 00' },
    { der: '0202ff80', why: 'an integer with a needless FF' },
    { der: '010101', why: 'a boolean that is neither 00 nor FF' },
    { der: '01020000', why: 'a boolean of two octets' },
    { der: '050100', why: 'NULL with contents' },
    { der: '0600', why: 'an empty object identifier' },
    { der: '0602802a', why: 'an arc with a leading zero' },
    { der: '060188', why: 'an arc cut short' },
    { der: '06062a8fffffff7f', why: 'an arc above 31 bits' },
    { der: '0300', why: 'a bit string without its count' },
    { der: '03020800', why: 'a bit string with 8 unused bits' },
    { der: '030101', why: 'an empty bit string with unused bits' },
    { der: '03020101', why: 'a bit string whose unused bit is set' },
    { der: '2403040100', why: 'a constructed octet string' },
    { der: '1000', why: 'a primitive sequence' },
    { der: '020101020101', why: 'two elements' },
  ])('assertDer refuses $why', ({ der }) => {
    expect(() => assertDer(fromHex(der))).toThrow(DerError)
  })

  test('assertDer follows 16 levels and refuses more', () => {
    const nest = (levels: number): Uint8Array => {
      let octets = encodeInteger(1)
      for (let level = 1; level < levels; level++) octets = encodeSequence(octets)
      return octets
    }
    expect(() => assertDer(nest(16))).not.toThrow()
    expect(() => assertDer(nest(17))).toThrow('16 deep')
  })

  test('finds the end of a level where the level ends, not where the octets end', () => {
    const reader = new DerReader(fromHex('3003020101020102'))
    const sequence = reader.enter(tags.sequence)
    expect(sequence.readSmallInteger()).toBe(1)
    expect(sequence.isAtEnd).toBe(true)
    expect(() => sequence.readInteger()).toThrow(DerError)
    expect(reader.readSmallInteger()).toBe(2)
  })

  test('takes any octets without another error than its own', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (octets) => {
        try {
          assertDer(octets)
        } catch (error) {
          expect(error).toBeInstanceOf(DerError)
        }
      }),
    )
  })
})

describe('the encoders', () => {
  test('write integers that read back the same, in the fewest octets', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 140n), max: 2n ** 140n }), (value) => {
        expect(new DerReader(encodeInteger(value)).readInteger()).toBe(value)
      }),
    )
  })

  test.each([
    [0, '020100'],
    [127, '02017f'],
    [128, '02020080'],
    [256, '02020100'],
    [-1, '0201ff'],
    [-128, '020180'],
    [-129, '0202ff7f'],
  ])('write the integer %i as %s', (value, der) => {
    expect(toHex(encodeInteger(value))).toBe(der)
  })

  test('write object identifiers that read back the same', () => {
    const arc = fc.integer({ min: 0, max: 0x7fffffff })
    fc.assert(
      fc.property(fc.nat(1), fc.nat(39), fc.array(arc), (root, second, rest) => {
        const oid = [root, second, ...rest].join('.')
        expect(new DerReader(encodeOid(oid)).readOid()).toBe(oid)
      }),
    )
  })

  test.each([
    ['1.2.840.113549', '06062a864886f70d'],
    ['2.5.29.17', '0603551d11'],
    ['2.999.3', '0603883703'],
  ])('write the object identifier %s as %s', (oid, der) => {
    expect(toHex(encodeOid(oid))).toBe(der)
    expect(new DerReader(fromHex(der)).readOid()).toBe(oid)
  })

  test.each(['', '1', '3.1', '0.40', '1.2.', '1.02', '1.-2', '1.2.x', '1.2.2147483648', '1.1e3'])(
    'refuse %j as an object identifier',
    (oid) => {
      expect(() => encodeOid(oid)).toThrow(DerError)
    },
  )

  test.each([0, 1, 127, 128, 255, 256, 65_535, 65_536])(
    'write %i octets with a minimal length',
    (n) => {
      const element = encodeElement(tags.octetString, new Uint8Array(n))
      expect(new DerReader(element).readContents(tags.octetString)).toHaveLength(n)
      expect(() => assertDer(element)).not.toThrow()
    },
  )

  test('write bit strings that read back the same', () => {
    const octets = Uint8Array.of(0x0a, 0x80)
    expect(new DerReader(encodeBitString(octets, 7)).readBitString()).toEqual({
      octets,
      unusedBits: 7,
    })
  })
})

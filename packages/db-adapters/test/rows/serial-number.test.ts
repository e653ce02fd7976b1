import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeSerialNumber, parseSerialNumber } from '../../src/rows/serial-number.ts'

describe('encodeSerialNumber', () => {
  test.each([
    { serialNumber: 0n, octets: [0] },
    { serialNumber: 1n, octets: [1] },
    { serialNumber: 0xffn, octets: [0xff] },
    { serialNumber: 0x0100n, octets: [1, 0] },
    { serialNumber: 0x8000n, octets: [0x80, 0] },
  ])('encodes $serialNumber as $octets', ({ serialNumber, octets }) => {
    expect([...encodeSerialNumber(serialNumber)]).toEqual(octets)
  })

  test('is undone by parseSerialNumber, and as short as can be', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: (1n << 160n) - 1n }), (serialNumber) => {
        const octets = encodeSerialNumber(serialNumber)
        expect(parseSerialNumber(octets)).toBe(serialNumber)
        expect(octets[0]).not.toBe(0)
      }),
    )
  })

  test('refuses a negative one', () => {
    expect(() => encodeSerialNumber(-1n)).toThrow(TypeError)
  })
})

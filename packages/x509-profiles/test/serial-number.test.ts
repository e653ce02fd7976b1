import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { drawSerialNumber } from '../src/index.ts'

describe('drawSerialNumber', () => {
  test.each([
    { time: '1970-01-01T00:00:00.000Z', encoded: '400000000000', why: 'positive and minimal' },
    { time: '2030-01-01T00:00:00.123Z', encoded: '41b8dac5b47b', why: 'milliseconds' },
  ])('begins with the time, $time as $encoded: $why', ({ time, encoded }) => {
    const serialNumber = drawSerialNumber((length) => new Uint8Array(length), new Date(time))
    expect(Buffer.from(serialNumber).toString('hex')).toBe(`${encoded}${'00'.repeat(10)}`)
  })

  test('keeps ten random octets', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.date(), (octets, time) => {
        const drawn = drawSerialNumber(() => octets.slice(), time)
        expect(drawn.slice(6)).toEqual(octets.slice(6))
      }),
    )
  })

  test('grows with time', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 31), fc.nat(2 ** 31), (milliseconds, later) => {
        const random = (octet: number) => (length: number) => new Uint8Array(length).fill(octet)
        const first = drawSerialNumber(random(255), new Date(1e12 + milliseconds))
        const second = drawSerialNumber(random(0), new Date(1e12 + milliseconds + later + 1))
        expect(Buffer.compare(first, second)).toBe(-1)
      }),
    )
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { drawSerialNumber } from '../src/index.ts'

describe('drawSerialNumber', () => {
  test.each([
    { first: 0x00, encoded: 0x40, why: 'a leading zero octet would not be minimal' },
    { first: 0x80, encoded: 0x40, why: 'a set top bit would be negative' },
    { first: 0xff, encoded: 0x7f, why: 'the other six bits stay' },
  ])('turns $first into $encoded: $why', ({ first, encoded }) => {
    expect(drawSerialNumber((length) => new Uint8Array(length).fill(first))[0]).toBe(encoded)
  })

  test('keeps every other octet', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (octets) => {
        expect(drawSerialNumber(() => octets.slice()).slice(1)).toEqual(octets.slice(1))
      }),
    )
  })
})

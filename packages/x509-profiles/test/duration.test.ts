import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatDuration, parseDuration } from '../src/index.ts'
import { codeOf } from './support/refusals.ts'

const second = 1000
const minute = 60 * second
const hour = 60 * minute

describe('parseDuration', () => {
  test.each([
    ['0', 0],
    ['-0', 0],
    ['0s', 0],
    ['24h', 24 * hour],
    ['1h30m', 1.5 * hour],
    ['-1.5h', -1.5 * hour],
    ['+5s', 5 * second],
    ['.5s', 500],
    ['5.s', 5 * second],
    ['1h1h', 2 * hour],
    ['2m20s', 140 * second],
    ['300ms', 300],
    ['1500us', 2],
    ['1500µs', 2],
    ['1500μs', 2],
    ['499999ns', 0],
    ['87600h', 87_600 * hour],
  ])('reads %s as %i ms', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds)
  })

  test.each([
    ['', 'time: invalid duration ""'],
    ['-', 'time: invalid duration "-"'],
    ['h', 'time: invalid duration "h"'],
    ['.s', 'time: invalid duration ".s"'],
    ['10', 'time: missing unit in duration "10"'],
    ['1h5', 'time: missing unit in duration "1h5"'],
    ['1d', 'time: unknown unit "d" in duration "1d"'],
    ['1h 5m', 'time: unknown unit "h " in duration "1h 5m"'],
    ['1H', 'time: unknown unit "H" in duration "1H"'],
    ['--1s', 'time: invalid duration "--1s"'],
    ['9999999999h', 'time: invalid duration "9999999999h"'],
    ['toString', 'time: invalid duration "toString"'],
  ])('refuses %j in the words of Go', (text, message) => {
    expect(codeOf(() => parseDuration(text))).toBe('validity_invalid')
    expect(() => parseDuration(text)).toThrow(message)
  })
})

describe('formatDuration', () => {
  test.each([
    [0, '0s'],
    [1, '1ms'],
    [500, '500ms'],
    [1500, '1.5s'],
    [second, '1s'],
    [140 * second, '2m20s'],
    [minute, '1m0s'],
    [hour, '1h0m0s'],
    [24 * hour, '24h0m0s'],
    [24 * hour + minute + 250, '24h1m0.25s'],
    [-90 * second, '-1m30s'],
  ])('writes %i ms as %s', (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text)
  })

  test('writes what parseDuration reads back', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(10 ** 12), max: 10 ** 12 }), (milliseconds) => {
        expect(parseDuration(formatDuration(milliseconds))).toBe(milliseconds)
      }),
    )
  })
})

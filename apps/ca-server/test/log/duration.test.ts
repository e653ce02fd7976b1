import { expect, test } from 'vitest'
import { formatNanoseconds } from '../../src/log/duration.ts'

test.each([
  [0, '0s'],
  [950, '950ns'],
  [45_843, '45.843µs'],
  [3_488_527, '3.488527ms'],
  [1_000_000_000, '1s'],
  [61_500_000_000, '1m1.5s'],
  [3_600_000_000_000, '1h0m0s'],
])('%d nanoseconds are %s', (nanoseconds, text) => {
  expect(formatNanoseconds(nanoseconds)).toBe(text)
})

import type { Budget } from '../ceilings.ts'
import { Refusal } from '../errors.ts'
import {
  any,
  define,
  defineVariadic,
  type FunctionDefinition,
  float64,
  int,
  string,
} from '../function.ts'
import { int64, Slice, type Value } from '../values.ts'
import {
  addDecimals,
  type Decimal,
  decimalOf,
  divideDecimals,
  multiplyDecimals,
  negate,
  numberOf,
} from './decimal.ts'
import { floatValue, integerValue } from './numbers.ts'
import { joinTexts } from './strings.ts'
import { textOfValue } from './text-of-value.ts'

/** Sprig's arithmetic: int64 that wraps, and decimals that round once at the end. */
export const math: ReadonlyMap<string, FunctionDefinition> = new Map<string, FunctionDefinition>([
  [
    'add',
    defineVariadic([], any, (_, values) =>
      int64(values.reduce((sum: bigint, value) => sum + integerValue(value), 0n)),
    ),
  ],
  ['add1', define([any], ([value]) => int64(integerValue(value) + 1n))],
  ['add1f', define([any], ([value]) => decimals([value, 1n], addDecimals))],
  ['addf', defineVariadic([], any, (_, values) => decimals([0n, ...values], addDecimals))],
  ['atoi', define([string], ([text]) => parseDecimal(text))],
  ['biggest', largest()],
  ['ceil', define([any], ([value]) => Math.ceil(floatValue(value)))],
  [
    'div',
    define([any, any], ([left, right]) => int64(integerValue(left) / notZero(integerValue(right)))),
  ],
  [
    'divf',
    defineVariadic([any], any, ([first], others) => decimals([first, ...others], divideDecimals)),
  ],
  ['float64', define([any], ([value]) => floatValue(value))],
  ['floor', define([any], ([value]) => Math.floor(floatValue(value)))],
  ['int', define([any], ([value]) => integerValue(value))],
  ['int64', define([any], ([value]) => int64(integerValue(value)))],
  ['max', largest()],
  [
    'maxf',
    defineVariadic([any], any, ([first], others) =>
      Math.max(floatValue(first), ...others.map(floatValue)),
    ),
  ],
  [
    'min',
    defineVariadic([any], any, ([first], others) =>
      int64([first, ...others].map(integerValue).reduce((least, value) => lesser(value, least))),
    ),
  ],
  [
    'minf',
    defineVariadic([any], any, ([first], others) =>
      Math.min(floatValue(first), ...others.map(floatValue)),
    ),
  ],
  [
    'mod',
    define([any, any], ([left, right]) => int64(integerValue(left) % notZero(integerValue(right)))),
  ],
  [
    'mul',
    defineVariadic([any], any, ([first], others) =>
      int64(
        others.reduce(
          (product: bigint, value) => BigInt.asIntN(64, product * integerValue(value)),
          integerValue(first),
        ),
      ),
    ),
  ],
  [
    'mulf',
    defineVariadic([any], any, ([first], others) => decimals([first, ...others], multiplyDecimals)),
  ],
  [
    'round',
    defineVariadic([any, int], float64, ([value, places], [from]) =>
      round(floatValue(value), places, from ?? 0.5),
    ),
  ],
  ['seq', defineVariadic([], int, (_, values, { budget }) => sequence(values, budget))],
  ['sub', define([any, any], ([left, right]) => int64(integerValue(left) - integerValue(right)))],
  [
    'subf',
    defineVariadic([any], any, ([first], others) =>
      decimals([first, ...others], (left, right) => addDecimals(left, negate(right))),
    ),
  ],
  [
    'toDecimal',
    define([any], ([value], { budget }) => int64(parseOctal(textOfValue(value, budget)))),
  ],
  [
    'until',
    define([int], ([end], { budget }) => intList(steps(0n, end, end < 0n ? -1n : 1n, budget))),
  ],
  [
    'untilStep',
    define([int, int, int], ([start, end, step], { budget }) =>
      intList(steps(start, end, step, budget)),
    ),
  ],
])

function largest(): FunctionDefinition {
  return defineVariadic([any], any, ([first], others) =>
    int64(
      [first, ...others]
        .map(integerValue)
        .reduce((most, value) => (value === lesser(value, most) ? most : value)),
    ),
  )
}

// Math.min and Math.max know no bigint.
function lesser(left: bigint, right: bigint): bigint {
  if (left < right) return left
  return right
}

function notZero(value: bigint): bigint {
  if (value === 0n) throw new Refusal('runtime error: integer divide by zero')
  return value
}

function decimals(
  values: readonly Value[],
  combine: (left: Decimal, right: Decimal) => Decimal,
): number {
  return numberOf(values.map((value) => decimalOf(floatValue(value))).reduce(combine))
}

function round(value: number, places: bigint, from: number): number {
  const power = 10 ** Number(places)
  const digits = power * value
  const rounded = digits - Math.trunc(digits) >= from ? Math.ceil(digits) : Math.floor(digits)
  return rounded / power
}

function parseDecimal(text: string): bigint {
  if (!/^[+-]?\d{1,400}$/.test(text)) return 0n
  const value = BigInt(text.replace(/^\+/, ''))
  const limit = 2n ** 63n
  // Out of range strconv gives the nearest that fits.
  return value >= limit ? limit - 1n : value < -limit ? -limit : value
}

function parseOctal(text: string): bigint {
  const [, sign, digits = ''] = /^([+-]?)([0-7]{1,400})$/.exec(text) ?? []
  if (digits === '') return 0n
  const value = BigInt(`0o${digits}`) * (sign === '-' ? -1n : 1n)
  return BigInt.asIntN(64, value) === value ? value : 0n
}

function steps(start: bigint, end: bigint, step: bigint, budget: Budget): readonly bigint[] {
  const isDown = end < start
  if (isDown ? step >= 0n : step <= 0n) return []
  const span = isDown ? start - end : end - start
  const size = isDown ? -step : step
  const length = (span + size - 1n) / size
  budget.spendItems(Number(length))
  return Array.from({ length: Number(length) }, (_, index) => start + step * BigInt(index))
}

function intList(values: readonly bigint[]): Slice {
  return new Slice(values, '[]int')
}

/** Like the program seq, with its one, two or three numbers. */
function sequence(values: readonly bigint[], budget: Budget): string {
  const [first = 0n, second = 0n, third = 0n] = values
  if (values.length < 1 || values.length > 3) return ''
  const [start, end] =
    values.length === 1 ? [1n, first] : [first, values.length === 2 ? second : third]
  const direction = end < start ? -1n : 1n
  const step = values.length === 3 ? second : direction
  if (values.length === 3 && direction === -1n && step > 0n) return ''
  return joinTexts(steps(start, end + direction, step, budget).map(String), ' ', budget)
}

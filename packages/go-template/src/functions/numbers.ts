import { parseFloatText, parseInteger } from '../number-constant.ts'
import { integerOf, type Value } from '../values.ts'

/** A value as int64, as the functions of arithmetic see it: what is no number counts as 0. */
export function integerValue(value: Value): bigint {
  const integer = integerOf(value)
  if (integer !== undefined) return integer
  if (typeof value === 'number') return truncate(value)
  if (typeof value === 'boolean') return value ? 1n : 0n
  if (typeof value !== 'string' || value.length > 400) return 0n
  const parsed = parseInteger(value.replace(/\.0+$/, ''))
  return parsed === undefined || BigInt.asIntN(64, parsed) !== parsed ? 0n : parsed
}

/** A value as float64; what is no number counts as 0. */
export function floatValue(value: Value): number {
  const integer = integerOf(value)
  if (integer !== undefined) return Number(integer)
  if (typeof value === 'number') return value
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value !== 'string' || value.length > 400 || value.includes('_')) return 0
  const special = specials.get(value.toLowerCase())
  return special ?? parseFloatText(value) ?? 0
}

const specials: ReadonlyMap<string, number> = new Map([
  ['inf', Number.POSITIVE_INFINITY],
  ['+inf', Number.POSITIVE_INFINITY],
  ['infinity', Number.POSITIVE_INFINITY],
  ['-inf', Number.NEGATIVE_INFINITY],
  ['-infinity', Number.NEGATIVE_INFINITY],
  ['nan', Number.NaN],
])

/** Beyond int64 the conversion gives its least value, as on amd64. */
function truncate(value: number): bigint {
  const whole = Math.trunc(value)
  return whole >= -(2 ** 63) && whole < 2 ** 63 ? BigInt(whole) : -(2n ** 63n)
}

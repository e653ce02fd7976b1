import { Refusal } from '../errors.ts'
import { any, define, defineVariadic, type FunctionDefinition } from '../function.ts'
import { compareText } from '../text.ts'
import { integerOf, isTrue, typeName, type Value } from '../values.ts'
import { isIdentical } from './equality.ts'

/** eq ne lt le gt ge, and or not. */
export const comparisons: ReadonlyMap<string, FunctionDefinition> = new Map<
  string,
  FunctionDefinition
>([
  ['eq', defineVariadic([any], any, ([first], others) => isEqualToAny(first, others))],
  ['ne', define([any, any], ([left, right]) => !isEqualToAny(left, [right]))],
  ['lt', define([any, any], ([left, right]) => order(left, right) < 0)],
  ['le', define([any, any], ([left, right]) => order(left, right) <= 0)],
  ['gt', define([any, any], ([left, right]) => !(order(left, right) <= 0))],
  ['ge', define([any, any], ([left, right]) => !(order(left, right) < 0))],
  [
    'and',
    { ...defineVariadic([any], any, ([first], others) => last(first, others)), stopsAt: false },
  ],
  [
    'or',
    { ...defineVariadic([any], any, ([first], others) => last(first, others)), stopsAt: true },
  ],
  ['not', define([any], ([value]) => !isTrue(value))],
])

function last(first: Value, others: readonly Value[]): Value {
  return others.length === 0 ? first : others.at(-1)
}

type Basic = 'boolean' | 'integer' | 'float' | 'string' | undefined

function basicOf(value: Value): Basic {
  if (integerOf(value) !== undefined) return 'integer'
  if (typeof value === 'boolean' || typeof value === 'string')
    return typeof value === 'string' ? 'string' : 'boolean'
  return typeof value === 'number' ? 'float' : undefined
}

function isEqualToAny(first: Value, others: readonly Value[]): boolean {
  if (others.length === 0) throw new Refusal('missing argument for comparison')
  return others.some((other) => {
    const basic = basicOf(first)
    if (basic !== basicOf(other)) {
      if (first === undefined || other === undefined) return false
      throw new Refusal(
        `incompatible types for comparison: ${typeName(first)} and ${typeName(other)}`,
      )
    }
    if (basic === 'integer') return integerOf(first) === integerOf(other)
    if (basic !== undefined) return first === other
    return isIdentical(first, other)
  })
}

/** Below, at or above zero; NaN is in no order. */
function order(left: Value, right: Value): number {
  const basic = basicOf(left)
  const other = basicOf(right)
  if (basic === undefined || other === undefined) throw new Refusal('invalid type for comparison')
  if (basic !== other) {
    throw new Refusal(`incompatible types for comparison: ${typeName(left)} and ${typeName(right)}`)
  }
  const [first, second] = [integerOf(left), integerOf(right)]
  if (first !== undefined && second !== undefined)
    return first < second ? -1 : first === second ? 0 : 1
  if (typeof left === 'string' && typeof right === 'string') return compareText(left, right)
  if (typeof left === 'number' && typeof right === 'number') {
    return left < right ? -1 : left === right ? 0 : left > right ? 1 : Number.NaN
  }
  throw new Refusal('invalid type for comparison')
}

import type { Budget } from '../ceilings.ts'
import { Refusal } from '../errors.ts'
import { Time } from '../time/time.ts'
import {
  Dictionary,
  Integer,
  isTrue,
  Octets,
  Slice,
  Struct,
  typeName,
  type Value,
} from '../values.ts'

/** Go's reflect.DeepEqual: types count, nil and empty differ. */
export function isDeepEqual(left: Value, right: Value, budget: Budget): boolean {
  budget.spend(1)
  if (typeof left === 'string' && typeof right === 'string' && left.length === right.length) {
    budget.spendText(left.length)
  }
  if (typeof left !== 'object' || typeof right !== 'object') return left === right
  if (left.type !== right.type) return false
  if (left instanceof Integer && right instanceof Integer) return left.value === right.value
  if (left instanceof Octets && right instanceof Octets)
    return Buffer.compare(left.octets, right.octets) === 0
  if (left instanceof Time && right instanceof Time) return isSameTime(left, right)
  return budget.nest(() => {
    if (left instanceof Slice && right instanceof Slice) {
      const others = right.items
      if (left.isNil !== right.isNil || left.items.length !== others.length) return false
      return left.items.every((item, index) => isDeepEqual(item, others[index], budget))
    }
    if (left instanceof Dictionary && right instanceof Dictionary) {
      const others = right.entries
      if (left.entries.size !== others.size) return false
      return [...left.entries].every(
        ([name, item]) => others.has(name) && isDeepEqual(item, others.get(name), budget),
      )
    }
    if (left instanceof Struct && right instanceof Struct) {
      if (left.text !== right.text) return false
      return [...left.fields].every(([name, { value }]) =>
        isDeepEqual(value, right.fields.get(name)?.value, budget),
      )
    }
    return false
  })
}

/** Go's `==` of values that are neither numbers, texts nor booleans. */
export function isIdentical(left: Value, right: Value): boolean {
  if (left === undefined || right === undefined) return isNil(left) && isNil(right)
  for (const value of [left, right]) {
    if (value instanceof Slice || value instanceof Octets || value instanceof Dictionary) {
      throw new Refusal(`non-comparable type ${typeName(value)}`)
    }
  }
  if (left instanceof Time && right instanceof Time) return isSameTime(left, right)
  return left === right
}

/** Go's "empty" as Sprig sees it: false, 0, "", nil and what has no items; never a struct. */
export function isEmpty(value: Value): boolean {
  return !isTrue(value)
}

function isNil(value: Value): boolean {
  return value === undefined || (value instanceof Slice && value.isNil)
}

function isSameTime(left: Time, right: Time): boolean {
  return (
    left.unixSeconds === right.unixSeconds &&
    left.nanoseconds === right.nanoseconds &&
    left.zone.name === right.zone.name
  )
}

import type { Budget } from './ceilings.ts'
import { Refusal } from './errors.ts'
import { printValue } from './format/print.ts'
import { compareText } from './text.ts'
import { Dictionary, Integer, integerOf, itemsOf, type Value } from './values.ts'

/**
 * What `range` goes through, each with its key or index; `variables` are declared for them.
 *
 * @throws {Refusal} for a value that has no elements.
 */
export function* elementsOf(
  value: Value,
  variables: number,
  budget: Budget,
): Generator<readonly [Value, Value]> {
  if (value === undefined) return
  if (value instanceof Dictionary) {
    const names = [...value.entries.keys()].sort(compareText)
    budget.spend(names.length)
    // Taken before the first turn: what the body sets is not visited.
    const entries = names.map((name): readonly [Value, Value] => [name, value.entries.get(name)])
    yield* entries
    return
  }
  const items = itemsOf(value)
  if (items !== undefined) {
    for (const [index, item] of items.entries()) yield [BigInt(index), item]
    return
  }
  const end = integerOf(value)
  if (end === undefined || (value instanceof Integer && value.methods !== undefined)) {
    throw new Refusal(`range can't iterate over ${printValue(value, budget)}`)
  }
  if (variables > 1) throw new Refusal(`can't use ${end} to iterate over more than one variable`)
  for (let at = 0n; at < end; at += 1n) {
    yield [undefined, value instanceof Integer ? new Integer(value.kind, at) : at]
  }
}

import type { Budget } from '../ceilings.ts'
import { Struct, type Value } from '../values.ts'
import { formatText } from './printf.ts'

/** A value as an action prints it. */
export function printValue(value: Value, budget: Budget): string {
  if (typeof value === 'string') return value
  if (value === undefined) return '<no value>'
  return formatText(dereference(value), budget)
}

/** What stands behind a pointer, where it has no text of its own. */
function dereference(value: Value): Value {
  if (!(value instanceof Struct) || !value.isPointer || value.text !== undefined) return value
  return new Struct(value.type.slice(1), value.fields, { json: value.json })
}

/** Go's Sprint: spaces between operands when neither is a text. */
export function sprint(values: readonly Value[], budget: Budget): string {
  let text = ''
  for (const [index, value] of values.entries()) {
    const previous = values[index - 1]
    if (index > 0 && typeof value !== 'string' && typeof previous !== 'string') text += ' '
    text += formatText(value, budget)
    budget.checkText(text.length)
  }
  return text
}

export function sprintln(values: readonly Value[], budget: Budget): string {
  const text = `${values.map((value) => formatText(value, budget)).join(' ')}\n`
  budget.checkText(text.length)
  return text
}

/** What functions that take `html`, `js` and `urlquery` arguments work on. */
export function sprintArguments(values: readonly Value[], budget: Budget): string {
  return sprint(
    values.map((value) => (value === undefined ? '<no value>' : dereference(value))),
    budget,
  )
}

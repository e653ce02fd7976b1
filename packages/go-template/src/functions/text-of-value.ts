import type { Budget } from '../ceilings.ts'
import { formatText } from '../format/printf.ts'
import { textOf } from '../text.ts'
import { Octets, type Value } from '../values.ts'

/** A value where Sprig wants text: octets are read as text, anything else is as `%v` prints it. */
export function textOfValue(value: Value, budget: Budget): string {
  if (!(value instanceof Octets)) return formatText(value, budget)
  budget.spendText(value.octets.length)
  return textOf(value.octets)
}

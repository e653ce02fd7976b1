import { Refusal } from './errors.ts'
import type { FunctionDefinition } from './function.ts'
import { timeMethods } from './time/methods.ts'
import { Time } from './time/time.ts'
import { Dictionary, Integer, Struct, typeName, type Value } from './values.ts'

export type Member =
  | { readonly value: Value; readonly isNull?: boolean }
  | { readonly method: FunctionDefinition }

/** `.name` of a value: a map's entry, a struct's field or a method. Nothing else of it can be reached; `type` is what an error calls it. */
export function findMember(value: Value, name: string, type: string = typeName(value)): Member {
  if (value === undefined) return { value: undefined }
  if (value instanceof Dictionary) {
    const entry = value.entries.get(name)
    return { value: entry, isNull: entry === undefined && value.entries.has(name) }
  }
  const methods =
    value instanceof Time
      ? timeMethods
      : value instanceof Struct || value instanceof Integer
        ? value.methods
        : undefined
  const method = methods?.get(name)
  if (method !== undefined) return { method }
  const field = value instanceof Struct ? value.fields.get(name) : undefined
  if (field !== undefined) return { value: field.value }
  throw new Refusal(`can't evaluate field ${name} in type ${type}`)
}

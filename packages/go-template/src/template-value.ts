import type { Budget } from './ceilings.ts'
import { Refusal, TemplateError } from './errors.ts'
import { Time } from './time/time.ts'
import {
  Dictionary,
  Integer,
  Octets,
  Slice,
  Struct,
  type StructField,
  type Value,
} from './values.ts'

declare const struct: unique symbol

/** A Go struct as data. Only {@link createStruct} makes one. */
export interface TemplateStruct {
  readonly [struct]: true
}

declare const list: unique symbol

/** A list whose Go type is known. Only {@link createList} makes one. */
export interface TemplateList {
  readonly [list]: true
}

/**
 * Data for templates. bigint is Go's int, number its float64, undefined and null its nil, octets its []byte, Date its
 * time.Time; arrays are []any and records map[string]any, of which only own enumerable properties can be reached.
 */
export type TemplateValue =
  | undefined
  | null
  | boolean
  | bigint
  | number
  | string
  | Date
  | Uint8Array
  | TemplateStruct
  | TemplateList
  | readonly TemplateValue[]
  | { readonly [name: string]: TemplateValue }

export interface TemplateField {
  /** The name in Go, by which templates reach it: `CommonName`. */
  readonly name: string
  readonly value: TemplateValue
  /** How it stands in JSON; undefined: by its Go name; false: not at all. */
  readonly json?: { readonly name: string; readonly omitEmpty?: boolean } | false
}

/**
 * Makes a value that templates see as a Go struct.
 *
 * `type` is Go's name of it, `x509util.Subject`, and with a leading `*` a pointer. `text` is what its `String` method
 * gives. `json` replaces the object of its fields where the type has a form of its own.
 *
 * @throws {TemplateError} `template_ceiling` for values that nest too deep.
 */
export function createStruct(options: {
  readonly type: string
  readonly fields: readonly TemplateField[]
  readonly text?: string
  readonly json?: { readonly value: TemplateValue }
}): TemplateStruct {
  const fields = new Map(
    options.fields.map(({ name, value, json }): [string, StructField] => [
      name,
      {
        value: importPart(value),
        json: json === false ? undefined : (json?.name ?? name),
        omitEmpty: json !== false && json?.omitEmpty === true,
      },
    ]),
  )
  const made: unknown = new Struct(options.type, fields, {
    text: options.text,
    json: options.json === undefined ? undefined : { value: importPart(options.json.value) },
  })
  return made as TemplateStruct
}

/**
 * Makes a list of a Go type, `[]string`; `items` undefined makes its nil, which JSON writes as null.
 *
 * @throws {TemplateError} `template_ceiling` for items that nest too deep.
 */
export function createList(
  type: string,
  items: readonly TemplateValue[] | undefined,
): TemplateList {
  const made: unknown = new Slice(
    (items ?? []).map((item) => importPart(item)),
    type,
    items === undefined,
  )
  return made as TemplateList
}

function importPart(value: TemplateValue): Value {
  try {
    return importValue(value)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    throw new TemplateError('template_ceiling', error.message)
  }
}

/** Deeper data would not survive the stack. */
const deepest = 500

/** A caller's value as the evaluator has it: a copy, so that no template changes what it was given. */
export function importValue(value: TemplateValue, budget?: Budget, depth = 0): Value {
  budget?.spend(1)
  if (depth > deepest) throw new Refusal(`data nested more than ${deepest} deep`)
  if (value === null || value === undefined) return undefined
  if (typeof value === 'string') return value.toWellFormed()
  if (typeof value !== 'object') return typeof value === 'bigint' ? importInteger(value) : value
  if (isInternal(value)) return value
  if (value instanceof Date) return Time.of(value)
  if (value instanceof Uint8Array) return new Octets(Uint8Array.from(value))
  if (isArray(value)) return new Slice(value.map((item) => importValue(item, budget, depth + 1)))
  const entries = new Map<string, Value>()
  for (const [name, item] of Object.entries(value)) {
    entries.set(name.toWellFormed(), importValue(item, budget, depth + 1))
  }
  return new Dictionary(entries)
}

/** A value of the evaluator for a caller's function. */
export function exportValue(value: Value, budget: Budget): TemplateValue {
  // One text may stand in a list many times, and the function may copy each.
  if (typeof value === 'string') budget.spendText(value.length)
  if (typeof value !== 'object') return value
  budget.spend(1)
  if (value instanceof Integer) return value.value
  if (value instanceof Octets) {
    budget.spendText(value.octets.length)
    return Uint8Array.from(value.octets)
  }
  if (value instanceof Time) {
    return new Date(value.unixSeconds * 1000 + Math.floor(value.nanoseconds / 1_000_000))
  }
  if (value instanceof Slice) {
    return budget.nest(() => value.items.map((item) => exportValue(item, budget)))
  }
  if (value instanceof Dictionary) {
    return budget.nest(() =>
      Object.fromEntries(
        [...value.entries].map(([name, item]) => [name, exportValue(item, budget)]),
      ),
    )
  }
  const opaque: unknown = value
  return opaque as TemplateStruct
}

/** Beyond int64 a whole number is a *big.Int, which prints the same. */
function importInteger(value: bigint): Value {
  if (BigInt.asIntN(64, value) === value) return value
  return new Struct('*big.Int', new Map(), { text: String(value) })
}

function isInternal(value: unknown): value is Struct | Slice {
  return value instanceof Struct || value instanceof Slice
}

function isArray(value: unknown): value is readonly TemplateValue[] {
  return Array.isArray(value)
}

import type { FunctionDefinition } from './function.ts'
import type { Time } from './time/time.ts'

/**
 * A value inside an execution. bigint is Go's int, number its float64, undefined its nil.
 *
 * Maps are `Dictionary`, never objects: a template cannot reach what an object inherits.
 */
export type Value =
  | undefined
  | boolean
  | bigint
  | number
  | string
  | Integer
  | Octets
  | Slice
  | Dictionary
  | Struct
  | Time

/** The `reflect.Kind` names that values here have. */
export type Kind =
  | 'invalid'
  | 'bool'
  | 'int'
  | 'int64'
  | 'uint8'
  | 'uint64'
  | 'float64'
  | 'string'
  | 'slice'
  | 'map'
  | 'struct'
  | 'ptr'

export type IntegerKind = 'int' | 'int64' | 'uint8' | 'uint64'

/** A whole number whose type is not int: int64, uint64, time.Month … */
export class Integer {
  readonly type: string
  readonly kind: IntegerKind
  readonly value: bigint
  /** What `String()` of the type gives, where it has one. */
  readonly text: string | undefined
  readonly methods: Methods | undefined

  constructor(
    kind: IntegerKind,
    value: bigint,
    named?: { type: string; text?: string; methods?: Methods },
  ) {
    this.kind = kind
    this.type = named?.type ?? kind
    this.value = value
    this.text = named?.text
    this.methods = named?.methods
  }
}

/** Go's []byte. */
export class Octets {
  readonly octets: Uint8Array
  readonly type: string

  constructor(octets: Uint8Array, type = '[]uint8') {
    this.octets = octets
    this.type = type
  }
}

/** A list that is never changed once made. `isNil` tells Go's nil slice from an empty one. */
export class Slice {
  readonly type: string
  readonly items: readonly Value[]
  readonly isNil: boolean

  constructor(items: readonly Value[], type = '[]interface {}', isNil = false) {
    this.items = items
    this.type = type
    this.isNil = isNil
  }
}

/** A map from string, which functions such as `set` change in place. */
export class Dictionary {
  readonly type: string
  readonly entries: Map<string, Value>

  constructor(entries: Map<string, Value> = new Map(), type = 'map[string]interface {}') {
    this.entries = entries
    this.type = type
  }
}

export interface StructField {
  readonly value: Value
  /** Name in JSON; undefined: left out of it. */
  readonly json: string | undefined
  readonly omitEmpty: boolean
}

export type Methods = ReadonlyMap<string, FunctionDefinition>

export class Struct {
  /** `x509util.Subject`; with a leading `*` it is a pointer. */
  readonly type: string
  readonly fields: ReadonlyMap<string, StructField>
  readonly text: string | undefined
  /** What it is in JSON, where that is not the object of its fields. */
  readonly json: { readonly value: Value } | undefined
  readonly methods: Methods | undefined

  constructor(
    type: string,
    fields: ReadonlyMap<string, StructField>,
    options: {
      text?: string | undefined
      json?: { readonly value: Value } | undefined
      methods?: Methods
    } = {},
  ) {
    this.type = type
    this.fields = fields
    this.text = options.text
    this.json = options.json
    this.methods = options.methods
  }

  get isPointer(): boolean {
    return this.type.startsWith('*')
  }
}

/** Go's name of the value's type, as `%T` prints it. */
export function typeName(value: Value): string {
  switch (typeof value) {
    case 'undefined':
      return '<nil>'
    case 'boolean':
      return 'bool'
    case 'bigint':
      return 'int'
    case 'number':
      return 'float64'
    case 'string':
      return 'string'
    default:
      return value.type
  }
}

/** Go's name of the value's kind. */
export function kindName(value: Value): Kind {
  switch (typeof value) {
    case 'undefined':
      return 'invalid'
    case 'boolean':
      return 'bool'
    case 'bigint':
      return 'int'
    case 'number':
      return 'float64'
    case 'string':
      return 'string'
    default:
      if (value instanceof Integer) return value.kind
      if (value instanceof Slice || value instanceof Octets) return 'slice'
      if (value instanceof Dictionary) return 'map'
      return value.type.startsWith('*') ? 'ptr' : 'struct'
  }
}

/** The truth of a value in `if`, `and`, `or`, `not`. */
export function isTrue(value: Value): boolean {
  if (value === undefined || value === false || value === 0n || value === 0 || value === '')
    return false
  if (typeof value !== 'object') return true
  if (value instanceof Integer) return value.value !== 0n
  if (value instanceof Slice) return value.items.length > 0
  if (value instanceof Octets) return value.octets.length > 0
  if (value instanceof Dictionary) return value.entries.size > 0
  return true
}

/** The whole number in a value of any integer type. */
export function integerOf(value: Value): bigint | undefined {
  if (typeof value === 'bigint') return value
  return value instanceof Integer ? value.value : undefined
}

/** The items of a list of any type. */
export function itemsOf(value: Value): readonly Value[] | undefined {
  if (value instanceof Slice) return value.items
  if (value instanceof Octets)
    return Array.from(value.octets, (octet) => new Integer('uint8', BigInt(octet)))
  return undefined
}

export function int64(value: bigint): Integer {
  return new Integer('int64', BigInt.asIntN(64, value))
}

export function stringSlice(items: readonly string[]): Slice {
  return new Slice(items, '[]string')
}

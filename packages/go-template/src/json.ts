import { type Budget, TextBuilder } from './ceilings.ts'
import { Refusal } from './errors.ts'
import { compareText, plainText } from './text.ts'
import { formatTime, rfc3339Nano } from './time/layout.ts'
import { Time } from './time/time.ts'
import { Dictionary, Integer, isTrue, Octets, Slice, Struct, type Value } from './values.ts'

export interface JsonStyle {
  /** Writes `<`, `>` and `&` as escapes, as Go does unless told not to. */
  readonly escapesHtml: boolean
  /** Spaces for each level; undefined: everything in one line. */
  readonly indent?: number
}

/**
 * Writes a value as Go's encoding/json does: keys in order, HTML escaped.
 *
 * @throws {Refusal} for what JSON has no form for: NaN and the infinities.
 */
export function encodeJson(value: Value, style: JsonStyle, budget: Budget): string {
  return new Encoder(style, budget).encode(value)
}

/**
 * Reads JSON into values: numbers are float64, objects dictionaries.
 *
 * @throws {Refusal} when it is none.
 */
export function decodeJson(text: string, budget: Budget): Value {
  let parsed: unknown
  try {
    parsed = JSON.parse(plainText(text))
  } catch (error) {
    throw new Refusal(error instanceof Error ? error.message : 'invalid JSON')
  }
  return fromJson(parsed, budget)
}

function fromJson(value: unknown, budget: Budget): Value {
  budget.spend(1)
  if (typeof value === 'string') return value.toWellFormed()
  if (typeof value === 'boolean') return value
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new Refusal('number out of range of float64')
    return value
  }
  if (typeof value !== 'object' || value === null) return undefined
  return budget.nest(() => {
    if (Array.isArray(value)) {
      budget.checkItems(value.length)
      return new Slice(value.map((item) => fromJson(item, budget)))
    }
    const members = Object.entries(value)
    budget.checkItems(members.length)
    return new Dictionary(
      new Map(members.map(([name, item]) => [name.toWellFormed(), fromJson(item, budget)])),
    )
  })
}

class Encoder {
  readonly #style: JsonStyle
  readonly #budget: Budget
  readonly #text: TextBuilder

  constructor(style: JsonStyle, budget: Budget) {
    this.#style = style
    this.#budget = budget
    this.#text = new TextBuilder(budget)
  }

  encode(value: Value): string {
    this.#value(value, 0)
    return this.#text.text
  }

  #value(value: Value, level: number): void {
    this.#budget.spend(1)
    switch (typeof value) {
      case 'undefined':
        this.#text.add('null')
        return
      case 'boolean':
      case 'bigint':
        this.#text.add(String(value))
        return
      case 'number':
        this.#text.add(numberText(value))
        return
      case 'string':
        this.#text.add(this.#string(value))
        return
      default:
        this.#budget.nest(() => this.#object(value, level))
    }
  }

  #object(
    value: Exclude<Value, undefined | boolean | bigint | number | string>,
    level: number,
  ): void {
    if (value instanceof Integer) this.#text.add(String(value.value))
    else if (value instanceof Time) this.#text.add(this.#string(formatTime(value, rfc3339Nano)))
    else if (value instanceof Octets)
      this.#text.add(`"${Buffer.from(value.octets).toString('base64')}"`)
    else if (value instanceof Slice) {
      if (value.isNil) this.#text.add('null')
      else this.#sequence('[', ']', value.items, level, (item) => this.#value(item, level + 1))
    } else {
      if (value instanceof Struct && value.json !== undefined) {
        this.#value(value.json.value, level)
        return
      }
      const members = value instanceof Dictionary ? entriesOf(value) : fieldsOf(value)
      this.#sequence('{', '}', members, level, ([name, member]) => {
        this.#text.add(`${this.#string(name)}:${this.#style.indent === undefined ? '' : ' '}`)
        this.#value(member, level + 1)
      })
    }
  }

  #sequence<Item>(
    open: string,
    close: string,
    items: readonly Item[],
    level: number,
    add: (item: Item) => void,
  ): void {
    this.#text.add(open)
    for (const [index, item] of items.entries()) {
      this.#text.add(index === 0 ? '' : ',').add(this.#lineBreak(level + 1))
      add(item)
    }
    if (items.length > 0) this.#text.add(this.#lineBreak(level))
    this.#text.add(close)
  }

  #lineBreak(level: number): string {
    return this.#style.indent === undefined ? '' : `\n${' '.repeat(this.#style.indent * level)}`
  }

  #string(text: string): string {
    const pattern = this.#style.escapesHtml ? /[<>&\u2028\u2029]/g : /[\u2028\u2029]/g
    return JSON.stringify(plainText(text)).replace(
      pattern,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
    )
  }
}

function numberText(value: number): string {
  if (!Number.isFinite(value)) throw new Refusal(`json: unsupported value: ${value}`)
  return Object.is(value, -0) ? '-0' : String(value)
}

function entriesOf(value: Dictionary): readonly (readonly [string, Value])[] {
  return [...value.entries].sort(([left], [right]) => compareText(left, right))
}

function fieldsOf(value: Struct): readonly (readonly [string, Value])[] {
  return [...value.fields.values()].flatMap((field): (readonly [string, Value])[] => {
    if (field.json === undefined) return []
    return field.omitEmpty && isEmptyInJson(field.value) ? [] : [[field.json, field.value]]
  })
}

/** What omitempty leaves out. */
function isEmptyInJson(value: Value): boolean {
  return !(value instanceof Struct) && !(value instanceof Time) && !isTrue(value)
}

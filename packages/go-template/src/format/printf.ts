import { type Budget, TextBuilder } from '../ceilings.ts'
import { quote } from '../quoted.ts'
import { compareText, octetsOf, textOf } from '../text.ts'
import { timeText } from '../time/layout.ts'
import { Time } from '../time/time.ts'
import {
  Dictionary,
  Integer,
  integerOf,
  itemsOf,
  Octets,
  Slice,
  Struct,
  typeName,
  type Value,
} from '../values.ts'
import { formatFloat } from './number.ts'

interface Flags {
  readonly minus: boolean
  readonly plus: boolean
  readonly sharp: boolean
  readonly space: boolean
  readonly zero: boolean
  readonly width: number | undefined
  readonly precision: number | undefined
}

const plain: Flags = {
  minus: false,
  plus: false,
  sharp: false,
  space: false,
  zero: false,
  width: undefined,
  precision: undefined,
}

/** Go refuses wider fields, too. */
const widest = 1_000_000

/** A value as `%v` prints it. */
export function formatText(value: Value, budget: Budget): string {
  if (typeof value === 'string') return value
  return new Printer(budget).value(value, 'v', plain, 0)
}

/** Go's Sprintf. */
export function sprintf(format: string, values: readonly Value[], budget: Budget): string {
  const printer = new Printer(budget)
  const result = new TextBuilder(budget)
  let next = 0
  let reordered = false
  const directive =
    /%([-+# 0]*)((?:\[\d+\])?(?:\*|\d+)?)(?:\.((?:\[\d+\])?(?:\*|\d*)))?(\[\d+\])?(.)?/gsu
  let at = 0
  const indexOf = (text: string | undefined): boolean => {
    const index = /\[(\d+)\]/.exec(text ?? '')?.[1]
    if (index === undefined) return true
    reordered = true
    next = Number(index) - 1
    return next >= 0 && next < values.length
  }
  const number = (text: string, bad: string): number | undefined => {
    if (!text.endsWith('*')) return /\d$/.test(text) ? Number(text) : undefined
    const value = integerOf(values[next])
    next += 1
    if (value !== undefined && value >= -widest && value <= widest) return Number(value)
    result.add(bad)
    return undefined
  }
  for (const match of format.matchAll(directive)) {
    const [whole, signs = '', widthText = '', precisionText, index, verb] = match
    result.add(format.slice(at, match.index))
    at = match.index + whole.length
    budget.spend(1)
    const hasWidth = indexOf(widthText)
    const width = number(widthText, '%!(BADWIDTH)')
    const hasPrecision = indexOf(precisionText)
    const precision =
      precisionText === undefined
        ? undefined
        : (number(precisionText, '%!(BADPREC)') ?? (precisionText === '' ? 0 : undefined))
    const hasIndex = indexOf(index)
    if (verb === undefined) {
      result.add('%!(NOVERB)')
      break
    }
    if (verb === '%') {
      result.add('%')
      continue
    }
    if (!hasWidth || !hasPrecision || !hasIndex) {
      result.add(`%!${verb}(BADINDEX)`)
      continue
    }
    if (next >= values.length) {
      result.add(`%!${verb}(MISSING)`)
      continue
    }
    if ((width ?? 0) > widest || (precision ?? 0) > widest) {
      result.add((width ?? 0) > widest ? '%!(BADWIDTH)' : '%!(BADPREC)')
      continue
    }
    budget.spendText(Math.abs(width ?? 0) + (precision ?? 0))
    const minus = signs.includes('-') || (width ?? 0) < 0
    const flags: Flags = {
      minus,
      plus: signs.includes('+'),
      sharp: signs.includes('#'),
      space: signs.includes(' '),
      zero: signs.includes('0') && !minus,
      width: width === undefined ? undefined : Math.abs(width),
      precision: precision !== undefined && precision < 0 ? undefined : precision,
    }
    result.add(printer.directive(values[next], verb, flags))
    next += 1
  }
  result.add(format.slice(at))
  if (!reordered && next < values.length) {
    const extra = values
      .slice(next)
      .map((value) =>
        value === undefined ? '<nil>' : `${typeName(value)}=${formatText(value, budget)}`,
      )
    result.add(`%!(EXTRA ${extra.join(', ')})`)
  }
  return result.text
}

class Printer {
  readonly #budget: Budget

  constructor(budget: Budget) {
    this.#budget = budget
  }

  directive(value: Value, verb: string, flags: Flags): string {
    if (verb === 'T') return pad(typeName(value), flags)
    if (verb === 'p') return bad(verb, `${typeName(value)}=${this.value(value, 'v', plain, 0)}`)
    return this.value(value, verb, flags, 0)
  }

  value(value: Value, verb: string, flags: Flags, depth: number): string {
    this.#budget.spend(1)
    switch (typeof value) {
      case 'undefined':
        if (verb === 'v' && flags.sharp && depth > 0) return 'interface {}(nil)'
        return verb === 'v' || depth > 0 ? pad('<nil>', flags) : bad(verb, '<nil>')
      case 'boolean':
        return verb === 'v' || verb === 't'
          ? pad(String(value), flags)
          : this.#bad(verb, value, flags)
      case 'number':
        return this.#float(value, verb, numberFlags(verb, flags))
      case 'bigint':
        return this.#integer(value, value, verb, numberFlags(verb, flags))
      case 'string':
        return this.#text(value, verb, flags, value)
      default:
        return this.#budget.nest(() => this.#object(value, verb, flags, depth))
    }
  }

  #object(
    value: Exclude<Value, undefined | boolean | bigint | number | string>,
    verb: string,
    flags: Flags,
    depth: number,
  ): string {
    const takesText = 'vsxXq'.includes(verb) && !(verb === 'v' && flags.sharp)
    if (value instanceof Time)
      return this.#text(timeText(value), takesText ? verb : 's', flags, value)
    if (value instanceof Integer) {
      if (value.text !== undefined && takesText) return this.#text(value.text, verb, flags, value)
      return this.#integer(value.value, value, verb, numberFlags(verb, flags))
    }
    if (value instanceof Struct) {
      if (value.text !== undefined && takesText) return this.#text(value.text, verb, flags, value)
      return this.#struct(value, verb, flags, depth)
    }
    if (value instanceof Octets && 'sqxX'.includes(verb)) {
      return this.#text(textOf(value.octets), verb, flags, value)
    }
    if (value instanceof Dictionary) return this.#dictionary(value, verb, flags, depth)
    return this.#list(value, verb, flags, depth)
  }

  #list(value: Slice | Octets, verb: string, flags: Flags, depth: number): string {
    const items = itemsOf(value) ?? []
    const isSharp = verb === 'v' && flags.sharp
    if (isSharp && value instanceof Slice && value.isNil) return `${value.type}(nil)`
    const parts = this.#parts(items, verb, flags, depth)
    return isSharp ? `${value.type}{${parts.join(', ')}}` : `[${parts.join(' ')}]`
  }

  #dictionary(value: Dictionary, verb: string, flags: Flags, depth: number): string {
    const isSharp = verb === 'v' && flags.sharp
    const names = [...value.entries.keys()].sort(compareText)
    const keys = this.#parts(names, verb, flags, depth)
    const values = this.#parts(
      names.map((name) => value.entries.get(name)),
      verb,
      flags,
      depth,
    )
    const parts = keys.map((key, index) => `${key}:${values[index] ?? ''}`)
    return isSharp ? `${value.type}{${parts.join(', ')}}` : `map[${parts.join(' ')}]`
  }

  #struct(value: Struct, verb: string, flags: Flags, depth: number): string {
    if (value.isPointer && depth > 0) return '0xc000000000'
    const isSharp = verb === 'v' && flags.sharp
    const values = this.#parts(
      [...value.fields.values()].map((field) => field.value),
      verb,
      flags,
      depth,
    )
    const named = verb === 'v' && (flags.plus || flags.sharp)
    const parts = [...value.fields.keys()].map((name, index) =>
      named ? `${name}:${values[index] ?? ''}` : (values[index] ?? ''),
    )
    const mark = value.isPointer ? '&' : ''
    return isSharp
      ? `${mark}${value.type.replace('*', '')}{${parts.join(', ')}}`
      : `${mark}{${parts.join(' ')}}`
  }

  /** Each of `items`; their lengths together stay below the ceiling. */
  #parts(items: readonly Value[], verb: string, flags: Flags, depth: number): string[] {
    let total = 0
    return items.map((item) => {
      const text = this.value(item, verb, flags, depth + 1)
      total += text.length + 1
      this.#budget.checkText(total)
      this.#budget.spend(text.length >> 4)
      return text
    })
  }

  #text(text: string, verb: string, flags: Flags, value: Value): string {
    // Of a long text little may be printed, and that often.
    this.#budget.spend(text.length >> 4)
    const short =
      flags.precision === undefined || !'vsq'.includes(verb)
        ? text
        : truncate(text, flags.precision)
    switch (verb) {
      case 'v':
        return pad(flags.sharp ? quote(short) : short, flags)
      case 's':
        return pad(short, flags)
      case 'q':
        if (flags.sharp && !/[`\p{Cc}\ufeff\ud800-\udfff]/u.test(short))
          return pad(`\`${short}\``, flags)
        return pad(quote(short, { asciiOnly: flags.plus }), flags)
      case 'x':
      case 'X': {
        const octets = octetsOf(text).subarray(0, flags.precision)
        const hex = octets.toString('hex')
        const parts = flags.space ? (hex.match(/../g) ?? []) : [hex]
        const prefix = flags.sharp && hex !== '' ? '0x' : ''
        const joined = parts
          .map((part) => (flags.space || prefix !== '' ? prefix : '') + part)
          .join(' ')
        return pad(verb === 'X' ? joined.toUpperCase() : joined, flags)
      }
      default:
        return this.#bad(verb, value, flags)
    }
  }

  #integer(value: bigint, original: Value, verb: string, flags: Flags): string {
    const size = value < 0n ? -value : value
    switch (verb) {
      case 'v':
      case 'd':
        return padNumber(value < 0n, '', size.toString(), flags)
      case 'b':
        return padNumber(value < 0n, flags.sharp ? '0b' : '', size.toString(2), flags)
      case 'o':
      case 'O':
        return padNumber(
          value < 0n,
          verb === 'O' ? '0o' : flags.sharp ? '0' : '',
          size.toString(8),
          flags,
        )
      case 'x':
      case 'X': {
        const digits = size.toString(16)
        const prefix = flags.sharp ? '0x' : ''
        return verb === 'x'
          ? padNumber(value < 0n, prefix, digits, flags)
          : padNumber(value < 0n, prefix.toUpperCase(), digits.toUpperCase(), flags)
      }
      case 'c':
        return pad(runeOf(value), flags)
      case 'q':
        return pad(quote(runeOf(value), { mark: "'", asciiOnly: flags.plus }), flags)
      case 'U': {
        const digits = BigInt.asUintN(64, value)
          .toString(16)
          .toUpperCase()
          .padStart(Math.max(4, flags.precision ?? 0), '0')
        return pad(`U+${digits}${flags.sharp ? ` '${runeOf(value)}'` : ''}`, {
          ...flags,
          zero: false,
        })
      }
      default:
        return this.#bad(verb, original, flags)
    }
  }

  #float(value: number, verb: string, flags: Flags): string {
    if (!'veEfFgG'.includes(verb)) return this.#bad(verb, value, flags)
    const style = {
      verb: verb === 'v' ? 'g' : verb,
      precision: flags.precision,
      sharp: flags.sharp && verb !== 'v',
    }
    const text = formatFloat(value, style)
    const isNegative = text.startsWith('-')
    const digits = text.replace(/^[+-]/, '')
    const sign = text.startsWith('+') && !flags.plus ? '+' : ''
    return padNumber(isNegative, sign, digits, {
      ...flags,
      precision: undefined,
      zero: flags.zero && Number.isFinite(value),
    })
  }

  #bad(verb: string, value: Value, flags: Flags): string {
    return bad(
      verb,
      value === undefined ? '<nil>' : `${typeName(value)}=${this.value(value, 'v', flags, 0)}`,
    )
  }
}

/** In `%+v` the plus is about structs. */
function numberFlags(verb: string, flags: Flags): Flags {
  return verb === 'v' && flags.plus ? { ...flags, plus: false } : flags
}

function bad(verb: string, what: string): string {
  return `%!${verb}(${what})`
}

function runeOf(value: bigint): string {
  const isScalar = value >= 0n && value <= 0x10ffffn && !(value >= 0xd800n && value <= 0xdfffn)
  return isScalar ? String.fromCodePoint(Number(value)) : '\ufffd'
}

function truncate(text: string, characters: number): string {
  return text.length <= characters ? text : [...text].slice(0, characters).join('')
}

/** Spaces, or zeros, up to the width in characters. */
function pad(text: string, flags: Flags): string {
  if (flags.width === undefined) return text
  const missing = flags.width - [...text].length
  if (missing <= 0) return text
  if (flags.minus) return text + ' '.repeat(missing)
  return (flags.zero ? '0' : ' ').repeat(missing) + text
}

function padNumber(isNegative: boolean, prefix: string, digits: string, flags: Flags): string {
  const sign = isNegative ? '-' : flags.plus ? '+' : flags.space ? ' ' : ''
  let body = digits
  if (flags.precision !== undefined)
    body = flags.precision === 0 && digits === '0' ? '' : digits.padStart(flags.precision, '0')
  else if (flags.zero && flags.width !== undefined) {
    body = digits.padStart(flags.width - sign.length, '0')
  }
  return pad(sign + prefix + body, { ...flags, zero: false })
}

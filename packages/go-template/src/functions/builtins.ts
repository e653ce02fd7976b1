import { Refusal } from '../errors.ts'
import { sprint, sprintArguments, sprintln } from '../format/print.ts'
import { sprintf } from '../format/printf.ts'
import { any, define, defineVariadic, type FunctionDefinition, string } from '../function.ts'
import { isPrintable } from '../quoted.ts'
import { isEscapedOctet, octetLength, octetsOf } from '../text.ts'
import { Dictionary, Integer, integerOf, itemsOf, typeName, type Value } from '../values.ts'

/** The functions of the language itself, but for comparisons; `slice` is Sprig's. */
export const builtins: ReadonlyMap<string, FunctionDefinition> = new Map<
  string,
  FunctionDefinition
>([
  ['call', defineVariadic([any], any, ([called]) => refuseCall(called))],
  [
    'html',
    defineVariadic([], any, (_, values, { budget }) => escapeHtml(sprintArguments(values, budget))),
  ],
  [
    'index',
    defineVariadic([any], any, ([item], indexes) => indexes.reduce(findItem, notNil(item))),
  ],
  [
    'js',
    defineVariadic([], any, (_, values, { budget }) =>
      escapeScript(sprintArguments(values, budget)),
    ),
  ],
  ['len', define([any], ([value]) => BigInt(lengthOf(value)))],
  ['print', defineVariadic([], any, (_, values, { budget }) => sprint(values, budget))],
  [
    'printf',
    defineVariadic([string], any, ([format], values, { budget }) =>
      sprintf(format, values, budget),
    ),
  ],
  ['println', defineVariadic([], any, (_, values, { budget }) => sprintln(values, budget))],
  [
    'urlquery',
    defineVariadic([], any, (_, values, { budget }) =>
      escapeQuery(sprintArguments(values, budget)),
    ),
  ],
])

function refuseCall(called: Value): never {
  if (called === undefined) throw new Refusal('call of nil')
  throw new Refusal(`non-function of type ${typeName(called)}`)
}

function notNil(value: Value): Value {
  if (value === undefined) throw new Refusal('index of untyped nil')
  return value
}

function findItem(item: Value, index: Value): Value {
  if (item === undefined) throw new Refusal('index of nil pointer')
  if (item instanceof Dictionary) {
    if (typeof index !== 'string') {
      throw new Refusal(
        index === undefined
          ? 'value is nil; should be of type string'
          : `value has type ${typeName(index)}; should be string`,
      )
    }
    if (item.entries.has(index)) return item.entries.get(index)
    return item.type === 'map[string]string' ? '' : undefined
  }
  const octets = typeof item === 'string' ? octetsOf(item) : undefined
  const items = itemsOf(item)
  const length = octets?.length ?? items?.length
  if (length === undefined) throw new Refusal(`can't index item of type ${typeName(item)}`)
  const at = integerOf(index)
  if (at === undefined) {
    throw new Refusal(
      `cannot index slice/array with ${index === undefined ? 'nil' : `type ${typeName(index)}`}`,
    )
  }
  if (at < 0n || at >= BigInt(length)) throw new Refusal(`index out of range: ${at}`)
  return octets === undefined
    ? items?.[Number(at)]
    : new Integer('uint8', BigInt(octets[Number(at)] ?? 0))
}

function lengthOf(value: Value): number {
  if (value === undefined) throw new Refusal('len of nil pointer')
  if (typeof value === 'string') return octetLength(value)
  if (value instanceof Dictionary) return value.entries.size
  const items = itemsOf(value)
  if (items === undefined) throw new Refusal(`len of type ${typeName(value)}`)
  return items.length
}

const htmlEscapes: ReadonlyMap<string, string> = new Map([
  ['\0', '\ufffd'],
  ['"', '&#34;'],
  ["'", '&#39;'],
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
])

function escapeHtml(text: string): string {
  return text.replace(/[\0"'&<>]/g, (character) => htmlEscapes.get(character) ?? character)
}

function escapeScript(text: string): string {
  let result = ''
  for (const rune of text) result += escapeScriptRune(rune)
  return result
}

function escapeScriptRune(rune: string): string {
  if (rune === '\\' || rune === "'" || rune === '"') return `\\${rune}`
  const code = rune.codePointAt(0) ?? 0
  if (code >= 0x20 && !'<>&='.includes(rune) && (code < 0x80 || isPrintable(rune))) return rune
  return `\\u${code.toString(16).toUpperCase().padStart(4, '0')}`
}

/** Go's url.QueryEscape: all but letters, digits and `-_.~`; a space is a plus. */
function escapeQuery(text: string): string {
  if (text.isWellFormed()) return escapePlain(text)
  return text.replace(/[\udc80-\udcff]|[^\udc80-\udcff]+/gu, (piece) =>
    isEscapedOctet(piece)
      ? `%${(piece.charCodeAt(0) - 0xdc00).toString(16).toUpperCase()}`
      : escapePlain(piece),
  )
}

function escapePlain(text: string): string {
  // A suffix of one octet may have been cut from a pair of surrogates.
  return encodeURIComponent(text.toWellFormed())
    .replaceAll('%20', '+')
    .replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
}

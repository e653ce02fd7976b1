import { type Budget, TextBuilder } from '../ceilings.ts'
import { Refusal } from '../errors.ts'
import { formatText } from '../format/printf.ts'
import {
  any,
  count,
  define,
  defineVariadic,
  type FunctionDefinition,
  int,
  string,
} from '../function.ts'
import { quote } from '../quoted.ts'
import { compareText, lowerCase, octetLength, sliceOctets, upperCase } from '../text.ts'
import { Dictionary, itemsOf, stringSlice, type Value } from '../values.ts'
import { textOfValue } from './text-of-value.ts'

/** Sprig's functions on text, but for case by words, regular expressions and encodings. */
export const strings: ReadonlyMap<string, FunctionDefinition> = new Map<string, FunctionDefinition>(
  [
    ['abbrev', define([int, string], ([width, text]) => abbreviate(text, 0, count(width)))],
    [
      'abbrevboth',
      define([int, int, string], ([left, right, text]) =>
        abbreviateBoth(text, count(left), count(right)),
      ),
    ],
    ['cat', defineVariadic([], any, (_, values, { budget }) => cat(values, budget))],
    ['contains', define([string, string], ([part, text]) => text.includes(part))],
    ['hasPrefix', define([string, string], ([part, text]) => text.startsWith(part))],
    ['hasSuffix', define([string, string], ([part, text]) => text.endsWith(part))],
    ['hello', define([], () => 'Hello!')],
    ['indent', define([int, string], ([spaces, text], { budget }) => indent(spaces, text, budget))],
    [
      'join',
      define([string, any], ([separator, value], { budget }) =>
        joinTexts(textsOf(value, budget), separator, budget),
      ),
    ],
    ['lower', define([string], ([text]) => lowerCase(text))],
    [
      'nindent',
      define([int, string], ([spaces, text], { budget }) => `\n${indent(spaces, text, budget)}`),
    ],
    ['nospace', define([string], ([text]) => text.replace(/[\t-\r \u0085\u00a0]/g, ''))],
    [
      'plural',
      define([string, string, int], ([one, many, amount]) => (amount === 1n ? one : many)),
    ],
    ['quote', defineVariadic([], any, (_, values, { budget }) => quoteEach(values, budget))],
    ['repeat', define([int, string], ([times, text], { budget }) => repeat(times, text, budget))],
    [
      'replace',
      define([string, string, string], ([old, by, text], { budget }) =>
        replaceEach(text, old, by, budget),
      ),
    ],
    ['sortAlpha', define([any], ([value], { budget }) => sortTexts(value, budget))],
    [
      'split',
      define([string, string], ([separator, text], { budget }) =>
        numbered(splitText(text, separator), budget),
      ),
    ],
    [
      'splitList',
      define([string, string], ([separator, text], { budget }) =>
        listed(splitText(text, separator), budget),
      ),
    ],
    [
      'splitn',
      define([string, int, string], ([separator, most, text], { budget }) =>
        numbered(splitAtMost(text, separator, count(most)), budget),
      ),
    ],
    [
      'squote',
      defineVariadic([], any, (_, values, { budget }) =>
        joinTexts(
          present(values).map((value) => `'${formatText(value, budget)}'`),
          ' ',
          budget,
        ),
      ),
    ],
    [
      'substr',
      define([int, int, string], ([start, end, text]) => substring(text, count(start), count(end))),
    ],
    ['toString', define([any], ([value], { budget }) => textOfValue(value, budget))],
    ['toStrings', define([any], ([value], { budget }) => listed(textsOf(value, budget), budget))],
    ['trim', define([string], ([text]) => trimSpace(text))],
    ['trimAll', define([string, string], ([cut, text]) => trimCharacters(text, cut))],
    [
      'trimPrefix',
      define([string, string], ([prefix, text]) =>
        text.startsWith(prefix) ? text.slice(prefix.length) : text,
      ),
    ],
    [
      'trimSuffix',
      define([string, string], ([suffix, text]) =>
        text.endsWith(suffix) ? text.slice(0, text.length - suffix.length) : text,
      ),
    ],
    ['trimall', define([string, string], ([cut, text]) => trimCharacters(text, cut))],
    ['trunc', define([int, string], ([length, text]) => truncate(text, count(length)))],
    ['upper', define([string], ([text]) => upperCase(text))],
    [
      'wrap',
      define([int, string], ([width, text], { budget }) =>
        wrap(text, count(width), '\n', { breaksWords: false }, budget),
      ),
    ],
    [
      'wrapWith',
      define([int, string, string], ([width, mark, text], { budget }) =>
        wrap(text, count(width), mark === '' ? '\n' : mark, { breaksWords: true }, budget),
      ),
    ],
  ],
)

/** The texts of a list's items without nil; of anything else its own. */
function textsOf(value: Value, budget: Budget): readonly string[] {
  const items = itemsOf(value)
  if (items !== undefined) return present(items).map((item) => textOfValue(item, budget))
  return value === undefined ? [] : [textOfValue(value, budget)]
}

export function joinTexts(texts: readonly string[], separator: string, budget: Budget): string {
  let length = separator.length * Math.max(0, texts.length - 1)
  for (const text of texts) length += text.length
  budget.spendText(length)
  return texts.join(separator)
}

function present(values: readonly Value[]): readonly Value[] {
  return values.filter((value) => value !== undefined)
}

function quoteEach(values: readonly Value[], budget: Budget): string {
  return joinTexts(
    present(values).map((value) => quote(textOfValue(value, budget))),
    ' ',
    budget,
  )
}

function cat(values: readonly Value[], budget: Budget): string {
  return joinTexts(
    present(values).map((value) => formatText(value, budget)),
    ' ',
    budget,
  )
}

function repeat(times: bigint, text: string, budget: Budget): string {
  if (times < 0n) throw new Refusal('strings: negative Repeat count')
  budget.spendText(count(times) * text.length)
  return text.repeat(text === '' ? 0 : count(times))
}

function indent(spaces: bigint, text: string, budget: Budget): string {
  const padding = repeat(spaces, ' ', budget)
  return padding + replaceEach(text, '\n', `\n${padding}`, budget)
}

function replaceEach(text: string, old: string, by: string, budget: Budget): string {
  const parts = old === '' ? ['', ...text, ''] : text.split(old)
  return joinTexts(parts, by, budget)
}

function splitText(text: string, separator: string): readonly string[] {
  return separator === '' ? [...text] : text.split(separator)
}

/** Go's SplitN: the last part keeps the rest; none for 0, all below it. */
function splitAtMost(text: string, separator: string, most: number): readonly string[] {
  if (most === 0) return []
  const parts = splitText(text, separator)
  if (most < 0 || parts.length <= most) return parts
  return [...parts.slice(0, most - 1), parts.slice(most - 1).join(separator)]
}

function listed(texts: readonly string[], budget: Budget): Value {
  budget.spendItems(texts.length)
  return stringSlice(texts)
}

function numbered(parts: readonly string[], budget: Budget): Dictionary {
  budget.spendItems(parts.length)
  return new Dictionary(
    new Map(parts.map((part, index) => [`_${index}`, part])),
    'map[string]string',
  )
}

function sortTexts(value: Value, budget: Budget): Value {
  if (itemsOf(value) === undefined) return stringSlice([textOfValue(value, budget)])
  const texts = [...textsOf(value, budget)]
  budget.spend(texts.length * Math.ceil(Math.log2(texts.length + 1)))
  for (const text of texts) budget.spendText(text.length)
  return stringSlice(texts.sort(compareText))
}

function trimSpace(text: string): string {
  return text
    .replace(/^[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/, '')
    .replace(trailingSpace, '')
}

const trailingSpace =
  /(?<![\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000])[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+$/

function trimCharacters(text: string, cut: string): string {
  const characters = new Set(cut)
  const runes = [...text]
  let start = 0
  let end = runes.length
  while (start < end && characters.has(runes[start] ?? '')) start += 1
  while (end > start && characters.has(runes[end - 1] ?? '')) end -= 1
  return runes.slice(start, end).join('')
}

function truncate(text: string, length: number): string {
  const octets = octetLength(text)
  if (length < 0) return octets + length > 0 ? sliceOctets(text, octets + length, octets) : text
  return octets > length ? sliceOctets(text, 0, length) : text
}

function substring(text: string, start: number, end: number): string {
  const length = octetLength(text)
  const from = Math.max(0, start)
  const to = start >= 0 && (end < 0 || end > length) ? length : end
  if (to < 0 || to > length || from > to) {
    throw new Refusal(
      `runtime error: slice bounds out of range [${from}:${to}] with length ${length}`,
    )
  }
  return sliceOctets(text, from, to)
}

const ellipsis = '...'

/** At most `width` octets; text from `offset` on is among them. Widths below 4 leave the text as it is. */
function abbreviate(text: string, offset: number, width: number): string {
  const length = octetLength(text)
  if (width < 4 || length <= width) return text
  const kept = width - ellipsis.length
  let start = Math.min(offset, length)
  if (length - start < kept) start = length - kept
  if (start <= 4) return sliceOctets(text, 0, kept) + ellipsis
  if (start + kept < length) {
    return ellipsis + abbreviate(sliceOctets(text, start, length), 0, kept)
  }
  return ellipsis + sliceOctets(text, length - kept, length)
}

function abbreviateBoth(text: string, left: number, right: number): string {
  if (right < 4 || (left > 0 && right < 7)) return text
  return abbreviate(text, left, right)
}

/** Breaks at spaces after at most `width` octets; words that are longer stay whole unless they may be broken. */
function wrap(
  text: string,
  width: number,
  mark: string,
  options: { readonly breaksWords: boolean },
  budget: Budget,
): string {
  const columns = Math.max(1, width)
  const length = octetLength(text)
  const result = new TextBuilder(budget)
  // Octet by octet: latin1 has one character for each.
  const line = Buffer.from(text, 'utf8').toString('latin1')
  const piece = (from: number, to: number) =>
    Buffer.from(line.slice(from, to), 'latin1').toString('utf8')
  let at = 0
  while (length - at > columns) {
    budget.spend(1)
    if (line.charAt(at) === ' ') {
      at += 1
      continue
    }
    const space = line.slice(at, at + columns + 1).lastIndexOf(' ')
    if (space !== -1) {
      result.add(piece(at, at + space)).add(mark)
      at += space + 1
    } else if (options.breaksWords) {
      result.add(piece(at, at + columns)).add(mark)
      at += columns
    } else {
      const next = line.indexOf(' ', at + columns)
      if (next === -1) break
      result.add(piece(at, next)).add(mark)
      at = next + 1
    }
  }
  return result.add(piece(at, line.length)).text
}

import { RE2JS } from 're2js'
import { type Budget, TextBuilder } from '../ceilings.ts'
import { Refusal } from '../errors.ts'
import { count, define, type FunctionDefinition, int, string } from '../function.ts'
import { Slice, stringSlice, type Value } from '../values.ts'

/** Sprig's regular expressions: RE2, whose time is linear in the text. */
export const regexes: ReadonlyMap<string, FunctionDefinition> = new Map<string, FunctionDefinition>(
  [
    ['mustRegexFind', find()],
    ['mustRegexFindAll', findAll()],
    [
      'mustRegexMatch',
      define([string, string], ([pattern, text], { budget }) => matches(pattern, text, budget)),
    ],
    ['mustRegexReplaceAll', replaceAll({ expands: true })],
    ['mustRegexReplaceAllLiteral', replaceAll({ expands: false })],
    ['mustRegexSplit', split()],
    ['regexFind', find()],
    ['regexFindAll', findAll()],
    [
      'regexMatch',
      define([string, string], ([pattern, text], { budget }) =>
        matchesOrNot(pattern, text, budget),
      ),
    ],
    ['regexQuoteMeta', define([string], ([text]) => text.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&'))],
    ['regexReplaceAll', replaceAll({ expands: true })],
    ['regexReplaceAllLiteral', replaceAll({ expands: false })],
    ['regexSplit', split()],
  ],
)

interface Match {
  readonly start: number
  readonly end: number
  /** What a group of the pattern took, by its number. */
  readonly group: (group: number) => string
}

const longestPattern = 2_000
/** Instructions of a compiled pattern; repetitions multiply them. */
const largestProgram = 10_000
const tooLarge = 'error parsing regexp: expression too large'

function find(): FunctionDefinition {
  return define([string, string], ([pattern, text], { budget }) => {
    for (const match of matchesOf(compile(pattern, budget), text, budget))
      return text.slice(match.start, match.end)
    return ''
  })
}

function findAll(): FunctionDefinition {
  return define([string, string, int], ([pattern, text, most], { budget }) => {
    const found: string[] = []
    for (const match of matchesOf(compile(pattern, budget), text, budget)) {
      if (found.length === count(most)) break
      found.push(text.slice(match.start, match.end))
      budget.checkItems(found.length)
    }
    return found.length === 0 ? new Slice([], '[]string', true) : stringSlice(found)
  })
}

function matches(pattern: string, text: string, budget: Budget): boolean {
  for (const _ of matchesOf(compile(pattern, budget), text, budget)) return true
  return false
}

function matchesOrNot(pattern: string, text: string, budget: Budget): boolean {
  try {
    return matches(pattern, text, budget)
  } catch (error) {
    if (error instanceof Refusal) return false
    throw error
  }
}

function replaceAll(options: { readonly expands: boolean }): FunctionDefinition {
  return define([string, string, string], ([pattern, text, replacement], { budget }) => {
    const compiled = compile(pattern, budget)
    const parts = options.expands ? parseReplacement(replacement, compiled) : [replacement]
    const result = new TextBuilder(budget)
    let at = 0
    for (const match of matchesOf(compiled, text, budget)) {
      budget.spend(parts.length)
      result.add(text.slice(at, match.start))
      for (const part of parts) result.add(typeof part === 'string' ? part : match.group(part))
      at = match.end
    }
    return result.add(text.slice(at)).text
  })
}

/**
 * `$1`, `$name`, `${name}` and `$$` with the texts between them; the longest name counts, and what is no group of
 * `compiled` is left out. Groups are given by their numbers.
 */
function parseReplacement(replacement: string, compiled: RE2JS): readonly (string | number)[] {
  const groups = compiled.namedGroups()
  const parts: (string | number)[] = []
  let at = 0
  for (const match of replacement.matchAll(/\$(?:\$|\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))/gu)) {
    parts.push(replacement.slice(at, match.index))
    at = match.index + match[0].length
    const name = match[1] ?? match[2]
    if (name === undefined) parts.push('$')
    else if (/^(?:0|[1-9]\d*)$/.test(name)) {
      if (Number(name) <= compiled.groupCount()) parts.push(Number(name))
    } else {
      const group = Object.hasOwn(groups, name) ? groups[name] : undefined
      if (group !== undefined) parts.push(group)
    }
  }
  parts.push(replacement.slice(at))
  return parts.filter((part) => part !== '')
}

function split(): FunctionDefinition {
  return define([string, string, int], ([pattern, text, most], { budget }) => {
    if (most === 0n) return new Slice([], '[]string', true)
    return splitText(pattern, text, count(most), budget)
  })
}

function splitText(pattern: string, text: string, most: number, budget: Budget): Value {
  if (pattern !== '' && text === '') {
    for (const _ of matchesOf(compile(pattern, budget), text, budget)) return stringSlice([''])
    return stringSlice([''])
  }
  const parts: string[] = []
  let start = 0
  let end = 0
  for (const match of matchesOf(compile(pattern, budget), text, budget)) {
    if (most > 0 && parts.length === most - 1) break
    end = match.start
    if (match.end !== 0) parts.push(text.slice(start, end))
    start = match.end
  }
  if (end !== text.length) parts.push(text.slice(start))
  budget.checkItems(parts.length)
  return stringSlice(parts)
}

function compile(pattern: string, budget: Budget): RE2JS {
  budget.spendText(pattern.length * 16)
  if (pattern.length > longestPattern) {
    throw new Refusal(`error parsing regexp: longer than ${longestPattern} characters`)
  }
  const repetitions = [...pattern.matchAll(/\{(\d+)(?:,(\d*))?\}/g)]
  const least = repetitions.reduce((sum, [, from, to]) => sum + Number(to || from), 0)
  if (least > largestProgram) throw new Refusal(tooLarge)
  const compiled = parsePattern(pattern)
  const size = compiled.programSize()
  budget.spend(size)
  if (size > largestProgram) throw new Refusal(tooLarge)
  return compiled
}

function parsePattern(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern)
  } catch (error) {
    throw new Refusal(error instanceof Error ? error.message : 'error parsing regexp')
  }
}

/** Leftmost matches without overlap; an empty one right behind another is none, as in Go. */
function* matchesOf(compiled: RE2JS, text: string, budget: Budget): Generator<Match> {
  const weight = compiled.programSize() + 8
  const matcher = compiled.matcher(text)
  let lastEnd = -1
  let at = 0
  for (;;) {
    // Each search may go to the end of the text, with the whole program at each position.
    budget.spend(Math.ceil(((text.length - at + 1) * weight) / 64))
    if (at > text.length || !matcher.find(at)) return
    const [start, end] = [matcher.start(), matcher.end()]
    budget.spend(1 + ((end - at) >> 4))
    if (start !== end || start !== lastEnd) {
      yield { start, end, group: (group) => matcher.group(group) ?? '' }
    }
    lastEnd = end
    at = end > at ? end : at + ((text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1)
  }
}

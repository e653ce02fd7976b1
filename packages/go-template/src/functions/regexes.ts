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
  readonly group: (group: number | string) => string
}

const longestPattern = 2_000
/** Instructions of a compiled pattern; repetitions multiply them. */
const largestProgram = 10_000

function find(): FunctionDefinition {
  return define([string, string], ([pattern, text], { budget }) => {
    for (const match of matchesOf(pattern, text, budget)) return text.slice(match.start, match.end)
    return ''
  })
}

function findAll(): FunctionDefinition {
  return define([string, string, int], ([pattern, text, most], { budget }) => {
    const found: string[] = []
    for (const match of matchesOf(pattern, text, budget)) {
      if (found.length === count(most)) break
      budget.spendItems(found.length + 1 > budget.ceilings.listItems ? found.length + 1 : 1)
      found.push(text.slice(match.start, match.end))
    }
    return found.length === 0 ? new Slice([], '[]string', true) : stringSlice(found)
  })
}

function matches(pattern: string, text: string, budget: Budget): boolean {
  for (const _ of matchesOf(pattern, text, budget)) return true
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
    const result = new TextBuilder(budget)
    let at = 0
    for (const match of matchesOf(pattern, text, budget)) {
      result.add(text.slice(at, match.start))
      result.add(options.expands ? expand(replacement, match) : replacement)
      at = match.end
    }
    return result.add(text.slice(at)).text
  })
}

/** `$1`, `$name`, `${name}` and `$$`; the longest name counts, and what is no group is empty. */
function expand(replacement: string, match: Match): string {
  return replacement.replace(
    /\$(?:\$|\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))/gu,
    (whole, braced, bare) => {
      if (whole === '$$') return '$'
      const name: unknown = braced ?? bare
      if (typeof name !== 'string') return whole
      return match.group(/^\d+$/.test(name) ? Number(name) : name)
    },
  )
}

function split(): FunctionDefinition {
  return define([string, string, int], ([pattern, text, most], { budget }) => {
    if (most === 0n) return new Slice([], '[]string', true)
    return splitText(pattern, text, count(most), budget)
  })
}

function splitText(pattern: string, text: string, most: number, budget: Budget): Value {
  if (pattern !== '' && text === '') {
    for (const _ of matchesOf(pattern, text, budget)) return stringSlice([''])
    return stringSlice([''])
  }
  const parts: string[] = []
  let start = 0
  let end = 0
  for (const match of matchesOf(pattern, text, budget)) {
    if (most > 0 && parts.length === most - 1) break
    end = match.start
    if (match.end !== 0) parts.push(text.slice(start, end))
    start = match.end
  }
  if (end !== text.length) parts.push(text.slice(start))
  return stringSlice(parts)
}

function compile(pattern: string): RE2JS {
  if (pattern.length > longestPattern) {
    throw new Refusal(`error parsing regexp: longer than ${longestPattern} characters`)
  }
  try {
    const compiled = RE2JS.compile(pattern)
    if (compiled.programSize() > largestProgram) {
      throw new Refusal('error parsing regexp: expression too large')
    }
    return compiled
  } catch (error) {
    if (error instanceof Refusal) throw error
    throw new Refusal(error instanceof Error ? error.message : 'error parsing regexp')
  }
}

/** Leftmost matches without overlap; an empty one right behind another is none, as in Go. */
function* matchesOf(pattern: string, text: string, budget: Budget): Generator<Match> {
  budget.spendText(pattern.length * 16)
  const compiled = compile(pattern)
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
      yield {
        start,
        end,
        group: (group) => findGroup(matcher, group),
      }
    }
    lastEnd = end
    at = end > at ? end : at + ((text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1)
  }
}

function findGroup(matcher: ReturnType<RE2JS['matcher']>, group: number | string): string {
  try {
    return matcher.group(group) ?? ''
  } catch {
    // There is no such group.
    return ''
  }
}

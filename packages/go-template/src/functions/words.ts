import type { Budget } from '../ceilings.ts'
import { define, type FunctionDefinition, string } from '../function.ts'
import { isLower, isSpace, isUpper, lowerRune, titleRune, upperRune } from '../text.ts'

/** Sprig's functions that change case by words. */
export const words: ReadonlyMap<string, FunctionDefinition> = new Map<string, FunctionDefinition>([
  ['camelcase', define([string], ([text]) => pascalCase(text))],
  ['initials', define([string], ([text]) => initials(text))],
  ['kebabcase', define([string], ([text], { budget }) => joinWords(text, '-', budget))],
  ['snakecase', define([string], ([text], { budget }) => joinWords(text, '_', budget))],
  ['swapcase', define([string], ([text]) => swapCase(text))],
  ['title', define([string], ([text]) => mapWordStarts(text, isPartOfWord, titleRune))],
  [
    'untitle',
    define([string], ([text]) => mapWordStarts(text, (rune) => !isSpace(rune), lowerRune)),
  ],
])

/** Go's strings.Title: letters, digits, underscores and anything else that is neither space nor ASCII sign. */
function isPartOfWord(rune: string): boolean {
  if (rune <= '\x7f') return /[0-9A-Za-z_]/.test(rune)
  if (/^[\p{L}\p{Nd}]$/u.test(rune)) return true
  return !isSpace(rune)
}

function mapWordStarts(
  text: string,
  isInWord: (rune: string) => boolean,
  change: (rune: string) => string,
): string {
  let result = ''
  let wasInWord = false
  for (const rune of text) {
    const isInside = isInWord(rune)
    result += isInside && !wasInWord ? change(rune) : rune
    wasInWord = isInside
  }
  return result
}

function initials(text: string): string {
  let result = ''
  let wasSpace = true
  for (const rune of text) {
    const isSpaceNow = isSpace(rune)
    if (wasSpace && !isSpaceNow) result += rune
    wasSpace = isSpaceNow
  }
  return result
}

/** Small letters become capitals and the other way round; one at the start of a word is in title case. */
function swapCase(text: string): string {
  let result = ''
  let atStart = true
  for (const rune of text) {
    if (isLower(rune)) {
      result += atStart ? titleRune(rune) : upperRune(rune)
      atStart = false
    } else if (isUpper(rune) || /^\p{Lt}$/u.test(rune)) {
      result += lowerRune(rune)
      atStart = false
    } else {
      result += rune
      atStart = isSpace(rune)
    }
  }
  return result
}

function isConnector(rune: string): boolean {
  return rune === '-' || rune === '_' || isSpace(rune)
}

/** `some_words` → `SomeWords`: connectors between words go, one of several stays less one. */
function pascalCase(text: string): string {
  const runes = [...text]
  const start = runes.findIndex((rune) => !isConnector(rune))
  // A text of connectors alone gets its last one twice, as in Sprig's library.
  if (start === -1) return text + (runes.at(-1) ?? '')
  let result = runes.slice(0, start).join('')
  // Capitals that follow a capital at the start of a word are made small.
  let inCapitals = false
  let connectors: string[] = []
  for (const [index, rune] of runes.slice(start).entries()) {
    if (isConnector(rune)) {
      connectors.push(rune)
      continue
    }
    const startsWord = index === 0 || connectors.length > 0
    result += connectors.slice(0, -1).join('')
    connectors = []
    if (startsWord) {
      inCapitals = isUpper(rune)
      result += upperRune(rune)
    } else if (inCapitals && isUpper(rune)) result += lowerRune(rune)
    else {
      inCapitals = false
      result += rune
    }
  }
  return result + connectors.join('')
}

type WordKind = 'number' | 'upper' | 'letters' | 'connector' | 'punctuation' | 'other'

interface Word {
  readonly kind: WordKind
  readonly text: string
}

// In `HTTPServer` the last capital belongs to the next word; letters without case count as small ones.
const wordPatterns: readonly (readonly [WordKind, RegExp])[] = [
  ['connector', /[-_\s\u0085]+/uy],
  ['punctuation', /(?:(?![-_\s\u0085])\p{P})+/uy],
  [
    'upper',
    /\p{Lu}{2,}(?![\p{L}])|\p{Lu}+(?=\p{Lu}(?!\p{Lu})\p{L})|\p{Lu}(?:(?!\p{Lu})\p{L})+|\p{Lu}/uy,
  ],
  ['letters', /(?:(?!\p{Lu})\p{L})+/uy],
  ['number', /\p{N}+/uy],
  ['other', /[^-_\s\u0085\p{L}\p{N}\p{P}]+/uy],
]

function cutWords(text: string): readonly Word[] {
  const found: Word[] = []
  for (let at = 0; at < text.length; ) {
    const word = wordAt(text, at)
    found.push(word)
    at += word.text.length
  }
  return found
}

function wordAt(text: string, at: number): Word {
  for (const [kind, pattern] of wordPatterns) {
    pattern.lastIndex = at
    const match = pattern.exec(text)?.[0]
    if (match !== undefined && match !== '') return { kind, text: match }
  }
  return { kind: 'other', text: text.charAt(at) }
}

/**
 * `HTTP20xOK` → `http_20x_ok`: words in small letters with connectors between them.
 *
 * A number belongs to the word before it, unless small letters follow: then it begins a word with them.
 */
function joinWords(text: string, connector: string, budget: Budget): string {
  // Each character may be a word.
  budget.spend(text.length)
  const found = cutWords(text)
  let result = ''
  for (let index = 0; index < found.length; index += 1) {
    const word = found[index]
    if (word === undefined) break
    result += lowerWord(word, connector)
    if (word.kind === 'connector' || word.kind === 'punctuation') continue
    const next = found[index + 1]
    if (next === undefined) break
    if (word.kind === 'number') {
      index = takeTail(found, index + 1, (tail) => {
        result += tail.text
      })
    } else if (next.kind === 'number') {
      const afterNumber = found[index + 2]
      if (afterNumber === undefined) continue
      if (afterNumber.kind === 'letters') {
        result += connector + next.text
        index = takeTail(found, index + 2, (tail) => {
          result += tail.text
        })
      } else {
        result += next.text
        index += 1
      }
    }
    const follower = found[index + 1]
    if (follower !== undefined && !isBreak(follower)) result += connector
  }
  return result
}

/** Hands on the small letters and numbers from `start` on; the index of the last of them. */
function takeTail(found: readonly Word[], start: number, add: (word: Word) => void): number {
  let index = start
  for (;;) {
    const word = found[index]
    if (word === undefined || (word.kind !== 'letters' && word.kind !== 'number')) return index - 1
    add(word)
    index += 1
  }
}

function isBreak(word: Word): boolean {
  return word.kind === 'connector' || word.kind === 'punctuation'
}

function lowerWord(word: Word, connector: string): string {
  if (word.kind === 'connector') return connector.repeat([...word.text].length)
  return word.kind === 'upper' ? [...word.text].map(lowerRune).join('') : word.text
}

import { textOf } from './text.ts'

const escapes: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
  '\\': 0x5c,
  "'": 0x27,
  '"': 0x22,
}

/**
 * Reads a quoted text or a character constant with its quotes, as Go writes them.
 *
 * Returns undefined when an escape is wrong.
 */
export function unquote(quoted: string): string | undefined {
  const quote = quoted.charAt(0)
  const inside = quoted.slice(1, -1)
  if (quote === '`') return inside.replaceAll('\r', '')
  if (!inside.includes('\\')) return inside
  const pieces: Buffer[] = []
  const part =
    /\\(?:x([0-9a-fA-F]{2})|([0-7]{3})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([abfnrtv\\'"]))|[^\\]+/gy
  let at = 0
  for (const [whole, hex, octal, short, long, letter] of inside.matchAll(part)) {
    at += whole.length
    if (hex !== undefined) pieces.push(Buffer.from(hex, 'hex'))
    else if (octal !== undefined) {
      const octet = Number.parseInt(octal, 8)
      if (octet > 255) return undefined
      pieces.push(Buffer.from([octet]))
    } else if (short !== undefined || long !== undefined) {
      const code = Number.parseInt(short ?? long ?? '', 16)
      if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return undefined
      pieces.push(Buffer.from(String.fromCodePoint(code), 'utf8'))
    } else if (letter !== undefined) {
      if ((letter === '"' || letter === "'") && letter !== quote) return undefined
      pieces.push(Buffer.from([escapes[letter] ?? 0]))
    } else pieces.push(Buffer.from(whole, 'utf8'))
  }
  return at === inside.length ? textOf(Buffer.concat(pieces)) : undefined
}

/** `text` in double quotes with Go's escapes: what `%q` prints; `asciiOnly` is its `+` flag. */
export function quote(
  text: string,
  options: { asciiOnly?: boolean; mark?: '"' | "'" } = {},
): string {
  const mark = options.mark ?? '"'
  let result = mark
  for (const rune of text) result += quoteRune(rune, mark, options.asciiOnly === true)
  return result + mark
}

const letters: ReadonlyMap<string, string> = new Map([
  ['\x07', '\\a'],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\v', '\\v'],
  ['\\', '\\\\'],
])

function quoteRune(rune: string, mark: string, asciiOnly: boolean): string {
  if (rune === mark) return `\\${rune}`
  const letter = letters.get(rune)
  if (letter !== undefined) return letter
  const code = rune.codePointAt(0) ?? 0
  if (code >= 0x20 && code < 0x7f) return rune
  if (code >= 0xdc80 && code <= 0xdcff) return `\\x${(code - 0xdc00).toString(16)}`
  if (code < 0x20 || code === 0x7f) return `\\x${code.toString(16).padStart(2, '0')}`
  if (!asciiOnly && isPrintable(rune)) return rune
  return code > 0xffff
    ? `\\U${code.toString(16).padStart(8, '0')}`
    : `\\u${code.toString(16).padStart(4, '0')}`
}

/** Letters, marks, numbers, punctuation, symbols and the ASCII space. */
export function isPrintable(rune: string): boolean {
  return rune === ' ' || /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u.test(rune)
}

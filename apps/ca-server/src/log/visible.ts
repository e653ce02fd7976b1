/** Characters that end a line, move a cursor, or turn the direction of text, for whoever looks at a log. */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u00a0]/gu
const plain = /^[\x20-\x7e]*$/

/** Replaces every character that cannot be seen, or would be obeyed by a terminal. */
export function replaceUnseen(text: string, replace: (character: string) => string): string {
  return plain.test(text) ? text : text.replaceAll(unseen, replace)
}

/** As in JSON: `\u` and four digits for each UTF-16 unit. */
export function escapeUnits(character: string): string {
  return Array.from({ length: character.length }, (_, index) => {
    const unit = character.charCodeAt(index).toString(16).padStart(4, '0')
    return `\\u${unit}`
  }).join('')
}

/** As Go's `%q` has it: `\n`, `\x1b`, `\u202e`, `\U000e0001`. */
export function escapeAsGo(character: string): string {
  const short = shortEscapes.get(character)
  if (short !== undefined) return short
  const code = character.codePointAt(0) ?? 0
  const hexadecimal = code.toString(16)
  if (code < 0x80) return `\\x${hexadecimal.padStart(2, '0')}`
  return code < 0x10000
    ? `\\u${hexadecimal.padStart(4, '0')}`
    : `\\U${hexadecimal.padStart(8, '0')}`
}

const shortEscapes: ReadonlyMap<string, string> = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
])

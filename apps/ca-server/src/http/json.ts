/** Encodes a value as Go's encoder does: compact, `<`, `>` and `&` escaped, one line feed at the end. */
export function encodeJson(value: unknown): string {
  return `${encodeJsonText(value)}\n`
}

/** As {@link encodeJson}, without the line feed. */
export function encodeJsonText(value: unknown): string {
  return JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, escapeCharacter)
}

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

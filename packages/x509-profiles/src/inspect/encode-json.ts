import { escapeUnits, showText } from '../internal/show-text.ts'

/** What {@link encodeJson} writes; object members keep their order. */
export type JsonValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [member: string]: JsonValue }

/**
 * Writes JSON indented by two blanks, octet for octet as step does: `<`, `>`, `&`, U+2028 and U+2029 are
 * escaped inside strings, integers are of any size, there is no newline at the end. Escaped are, too,
 * control and direction characters, which step leaves for the terminal to obey.
 */
export function encodeJson(value: JsonValue): string {
  return encodeValue(value, '\n')
}

function encodeValue(value: JsonValue, newline: string): string {
  if (typeof value === 'string') return encodeText(value)
  if (typeof value !== 'object' || value === null) return String(value)
  const inner = `${newline}  `
  if (isList(value)) {
    const items = value.map((item) => inner + encodeValue(item, inner))
    return items.length === 0 ? '[]' : `[${items.join(',')}${newline}]`
  }
  const members = Object.entries(value).map(([name, member]) => {
    return `${inner}${encodeText(name)}: ${encodeValue(member, inner)}`
  })
  return members.length === 0 ? '{}' : `{${members.join(',')}${newline}}`
}

function encodeText(text: string): string {
  return showText(JSON.stringify(text.toWellFormed()).replace(/[<>&]/g, escapeUnits))
}

/** `Array.isArray` does not tell a read-only array from an object. */
function isList(value: object): value is readonly JsonValue[] {
  return Array.isArray(value)
}

import type { JsonObject } from './json.ts'

const escaped = new Map([
  ['<', '\\u003c'],
  ['>', '\\u003e'],
  ['&', '\\u0026'],
  ['\u2028', '\\u2028'],
  ['\u2029', '\\u2029'],
])

/**
 * Writes a `ca.json` or `defaults.json` as step does: indented by tabs, one array element a line,
 * no final newline, the characters escaped that Go's encoder escapes.
 */
export function encodeCaConfiguration(raw: JsonObject): string {
  return JSON.stringify(raw, undefined, '\t').replace(
    /[<>&\u2028\u2029]/g,
    (character) => escaped.get(character) ?? character,
  )
}

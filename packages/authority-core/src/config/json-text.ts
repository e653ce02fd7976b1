import { ConfigurationError } from './errors.ts'
import { isJsonObject, type JsonObject } from './json.ts'
import { findJsonMistake } from './json-mistake.ts'

/**
 * Reads a JSON object from its text, or takes the parsed value.
 *
 * @throws {ConfigurationError} which tells where the text is no JSON.
 */
export function parseJsonObject(input: unknown, options: { source?: string }): JsonObject {
  const value = typeof input === 'string' ? parseJson(input, options) : input
  if (isJsonObject(value)) return value
  throw new ConfigurationError([{ path: '', reason: 'is not a JSON object' }], options)
}

function parseJson(text: string, options: { source?: string }): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch {
    const mistake = findJsonMistake(text.replace(/^\uFEFF/, ''))
    const reason = mistake === undefined ? 'is not JSON' : `is not JSON: ${mistake}`
    throw new ConfigurationError([{ path: '', reason }], options)
  }
}

/** A JSON object as parsed: nothing is known of its members. */
export type JsonObject = { readonly [member: string]: unknown }

/** Thrown by {@link parseJsonObject}; the caller turns it into the package's error. */
export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError'
}

/**
 * Parses one JSON object in UTF-8. Unlike `JSON.parse` alone it refuses malformed UTF-8, a byte
 * order mark, a member given twice at any depth, and strings that are not well-formed Unicode:
 * two readers of the same token must not see different values.
 */
export function parseJsonObject(octets: Uint8Array): JsonObject {
  const text = decodeUtf8(octets)
  const value = parseJson(text)
  if (!isJsonObject(value)) throw new JsonSyntaxError('it is not a JSON object')
  assertUniqueMembers(text)
  return value
}

/** True for a JSON object, false for an array, null or a scalar. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Decodes strict UTF-8; a byte order mark stays and is then no JSON. */
export function decodeUtf8(octets: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(octets)
  } catch (cause) {
    throw new JsonSyntaxError('it is not UTF-8', { cause })
  }
}

/** `JSON.parse` with this module's error, which does not quote the text: it may hold a secret. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new JsonSyntaxError('it is not JSON')
  }
}

/** Walks text that `JSON.parse` has accepted, so the grammar needs no second check. */
function assertUniqueMembers(text: string): void {
  const levels: (Set<string> | undefined)[] = []
  let expectsName = false
  for (const { token, offset } of jsonTokens(text)) {
    if (token === '{') {
      levels.push(new Set())
      expectsName = true
    } else if (token === '[') {
      levels.push(undefined)
      expectsName = false
    } else if (token === '}' || token === ']') {
      levels.pop()
      expectsName = false
    } else if (token === ',') {
      expectsName = levels.at(-1) !== undefined
    } else if (token.startsWith('"')) {
      const string = readString(token, offset)
      if (expectsName) addName(levels.at(-1), string)
      expectsName = false
    }
  }
}

function addName(names: Set<string> | undefined, name: string): void {
  if (names === undefined) return
  if (names.has(name)) throw new JsonSyntaxError(`it has the member ${JSON.stringify(name)} twice`)
  names.add(name)
}

function readString(token: string, offset: number): string {
  const string = token.includes('\\') ? String(JSON.parse(token)) : token.slice(1, -1)
  if (!string.isWellFormed()) {
    throw new JsonSyntaxError(`the string at character ${offset} is not well-formed Unicode`)
  }
  return string
}

/** Yields strings, brackets, colons, commas and scalars of valid JSON as they are spelled. */
export function* jsonTokens(text: string): Generator<{ token: string; offset: number }> {
  const pattern = /"(?:[^"\\]|\\.)*"|[{}[\]:,]|[^\s{}[\]:,"]+/gu
  for (const match of text.matchAll(pattern)) yield { token: match[0], offset: match.index }
}

import { TokenError } from './errors.ts'
import { isJsonObject, type JsonObject, JsonSyntaxError, parseJsonObject } from './internal/json.ts'

/**
 * Returns the other serialization of a JWS or a JWE: flattened JSON (RFC 7515 §7.2.2, RFC 7516
 * §7.2.2) of the compact form, and back. Nothing is verified or decrypted. JSON of several
 * signatures or recipients, and what stands in no protected header, has no compact form.
 *
 * @throws {TokenError} `token_malformed`.
 */
export function toggleSerialization(text: string): string {
  const packed = text.replaceAll(/\s/g, '')
  return packed.startsWith('{') ? compactOf(packed) : flattenedOf(packed)
}

/**
 * Returns the compact form of a JWS or JWE, whichever of its two forms is given.
 *
 * @throws {TokenError} `token_malformed`.
 */
export function compactSerializationOf(text: string): string {
  const packed = text.replaceAll(/\s/g, '')
  return packed.startsWith('{') ? compactOf(packed) : packed
}

/**
 * Returns the flattened JSON of a compact JWS or JWE on one line, without empty members.
 *
 * @throws {TokenError} `token_malformed`.
 */
export function flattenedOf(compact: string): string {
  const parts = compact.split('.')
  const form = [jwsForm, jweForm].find((each) => each.compact.length === parts.length)
  if (form === undefined || !/^[\w-]+(\.[\w-]*)+$/.test(compact)) {
    throw malformed('compact JWS format must have three parts')
  }
  const entries = form.flattened.map(
    (name) => [name, parts[form.compact.indexOf(name)] ?? ''] as const,
  )
  return JSON.stringify(Object.fromEntries(entries.filter(([, text]) => text !== '')))
}

function compactOf(json: string): string {
  const members = oneRecipient(parseObject(json))
  const form = 'ciphertext' in members || 'tag' in members ? jweForm : jwsForm
  for (const [name, value] of Object.entries(members)) {
    if (!form.compact.includes(name)) {
      throw malformed(`its member ${JSON.stringify(name)} has no place in the compact form`)
    }
    if (typeof value !== 'string' || !/^[\w-]*$/.test(value)) {
      throw malformed(`its member "${name}" is not base64url`)
    }
  }
  const missing = form.required.find((name) => (members[name] ?? '') === '')
  if (missing !== undefined) throw malformed(`it has no member "${missing}"`)
  return form.compact.map((name) => members[name] ?? '').join('.')
}

/** JSON of one signature or recipient says the same as flattened JSON (RFC 7515 §7.2.2). */
function oneRecipient({ signatures, recipients, ...shared }: JsonObject): JsonObject {
  const parts = signatures ?? recipients
  if (parts === undefined) return shared
  const [part] = Array.isArray(parts) ? parts : []
  if (!Array.isArray(parts) || parts.length !== 1 || !isJsonObject(part)) {
    throw malformed('only one signature or recipient has a compact form')
  }
  return { ...shared, ...part }
}

function parseObject(json: string): JsonObject {
  try {
    return parseJsonObject(Buffer.from(json, 'utf8'))
  } catch (cause) {
    if (!(cause instanceof JsonSyntaxError)) throw cause
    throw malformed(cause.message, cause)
  }
}

function malformed(reason: string, cause?: unknown): TokenError {
  return new TokenError('token_malformed', `error parsing data: ${reason}`, { cause })
}

/** The members in the order of each form. */
const jwsForm: Form = {
  compact: ['protected', 'payload', 'signature'],
  flattened: ['payload', 'protected', 'signature'],
  required: ['protected', 'signature'],
}
const jweForm: Form = {
  compact: ['protected', 'encrypted_key', 'iv', 'ciphertext', 'tag'],
  flattened: ['protected', 'encrypted_key', 'iv', 'ciphertext', 'tag'],
  required: ['protected', 'iv', 'tag'],
}

interface Form {
  readonly compact: readonly string[]
  readonly flattened: readonly string[]
  /** The others may be left out: the payload of a detached signature, the key of a direct encryption. */
  readonly required: readonly string[]
}

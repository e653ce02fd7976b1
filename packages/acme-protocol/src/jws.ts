import {
  decodeBase64url,
  isJsonObject,
  type JsonObject,
  JsonSyntaxError,
  type Jws,
  parseJsonObject,
  parseJws,
  TokenError,
} from '@mayfly/jwt-tokens'
import { AcmeError } from './errors.ts'

/** A JWS in the flattened JSON serialization (RFC 7515 §7.2.2), taken apart, nothing verified. */
export type FlattenedJws = Pick<Jws, 'payload' | 'protectedHeader' | 'text'>

/**
 * Takes the body of a request apart (RFC 8555 §6.2): one signature, all of the header protected, no extension, no member
 * twice, strict base64url.
 *
 * @throws {AcmeError} `malformed`; `what` names it.
 */
export function parseFlattenedJws(octets: Uint8Array, what: string): FlattenedJws {
  return readFlattenedJws(parseJsonBody(octets, what), what)
}

/** As {@link parseFlattenedJws} for one inside another JSON value (RFC 8555 §7.3.4). */
export function readFlattenedJws(value: JsonObject, what: string): FlattenedJws {
  if (Object.hasOwn(value, 'header')) {
    throw new AcmeError('malformed', `${what} has an unprotected header, where none may be`)
  }
  if (Object.hasOwn(value, 'signatures')) {
    throw new AcmeError('malformed', `${what} has "signatures", where one "signature" is wanted`)
  }
  const parts = (['protected', 'payload', 'signature'] as const).map((name) => {
    const part = value[name]
    if (typeof part !== 'string') {
      throw new AcmeError('malformed', `${what} has no string "${name}"`)
    }
    if (decodeBase64url(part) === undefined) {
      throw new AcmeError('malformed', `"${name}" of ${what} is not base64url without padding`)
    }
    return part
  })
  try {
    return parseJws(parts.join('.'))
  } catch (cause) {
    if (!(cause instanceof TokenError)) throw cause
    throw new AcmeError('malformed', `${what} cannot be read: ${cause.message}`, { cause })
  }
}

/**
 * Reads the payload of a request as a JSON object in which no member comes twice.
 *
 * @throws {AcmeError} `malformed`.
 */
export function parsePayload(payload: Uint8Array): JsonObject {
  return parseJsonBody(payload, 'the payload')
}

/** Reads a string of a header or a payload; `undefined` when it is not there. */
export function optionalString(object: JsonObject, name: string): string | undefined {
  const value = object[name]
  if (value === undefined || typeof value === 'string') return value
  throw new AcmeError('malformed', `"${name}" is not a string`)
}

/** Reads an object of a header or a payload; `undefined` when it is not there. */
export function optionalObject(object: JsonObject, name: string): JsonObject | undefined {
  const value = object[name]
  if (value === undefined || isJsonObject(value)) return value
  throw new AcmeError('malformed', `"${name}" is not an object`)
}

/** Reads a list of objects of a payload; `undefined` when it is not there. */
export function optionalObjects(
  object: JsonObject,
  name: string,
): readonly JsonObject[] | undefined {
  const value = object[name]
  if (value === undefined) return undefined
  if (Array.isArray(value) && value.every(isJsonObject)) return value
  throw new AcmeError('malformed', `"${name}" is not a list of objects`)
}

/** Reads a list of strings of a payload; `undefined` when it is not there. */
export function optionalStrings(object: JsonObject, name: string): readonly string[] | undefined {
  const value = object[name]
  if (value === undefined) return undefined
  if (Array.isArray(value) && value.every((entry) => typeof entry === 'string')) return value
  throw new AcmeError('malformed', `"${name}" is not a list of strings`)
}

/** Reads a boolean of a payload; `false` when it is not there. */
export function optionalBoolean(object: JsonObject, name: string): boolean {
  const value = object[name] ?? false
  if (typeof value === 'boolean') return value
  throw new AcmeError('malformed', `"${name}" is neither true nor false`)
}

function parseJsonBody(octets: Uint8Array, what: string): JsonObject {
  try {
    return parseJsonObject(octets)
  } catch (cause) {
    if (!(cause instanceof JsonSyntaxError)) throw cause
    throw new AcmeError('malformed', `${what} cannot be read: ${cause.message}`, { cause })
  }
}

import { TokenError } from './errors.ts'
import { isJsonObject, type JsonObject } from './internal/json.ts'

/** The registered claims of RFC 7519 §4.1, typed. Dates are seconds since 1970, may be fractional. */
export interface RegisteredClaims {
  /** Issuer, the empty string when absent. */
  readonly iss: string
  /** Subject, the empty string when absent. */
  readonly sub: string
  /** Audience, always a list, empty when absent. */
  readonly aud: readonly string[]
  readonly exp?: number
  readonly nbf?: number
  readonly iat?: number
  readonly jti?: string
}

/** The claims of a one-time token as step writes them. */
export interface OneTimeTokenClaims extends RegisteredClaims {
  readonly sans?: readonly string[]
  /** SHA-256 of the root certificate, hexadecimal: for clients, servers ignore it. */
  readonly sha?: string
  /** Confirmation: `x5rt#S256` is the base64url SHA-256 of the certification request's DER. */
  readonly cnf?: { readonly 'x5rt#S256'?: string }
  /** Custom attributes for templates. */
  readonly user?: unknown
  /** What SSH and registration-authority tokens carry; its members are not read here. */
  readonly step?: JsonObject
}

/**
 * Types the registered claims of a payload.
 *
 * @throws {TokenError} `token_claim_malformed`.
 */
export function readRegisteredClaims(payload: JsonObject): RegisteredClaims {
  return {
    iss: readString(payload, 'iss') ?? '',
    sub: readString(payload, 'sub') ?? '',
    aud: typeof payload.aud === 'string' ? [payload.aud] : (readStrings(payload, 'aud') ?? []),
    ...optional('exp', readDate(payload, 'exp')),
    ...optional('nbf', readDate(payload, 'nbf')),
    ...optional('iat', readDate(payload, 'iat')),
    ...optional('jti', readString(payload, 'jti')),
  }
}

/**
 * Types the claims of a one-time token.
 *
 * @throws {TokenError} `token_claim_malformed`.
 */
export function readClaims(payload: JsonObject): OneTimeTokenClaims {
  return {
    ...readRegisteredClaims(payload),
    ...optional('sans', readStrings(payload, 'sans')),
    ...optional('sha', readString(payload, 'sha')),
    ...optional('cnf', readConfirmation(payload)),
    ...optional('user', payload.user),
    ...optional('step', readObject(payload, 'step')),
  }
}

function readString(payload: JsonObject, name: string): string | undefined {
  const value = payload[name]
  if (value === undefined || typeof value === 'string') return value
  throw malformed(name, 'a string')
}

function readStrings(payload: JsonObject, name: string): readonly string[] | undefined {
  const value = payload[name]
  // Go writes a nil slice as null.
  if (value === undefined || value === null) return undefined
  if (Array.isArray(value) && value.every((entry) => typeof entry === 'string')) return value
  throw malformed(name, 'an array of strings')
}

/** RFC 7519 §2, NumericDate. JSON has no infinity, but 1e999 reads as one. */
function readDate(payload: JsonObject, name: string): number | undefined {
  const value = payload[name]
  if (value === undefined || (typeof value === 'number' && Number.isFinite(value))) return value
  throw malformed(name, 'a finite number')
}

function readObject(payload: JsonObject, name: string): JsonObject | undefined {
  const value = payload[name]
  if (value === undefined || value === null) return undefined
  if (isJsonObject(value)) return value
  throw malformed(name, 'an object')
}

function readConfirmation(payload: JsonObject): OneTimeTokenClaims['cnf'] {
  const confirmation = readObject(payload, 'cnf')
  if (confirmation === undefined) return undefined
  return optional('x5rt#S256', readString(confirmation, 'x5rt#S256'))
}

function optional<Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): { readonly [member in Name]?: Value } {
  return value === undefined ? {} : ({ [name]: value } as { readonly [member in Name]?: Value })
}

function malformed(name: string, wanted: string): TokenError {
  return new TokenError('token_claim_malformed', `claim ${name} is not ${wanted}`)
}

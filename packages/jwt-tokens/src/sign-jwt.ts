import { type Ambient, toNumericDate } from './create-token.ts'
import type { TokenError } from './errors.ts'
import { definedMembers } from './internal/defined-members.ts'
import { isJsonObject, type JsonObject, JsonSyntaxError, parseJsonObject } from './internal/json.ts'
import { optionRefusal, selectToolKey, type ToolKeyOptions } from './internal/tool-key.ts'
import { importToolSigningKey } from './internal/tool-signing-key.ts'
import { signCompact } from './signing-key.ts'

/** The flags of `jwt sign`; dates are seconds since 1970. */
export interface SignJwtOptions extends ToolKeyOptions, Ambient {
  /** JSON object whose members come before those of the other options. */
  readonly payload?: string | undefined
  readonly issuer?: string | undefined
  readonly subject?: string | undefined
  readonly audiences?: readonly string[] | undefined
  readonly expiration?: number | undefined
  /** By default now. */
  readonly notBefore?: number | undefined
  /** By default now. */
  readonly issuedAt?: number | undefined
  /** By default 64 random hexadecimal digits; 40 for the empty string. */
  readonly jwtId?: string | undefined
  /** Further header members. */
  readonly headers?: JsonObject | undefined
  /** Leaves `kid` out. */
  readonly omitsKeyId?: boolean | undefined
  /** Issuer, audience, subject and expiration need not be given, and may be in the past. */
  readonly subtle?: boolean | undefined
}

/**
 * Signs a token as `jwt sign` does: claims and header sorted by name, one audience as a string.
 * A MAC (HS256 and the like) is made with a secret key alone.
 *
 * @throws {TokenError} worded as the command line shows it; `option_invalid` for flags that
 * contradict each other or are missing.
 */
export async function signJwt(options: SignJwtOptions): Promise<string> {
  const key = selectToolKey(options)
  const { algorithm, keyId, key: signingKey } = importToolSigningKey(key, options.algorithm)
  assertOptions(options)
  const kid = options.omitsKeyId === true ? undefined : keyId
  const header = definedMembers({ typ: 'JWT', ...options.headers, alg: algorithm, kid })
  return signCompact(
    { ...sortMembers(header), alg: algorithm },
    sortMembers({ ...createClaims(options), ...parsePayload(options.payload) }),
    signingKey,
  )
}

function assertOptions(options: SignJwtOptions): void {
  if (options.subtle === true) return
  const { issuer, audiences, subject, expiration } = options
  if (issuer === undefined || issuer === '') throw requiredOption('--iss')
  if (audiences === undefined || audiences.length === 0) throw requiredOption('--aud')
  if (subject === undefined || subject === '') throw requiredOption('--sub')
  if (expiration === undefined) throw requiredOption('--exp')
  if (expiration <= options.now().getTime() / 1000) {
    throw optionRefusal("flag '--exp' must be in the future unless the '--subtle' flag is provided")
  }
}

function createClaims(options: SignJwtOptions): JsonObject {
  const { issuer, subject, audiences = [], expiration, jwtId } = options
  const now = toNumericDate(options.now())
  return definedMembers({
    iss: issuer === '' ? undefined : issuer,
    sub: subject === '' ? undefined : subject,
    aud: audiences.length > 1 ? audiences : audiences[0],
    exp: expiration,
    nbf: options.notBefore ?? now,
    iat: options.issuedAt ?? now,
    jti: jwtId === undefined || jwtId === '' ? drawJwtId(options) : jwtId,
  })
}

function drawJwtId({ jwtId, random }: SignJwtOptions): string {
  return Buffer.from(random(jwtId === '' ? 20 : 32)).toString('hex')
}

function parsePayload(text: string | undefined): JsonObject {
  if (text === undefined) return {}
  try {
    return parseJsonObject(Buffer.from(text, 'utf8'))
  } catch (cause) {
    if (!(cause instanceof JsonSyntaxError)) throw cause
    throw optionRefusal(`error decoding JSON from STDIN: ${cause.message}`)
  }
}

/** Sorts members by name at every depth, as Go writes a map. */
function sortMembers(value: JsonObject): JsonObject {
  const names = Object.keys(value).sort()
  return Object.fromEntries(names.map((name) => [name, sortNested(value[name])]))
}

function sortNested(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortNested)
  return isJsonObject(value) ? sortMembers(value) : value
}

function requiredOption(flag: string): TokenError {
  return optionRefusal(`flag '${flag}' is required unless '--subtle' is used`)
}

import { createHash, createPublicKey, type KeyObject } from 'node:crypto'
import { TokenError } from './errors.ts'
import { decodeBase64url } from './internal/base64url.ts'
import { definedMembers } from './internal/defined-members.ts'
import { isJsonObject, type JsonObject, JsonSyntaxError, parseJsonObject } from './internal/json.ts'

/** A public JSON Web Key, RFC 7517. Written in step's member order: use, kty, kid, crv, alg, x, y. */
export type PublicJwk = {
  readonly use?: string | undefined
  readonly kty: string
  readonly kid?: string | undefined
  readonly crv?: string | undefined
  readonly alg?: string | undefined
  readonly x?: string | undefined
  readonly y?: string | undefined
  readonly n?: string | undefined
  readonly e?: string | undefined
  readonly key_ops?: readonly string[] | undefined
}

/** A private JSON Web Key: the public members, `d`, and for RSA the factors. */
export type PrivateJwk = PublicJwk & {
  readonly d: string
  readonly p?: string | undefined
  readonly q?: string | undefined
  readonly dp?: string | undefined
  readonly dq?: string | undefined
  readonly qi?: string | undefined
}

/** A symmetric JSON Web Key. */
export type SecretJwk = PublicJwk & { readonly kty: 'oct'; readonly k: string }

/** Any JSON Web Key this package reads. */
export type Jwk = PublicJwk | PrivateJwk | SecretJwk

/** A JSON Web Key Set, RFC 7517 §5. */
export type JwkSet = { readonly keys: readonly Jwk[] }

/**
 * Parses the JSON text of one key and checks the types and spelling of its members.
 *
 * @throws {TokenError} `key_malformed`.
 */
export function parseJwk(text: string): Jwk {
  return readJwk(parseKeyJson(text))
}

/**
 * Parses the JSON text of a key set.
 *
 * @throws {TokenError} `key_malformed`.
 */
export function parseJwkSet(text: string): JwkSet {
  const { keys } = parseKeyJson(text)
  if (!Array.isArray(keys) || !keys.every(isJsonObject)) {
    throw new TokenError('key_malformed', 'key set has no array "keys" of objects')
  }
  return { keys: keys.map(readJwk) }
}

/** True for a key that holds a private part. */
export function isPrivateJwk(jwk: Jwk): jwk is PrivateJwk {
  return 'd' in jwk && typeof jwk.d === 'string'
}

/** True for a symmetric key. */
export function isSecretJwk(jwk: Jwk): jwk is SecretJwk {
  return jwk.kty === 'oct'
}

/** Returns the public members of a key in step's order, without private ones. */
export function publicJwkOf(jwk: Jwk): PublicJwk {
  const { use, kty, kid, crv, alg, n, e, x, y, key_ops } = jwk
  return definedMembers({ use, kty, kid, crv, alg, n, e, x, y, key_ops })
}

/**
 * Returns the SHA-256 thumbprint of a key, base64url, RFC 7638: what step uses as `kid`.
 *
 * @throws {TokenError} `key_malformed` when a member that the thumbprint needs is missing.
 */
export function jwkThumbprint(key: PublicJwk | KeyObject): string {
  const jwk = 'kty' in key ? key : jwkOfKeyObject(key)
  const names = thumbprintMembers.get(jwk.kty)
  if (names === undefined) {
    throw new TokenError('key_malformed', `key type ${JSON.stringify(jwk.kty)} is not supported`)
  }
  const members = names.map((name) => {
    const value = jwk[name]
    if (value === undefined) throw new TokenError('key_malformed', `key has no member "${name}"`)
    return [name, value] as const
  })
  return createHash('sha256')
    .update(JSON.stringify(Object.fromEntries(members)))
    .digest('base64url')
}

/** Checks the shape of a key that came from outside: types, and strict base64url of its numbers. */
function readJwk(value: JsonObject): Jwk {
  const jwk: Record<string, unknown> = {}
  for (const name of textMembers) {
    const member = value[name]
    if (member === undefined) continue
    if (typeof member !== 'string') throw malformedMember(name, 'a string')
    jwk[name] = member
  }
  for (const name of octetMembers) {
    const member = value[name]
    if (member === undefined) continue
    if (typeof member !== 'string' || !decodeBase64url(member))
      throw malformedMember(name, 'base64url')
    jwk[name] = member
  }
  if (value.key_ops !== undefined) {
    const operations = value.key_ops
    if (!Array.isArray(operations) || !operations.every((entry) => typeof entry === 'string')) {
      throw malformedMember('key_ops', 'an array of strings')
    }
    jwk.key_ops = operations
  }
  if (typeof jwk.kty !== 'string') throw malformedMember('kty', 'a string')
  if (jwk.kty === 'oct' && typeof jwk.k !== 'string') throw malformedMember('k', 'base64url')
  return jwk as Jwk
}

function malformedMember(name: string, wanted: string): TokenError {
  return new TokenError('key_malformed', `member "${name}" of the key is not ${wanted}`)
}

function parseKeyJson(text: string): JsonObject {
  try {
    return parseJsonObject(Buffer.from(text, 'utf8'))
  } catch (cause) {
    if (!(cause instanceof JsonSyntaxError)) throw cause
    throw new TokenError('key_malformed', `key cannot be read: ${cause.message}`, { cause })
  }
}

/** The public half of a key of `node:crypto` as a JWK. */
export function jwkOfKeyObject(key: KeyObject): PublicJwk {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key
  const { kty = '', crv, x, y, n, e } = publicKey.export({ format: 'jwk' })
  return { kty, crv, x, y, n, e }
}

/** RFC 7638 §3.2 and RFC 8037 §2, in the order they are hashed. */
const thumbprintMembers: ReadonlyMap<string, readonly ('crv' | 'e' | 'kty' | 'n' | 'x' | 'y')[]> =
  new Map<string, readonly ('crv' | 'e' | 'kty' | 'n' | 'x' | 'y')[]>([
    ['EC', ['crv', 'kty', 'x', 'y']],
    ['OKP', ['crv', 'kty', 'x']],
    ['RSA', ['e', 'kty', 'n']],
  ])

const textMembers = ['use', 'kty', 'kid', 'crv', 'alg'] as const
const octetMembers = ['n', 'e', 'x', 'y', 'd', 'p', 'q', 'dp', 'dq', 'qi', 'k'] as const

import { TokenError } from './errors.ts'
import { decodeBase64url } from './internal/base64url.ts'
import { type JsonObject, JsonSyntaxError, parseJsonObject } from './internal/json.ts'
import type { Jwk, JwkSet } from './jwk.ts'
import { verifySignature } from './signature.ts'
import {
  importVerificationKey,
  selectKey,
  type VerificationKey,
  type VerificationKeyOptions,
} from './verification-key.ts'

/** The protected header of a JWS, RFC 7515 §4.1. */
export type JwsHeader = JsonObject & { readonly alg: string; readonly kid?: string }

/** A compact JWS taken apart, nothing verified. */
export interface Jws {
  readonly protectedHeader: JwsHeader
  readonly payload: Uint8Array
  readonly signature: Uint8Array
  /** `protected.payload` as received: what is signed. */
  readonly signingInput: string
  readonly text: string
}

/** Longest text accepted, in characters: a renewal token carries a chain, nothing carries more. */
export const maximumTokenLength: number = 64 * 1024

/**
 * Takes a compact JWS apart (RFC 7515 §7.1) without verifying it: three parts of strict base64url,
 * a header that is a JSON object without repeated members, and no extension (`crit`, `b64`), as
 * none is understood.
 *
 * @throws {TokenError} `token_malformed`.
 */
export function parseJws(text: string): Jws {
  const jws = splitJws(text)
  assertNoExtensions(jws.protectedHeader)
  return jws
}

/**
 * Verifies the signature of a compact JWS, and nothing else: a token's claims are the business of
 * `verifyToken`.
 *
 * Only asymmetric algorithms are allowed unless the caller names others; the key binds further
 * (see {@link importVerificationKey}). From a set, the key is the one that the header's `kid` names.
 *
 * @throws {TokenError} `token_malformed`, `token_algorithm_not_allowed`, `token_signature_invalid`,
 * `key_malformed` or `key_not_found`.
 */
export async function verifyJws(
  text: string,
  key: VerificationKey | Jwk | JwkSet,
  options: VerificationKeyOptions = {},
): Promise<Jws> {
  const jws = parseJws(text)
  await verifyJwsSignature(jws, resolveKey(jws, key, options))
  return jws
}

/** The signature check under every verification of this package. */
export async function verifyJwsSignature(
  { protectedHeader: { alg }, signingInput, signature }: Omit<Jws, 'payload' | 'text'>,
  { key, algorithms }: VerificationKey,
): Promise<void> {
  const algorithm = algorithms.find((name) => name === alg)
  if (algorithm === undefined) {
    throw new TokenError(
      'token_algorithm_not_allowed',
      `algorithm ${JSON.stringify(alg)} is not allowed, the key allows ${algorithms.join(', ')}`,
    )
  }
  if (!(await verifySignature(algorithm, key, signingInput, signature))) {
    throw new TokenError('token_signature_invalid', 'signature does not verify')
  }
}

/** {@link parseJws} without the refusal of extensions, for callers that word it themselves. */
export function splitJws(text: string, maximumLength: number = maximumTokenLength): Jws {
  if (text.length > maximumLength) {
    throw malformed(`has ${text.length} characters, more than ${maximumLength}`)
  }
  const parts = text.split('.')
  const [header, payload, signature] = parts
  if (
    header === undefined ||
    payload === undefined ||
    signature === undefined ||
    parts.length > 3
  ) {
    throw new TokenError('token_malformed', 'compact JWS format must have three parts')
  }
  return {
    protectedHeader: readHeader(decodePart(header, 'header')),
    payload: decodePart(payload, 'payload'),
    signature: decodePart(signature, 'signature'),
    signingInput: `${header}.${payload}`,
    text,
  }
}

/** RFC 7515 §4.1.11: an extension that is not understood makes the JWS invalid. */
export function assertNoExtensions(header: JwsHeader): void {
  if (header.crit !== undefined) {
    throw new TokenError('token_malformed', 'unrecognized critical headers (crit)')
  }
  if (header.b64 !== undefined) {
    throw malformed('header has "b64", an unencoded payload is not supported')
  }
}

function resolveKey(
  { protectedHeader: { kid } }: Jws,
  key: VerificationKey | Jwk | JwkSet,
  options: VerificationKeyOptions,
): VerificationKey {
  if ('key' in key) return key
  return importVerificationKey('keys' in key ? selectKey(key, kid) : key, options)
}

function decodePart(text: string, name: string): Uint8Array {
  const octets = decodeBase64url(text)
  if (octets === undefined) throw malformed(`${name} is not base64url`)
  return octets
}

function readHeader(octets: Uint8Array): JwsHeader {
  const header = parseTokenJson(octets, 'header')
  const { alg, kid } = header
  if (typeof alg !== 'string') throw malformed('header has no string "alg"')
  if (kid !== undefined && typeof kid !== 'string')
    throw malformed('header has a "kid" that is not a string')
  return header as JwsHeader
}

/** Parses the JSON of a header or a payload, with the package's error. */
export function parseTokenJson(octets: Uint8Array, name: string): JsonObject {
  try {
    return parseJsonObject(octets)
  } catch (cause) {
    if (!(cause instanceof JsonSyntaxError)) throw cause
    throw new TokenError('token_malformed', `token ${name} cannot be read: ${cause.message}`, {
      cause,
    })
  }
}

function malformed(reason: string): TokenError {
  return new TokenError('token_malformed', `token ${reason}`)
}

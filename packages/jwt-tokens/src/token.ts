import { createHash } from 'node:crypto'
import { type OneTimeTokenClaims, readClaims } from './claims.ts'
import { TokenError } from './errors.ts'
import { decodeBase64 } from './internal/base64url.ts'
import type { JsonObject } from './internal/json.ts'
import { type JwsHeader, parseJws, parseTokenJson } from './jws.ts'

/** A token taken apart and typed, nothing verified: good for finding the provisioner, no more. */
export interface ParsedToken {
  readonly protectedHeader: JwsHeader
  readonly claims: OneTimeTokenClaims
  /** All members of the payload as they came. */
  readonly payload: JsonObject
  /**
   * Certificates of the header's `x5c` (RFC 7515 §4.1.6), DER, leaf first; undefined when it has none. The leaf's key
   * signs the token, whatever the chain is worth.
   */
  readonly x5c: readonly Uint8Array[] | undefined
  /** Certificates of the header's `x5cInsecure`, of a renewal token, DER, leaf first; undefined when it has none. */
  readonly x5cInsecure: readonly Uint8Array[] | undefined
  /** `protected.payload` as received. */
  readonly signingInput: string
  readonly signature: Uint8Array
  readonly text: string
}

/**
 * Takes a token apart: a compact JWS (see `parseJws`) whose payload is a JSON object with claims
 * of the right types. Nothing is verified.
 *
 * @throws {TokenError} `token_malformed`; `token_claim_malformed` for a claim of a wrong type, such
 * as a string `exp`.
 */
export function parseToken(text: string): ParsedToken {
  const { protectedHeader, payload: octets, signingInput, signature } = parseJws(text)
  const payload = parseTokenJson(octets, 'payload')
  return {
    protectedHeader,
    claims: readClaims(payload),
    payload,
    x5c: readCertificates(protectedHeader, 'x5c'),
    x5cInsecure: readCertificates(protectedHeader, 'x5cInsecure'),
    signingInput,
    signature,
    text,
  }
}

/**
 * Returns the 32 octets by which a spent token is remembered.
 *
 * With `jti`, SHA-256 over the length of the provisioner's id (4 octets, big-endian), the id and
 * the `jti`; else SHA-256 over the signing input. Never over the signature: (r, n−s) verifies as
 * well as (r, s), and base64url is read strictly, so one token has one identity.
 */
export function tokenIdentity(token: ParsedToken, provisionerId: string): Uint8Array {
  const { jti } = token.claims
  const hash = createHash('sha256')
  if (jti === undefined || jti === '') return hash.update(token.signingInput).digest()
  const id = Buffer.from(provisionerId, 'utf8')
  const length = Buffer.alloc(4)
  length.writeUInt32BE(id.length)
  return hash.update(length).update(id).update(jti).digest()
}

/** A leaf and eight more, far beyond the deepest hierarchies. */
const maximumCertificates = 9

/** Bounded here, before any certificate is parsed: anybody can send a token. */
function readCertificates(
  header: JwsHeader,
  name: 'x5c' | 'x5cInsecure',
): readonly Uint8Array[] | undefined {
  const member = header[name]
  if (member === undefined) return undefined
  if (!Array.isArray(member) || member.length === 0) throw malformedChain(name)
  if (member.length > maximumCertificates) {
    throw new TokenError(
      'token_malformed',
      `${name} has more than ${maximumCertificates} certificates`,
    )
  }
  return member.map((entry) => {
    const octets = typeof entry === 'string' ? decodeBase64(entry) : undefined
    if (octets === undefined || octets.length === 0) throw malformedChain(name)
    return octets
  })
}

function malformedChain(name: string): TokenError {
  return new TokenError('token_malformed', `${name} is not an array of certificates in base64`)
}

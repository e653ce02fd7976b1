import type { KeyObject } from 'node:crypto'
import { matchAudience } from './audience.ts'
import type { OneTimeTokenClaims } from './claims.ts'
import { TokenError } from './errors.ts'
import { verifyJwsSignature } from './jws.ts'
import type { ParsedToken } from './token.ts'
import { importVerificationKey, type VerificationKey } from './verification-key.ts'

declare const verified: unique symbol

/** A token whose signature and claims hold. Only this module's functions make one. */
export type VerifiedToken = ParsedToken & {
  readonly claims: OneTimeTokenClaims & { readonly exp: number }
  readonly [verified]: true
}

/** What the time claims of a token are measured by. */
export interface TokenTimeLimits {
  readonly now: Date
  /** Tolerated difference of clocks, each way; 60 by default. */
  readonly leewaySeconds?: number | undefined
  /** Longest time from `iat` to `exp`; 3600 by default. */
  readonly maximumLifetimeSeconds?: number | undefined
}

/** What a one-time token must say. */
export interface ExpectedToken extends TokenTimeLimits {
  readonly issuer: string
  /** URLs of this operation; the port of a token's audience does not matter. */
  readonly audiences: readonly string[]
}

/** What a renewal token must say. */
export interface ExpectedRenewalToken extends TokenTimeLimits {
  readonly issuers: readonly string[]
  readonly audiences: readonly string[]
  /** The certificate's common name; an empty one is not compared. */
  readonly subject: string
}

/**
 * Verifies a one-time token: the signature first, then every claim. `exp` is required.
 *
 * @throws {TokenError} with the code of the first thing that does not hold.
 */
export async function verifyToken(
  token: ParsedToken,
  key: VerificationKey,
  expected: ExpectedToken,
): Promise<VerifiedToken> {
  await verifyJwsSignature(token, key)
  const { claims } = token
  assertTimes(claims, expected)
  assertIssuer(claims, [expected.issuer])
  assertAudience(claims, expected.audiences)
  if (claims.sub === '') {
    throw new TokenError('token_subject_missing', 'token has no subject (sub)')
  }
  return token as VerifiedToken
}

/**
 * Verifies the bearer token of a renewal: signed by the certificate's own key, for its common name.
 * The chain in `x5cInsecure` is the caller's to verify, before this.
 *
 * @throws {TokenError} with the code of the first thing that does not hold.
 */
export async function verifyRenewalToken(
  token: ParsedToken,
  publicKey: KeyObject,
  expected: ExpectedRenewalToken,
): Promise<VerifiedToken> {
  await verifyJwsSignature(token, importVerificationKey(publicKey))
  const { claims } = token
  if (expected.subject !== '' && claims.sub !== expected.subject) {
    throw new TokenError('token_subject_mismatch', 'invalid subject claim (sub)', {
      hint: `the token is for ${JSON.stringify(claims.sub)}, the certificate for ${JSON.stringify(expected.subject)}`,
    })
  }
  assertTimes(claims, expected)
  assertAudience(claims, expected.audiences)
  assertIssuer(claims, expected.issuers)
  return token as VerifiedToken
}

function assertTimes(
  { exp, nbf, iat }: OneTimeTokenClaims,
  { now, leewaySeconds = 60, maximumLifetimeSeconds = 3600 }: TokenTimeLimits,
): void {
  const nowSeconds = now.getTime() / 1000
  // Comparisons with NaN are all false: an invalid date would make every token timely.
  if (Number.isNaN(nowSeconds)) throw new TypeError('now is not a valid date')
  if (exp === undefined) {
    throw new TokenError('token_claim_missing', 'token has no expiry (exp)', {
      hint: 'make a token that expires',
    })
  }
  if (nbf !== undefined && nbf > nowSeconds + leewaySeconds) {
    throw new TokenError('token_not_yet_valid', 'token not valid yet (nbf)', {
      hint: `it is valid from ${formatSeconds(nbf)}; compare the clocks`,
    })
  }
  if (exp < nowSeconds - leewaySeconds) {
    throw new TokenError('token_expired', 'token is expired (exp)', {
      hint: `it expired at ${formatSeconds(exp)}; make a new one`,
    })
  }
  if (iat !== undefined && iat > nowSeconds + leewaySeconds) {
    throw new TokenError('token_issued_in_the_future', 'token issued in the future (iat)', {
      hint: `it was issued at ${formatSeconds(iat)}; compare the clocks`,
    })
  }
  // Without iat the maker's clock is unknown, so the leeway applies here too.
  if (exp > (iat ?? nowSeconds + leewaySeconds) + maximumLifetimeSeconds) {
    throw new TokenError(
      'token_lifetime_too_long',
      `token lives until ${formatSeconds(exp)}, longer than ${maximumLifetimeSeconds} seconds`,
    )
  }
}

function assertIssuer({ iss }: OneTimeTokenClaims, issuers: readonly string[]): void {
  if (iss !== '' && issuers.includes(iss)) return
  throw new TokenError('token_issuer_mismatch', 'invalid issuer claim (iss)', {
    hint: `it is ${JSON.stringify(iss)}, wanted is ${JSON.stringify(issuers)}`,
  })
}

function assertAudience({ aud }: OneTimeTokenClaims, audiences: readonly string[]): void {
  if (matchAudience(audiences, aud)) return
  throw new TokenError('token_audience_mismatch', 'invalid audience claim (aud)', {
    hint: `it is ${JSON.stringify(aud)}, wanted is one of ${JSON.stringify(audiences)}`,
  })
}

/** RFC 3339 where a `Date` reaches, else the number. */
function formatSeconds(seconds: number): string {
  const date = new Date(seconds * 1000)
  return Number.isNaN(date.getTime()) ? String(seconds) : date.toISOString()
}

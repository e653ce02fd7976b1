import type { TokenClaim } from '@mayfly/db-adapters'
import {
  type ParsedToken,
  parseToken,
  TokenError,
  tokenIdentity,
  verifyRenewalToken,
} from '@mayfly/jwt-tokens'
import { findCommonName, ProfileError, parseCertificate, publicKeyOf } from '@mayfly/x509-profiles'
import type { AuthorityState } from './authority-state.ts'
import { AuthorityError } from './errors.ts'
import { leewaySeconds, tokenAlreadyUsed } from './one-time-token.ts'
import {
  type PresentedCertificate,
  type TrustedCertificate,
  trustCertificate,
} from './presented-certificate.ts'
import { renewalHolder } from './token-maker.ts'

const clientIssuer = 'step-ca-client/1.0'
const refusalText = 'error validating renew token'

/** A renewal token that holds: the certificate it speaks for, and what it spends. */
export interface AuthorizedRenewalToken extends TrustedCertificate {
  readonly token: TokenClaim
}

/**
 * Judges the bearer token of a renewal: its chain, verified while the certificate was valid, then the signature by the
 * certificate's key, then its claims. Nothing is stored; the renewal spends it.
 *
 * @throws {AuthorityError} `renewal_token_invalid`, `token_already_used`, and as {@link trustCertificate}.
 */
export async function authorizeRenewalToken(
  state: AuthorityState,
  text: string,
): Promise<AuthorizedRenewalToken> {
  const parsed = await refusing(() => parseToken(text))
  const presented = await refusing(() => readChain(parsed))
  const { certificate } = presented
  const trusted = await trustCertificate(state, presented, lastMoment(state, presented))
  const { provisioner } = trusted
  if (provisioner === undefined) {
    throw invalid('cannot get provisioner from certificate')
  }
  const token = await refusing(() =>
    verifyRenewalToken(parsed, publicKeyOf(certificate), {
      audiences: state.audiences.renew,
      issuers: [clientIssuer, provisioner.name],
      subject: findCommonName(certificate.subject) ?? '',
      now: state.now(),
      leewaySeconds,
      maximumLifetimeSeconds: state.maximumTokenLifetimeSeconds,
    }),
  )
  const tokenId = tokenIdentity(parsed, renewalHolder(certificate))
  if (await state.store.isTokenSpent(tokenId)) throw tokenAlreadyUsed()
  return { ...trusted, token: { tokenId, expiresAt: new Date(token.claims.exp * 1000) } }
}

/** An expired certificate is judged by its last minute; one that is still valid, by now. */
function lastMoment(state: AuthorityState, { certificate }: PresentedCertificate): Date {
  const now = state.now()
  const { notBefore, notAfter } = certificate.validity
  if (now <= notAfter) return now
  return new Date(Math.max(notAfter.getTime() - 60_000, notBefore.getTime()))
}

function readChain({ x5cInsecure }: ParsedToken): PresentedCertificate {
  const [certificate, ...chain] = (x5cInsecure ?? []).map((der) => parseCertificate(der))
  if (certificate === undefined) throw invalid()
  return { certificate, chain }
}

async function refusing<Result>(work: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof TokenError) throw invalid(error.message, error)
    if (error instanceof ProfileError) throw invalid(undefined, error)
    throw error
  }
}

function invalid(reason?: string, cause?: unknown): AuthorityError {
  const message = reason === undefined ? refusalText : `${refusalText}: ${reason}`
  return new AuthorityError('renewal_token_invalid', message, { cause })
}

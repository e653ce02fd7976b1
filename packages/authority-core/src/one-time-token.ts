import {
  matchAudience,
  type ParsedToken,
  parseToken,
  tokenIdentity,
  type VerifiedToken,
  verifyToken,
} from '@mayfly/jwt-tokens'
import type { TokenUse } from './audiences.ts'
import type { AuthorityState } from './authority-state.ts'
import { AuthorityError } from './errors.ts'
import type { ReadyProvisioner } from './provisioners.ts'

/** Tolerated difference between the clocks of a token's maker and this authority, each way. */
export const leewaySeconds = 60

/** A one-time token that may be used: signed by its provisioner, every claim in order, not yet spent. */
export interface AuthorizedToken {
  readonly provisioner: ReadyProvisioner
  readonly token: VerifiedToken
  /** What the store remembers of a spent token. */
  readonly tokenId: Uint8Array
  /** When the token can no longer be used, leeway not counted. */
  readonly expiresAt: Date
}

/**
 * Judges a one-time token for one use. Nothing is stored: the token is spent by the unit of work that it pays for.
 *
 * @throws {TokenError} when the token is malformed, not signed by its provisioner, or one of its claims does not hold.
 * @throws {AuthorityError} `token_missing`, `provisioner_not_found`, `provisioner_disabled`, `token_before_start` or `token_already_used`.
 */
export async function authorizeToken(
  state: AuthorityState,
  text: string,
  use: TokenUse,
): Promise<AuthorizedToken> {
  if (text === '') throw new AuthorityError('token_missing', 'missing ott')
  const parsed = parseToken(text)
  const provisioner = findProvisioner(state, parsed)
  const token = await verifyToken(parsed, provisioner.key, {
    issuer: provisioner.name,
    audiences: state.audiences[use],
    now: state.now(),
    leewaySeconds,
    maximumLifetimeSeconds: state.maximumTokenLifetimeSeconds,
  })
  refuseTokenFromBeforeStart(state, token)
  const tokenId = tokenIdentity(parsed, provisioner.id)
  if (await state.store.isTokenSpent(tokenId)) throw tokenAlreadyUsed()
  return { provisioner, token, tokenId, expiresAt: new Date(token.claims.exp * 1000) }
}

/** The refusal of a token that was spent, found by the read before or by the commit itself. */
export function tokenAlreadyUsed(): AuthorityError {
  return new AuthorityError('token_already_used', 'token already used')
}

function findProvisioner(state: AuthorityState, { protectedHeader, claims }: ParsedToken) {
  const { sign, renew, revoke } = state.audiences
  const isMeantForUs = [sign, renew, revoke].some((accepted) => matchAudience(accepted, claims.aud))
  const provisioner = isMeantForUs
    ? state.provisioners.findByTokenId(`${claims.iss}:${protectedHeader.kid ?? ''}`)
    : undefined
  if (provisioner === undefined) {
    throw new AuthorityError(
      'provisioner_not_found',
      `provisioner not found or invalid audience (${shorten(claims.aud.join(', '))})`,
    )
  }
  if (provisioner.status !== 'ready') {
    throw new AuthorityError(
      'provisioner_disabled',
      `provisioner "${provisioner.name}" is disabled due to an initialization error`,
      { detail: provisioner.reason },
    )
  }
  return provisioner
}

/** Cuts a text that anybody can send before it goes to the log. */
function shorten(text: string): string {
  return text.length <= maximumShownLength ? text : `${text.slice(0, maximumShownLength)}…`
}

const maximumShownLength = 500

/**
 * Spent tokens that live in memory die with the process, so a token from before it may have been spent.
 * A store that outlives the process remembers, and its tokens live on. A token that does not tell when it
 * was issued counts as being as old as it may be.
 */
function refuseTokenFromBeforeStart(state: AuthorityState, { claims }: VerifiedToken): void {
  if (state.store.persistent || state.disableIssuedAtCheck) return
  const issuedAt = claims.iat ?? claims.exp - state.maximumTokenLifetimeSeconds - leewaySeconds
  if (Math.floor(issuedAt) < Math.floor(state.startedAt.getTime() / 1000)) {
    throw new AuthorityError(
      'token_before_start',
      'token issued before the bootstrap of certificate authority',
    )
  }
}

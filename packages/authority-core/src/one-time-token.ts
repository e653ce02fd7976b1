import {
  matchAudience,
  type ParsedToken,
  parseToken,
  tokenIdentity,
  type VerificationKey,
  type VerifiedToken,
  verifyToken,
} from '@mayfly/jwt-tokens'
import type { TokenUse } from './audiences.ts'
import type { AuthorityState } from './authority-state.ts'
import { AuthorityError } from './errors.ts'
import type { Trace } from './issuance-trace.ts'
import type { Provisioner, ReadyProvisioner } from './provisioners.ts'
import { credentialHolder } from './token-maker.ts'
import { type Credential, findUnrevokedSerialNumber, verifyCredential } from './x5c-credential.ts'

/** Tolerated difference between the clocks of a token's maker and this authority, each way. */
export const leewaySeconds = 60

/** A one-time token that may be used: signed by its provisioner, every claim in order, not yet spent. */
export interface AuthorizedToken {
  readonly provisioner: ReadyProvisioner
  readonly token: VerifiedToken
  /** What vouches for the key that signed the token, where that is not the provisioner's own. */
  readonly credential: Credential | undefined
  /** Serial number of the credential where its revocations are known here. */
  readonly voucher: bigint | undefined
  /** What the store remembers of a spent token. */
  readonly tokenId: Uint8Array
  /** When the token can no longer be used, leeway not counted. */
  readonly expiresAt: Date
}

/**
 * Judges a one-time token for one use. Nothing is stored: the token is spent by the unit of work that it pays for.
 *
 * @throws {TokenError} when the token is malformed, not signed by its provisioner, or one of its claims does not hold.
 * @throws {AuthorityError} `token_missing`, `provisioner_not_found`, `provisioner_disabled`, `template_invalid`, `credential_untrusted`,
 * `credential_expired`, `credential_revoked`, `token_before_start`, `token_before_restore` or `token_already_used`.
 */
export async function authorizeToken(
  state: AuthorityState,
  text: string,
  use: TokenUse,
  trace?: Trace,
): Promise<AuthorizedToken> {
  if (text === '') throw new AuthorityError('token_missing', 'missing ott')
  const parsed = parseToken(text)
  const provisioner = findProvisioner(state, parsed)
  trace?.({ check: 'provisioner', provisioner })
  const now = state.now()
  const { key, credential } = findKey(provisioner, parsed, now)
  if (credential !== undefined) trace?.({ check: 'credential', credential })
  const token = await verifyToken(parsed, key, {
    issuer: provisioner.name,
    audiences: withFragment(state.audiences[use], findFragment(parsed)),
    now,
    leewaySeconds,
    maximumLifetimeSeconds: state.maximumTokenLifetimeSeconds,
  })
  const voucher = credential && (await findUnrevokedSerialNumber(state, credential))
  refuseTokenOfLostTime(state, token)
  trace?.({ check: 'token', token })
  const tokenId = tokenIdentity(parsed, makerOf(provisioner, credential))
  if (await state.store.isTokenSpent(tokenId)) throw tokenAlreadyUsed()
  trace?.({ check: 'unspent', isKnown: state.store.persistent })
  const expiresAt = new Date(token.claims.exp * 1000)
  return { provisioner, token, credential, voucher, tokenId, expiresAt }
}

/** The refusal of a token that was spent, found by the read before or by the commit itself. */
export function tokenAlreadyUsed(): AuthorityError {
  return new AuthorityError('token_already_used', 'token already used')
}

function findProvisioner(state: AuthorityState, parsed: ParsedToken): ReadyProvisioner {
  const { claims } = parsed
  const provisioner = findNamed(state, parsed)
  if (provisioner === undefined) {
    throw new AuthorityError(
      'provisioner_not_found',
      `provisioner not found or invalid audience (${shorten(claims.aud.join(', '))})`,
      { detail: describeUnknown(state, parsed) },
    )
  }
  if (provisioner.status === 'unserved' && provisioner.hasBrokenTemplate === true) {
    throw new AuthorityError('template_invalid', provisioner.reason, { rule: provisioner.path })
  }
  if (provisioner.status !== 'ready') {
    throw new AuthorityError(
      'provisioner_disabled',
      `provisioner "${provisioner.name}" is disabled due to an initialization error`,
      { detail: provisioner.reason, rule: provisioner.path },
    )
  }
  return provisioner
}

/** What no provisioner matches: the token is another authority's, or its maker is none of this one's any more. */
function describeUnknown(state: AuthorityState, parsed: ParsedToken): string {
  if (!isMeantForUs(state, parsed)) {
    return 'the token is for another authority: its audience holds none of dnsNames'
  }
  const fragment = findFragment(parsed)
  if (fragment !== undefined) {
    return `no provisioner has the name of its audience, "${shorten(fragment)}"`
  }
  const { protectedHeader, claims } = parsed
  const [issuer, kid] = [claims.iss, protectedHeader.kid ?? ''].map(shorten)
  return `no provisioner has the name of its issuer, "${issuer}", and the key "${kid}"`
}

/** A token with a fragment in its audience names its provisioner there, any other by its issuer and key. */
function findNamed(state: AuthorityState, parsed: ParsedToken): Provisioner | undefined {
  if (!isMeantForUs(state, parsed)) return undefined
  const { protectedHeader, claims } = parsed
  const fragment = findFragment(parsed)
  if (fragment === undefined) {
    return state.provisioners.findByTokenId(`${claims.iss}:${protectedHeader.kid ?? ''}`)
  }
  return (
    state.provisioners.findByFragment(fragment) ??
    state.provisioners.findByFragment(decodePercents(fragment))
  )
}

function isMeantForUs({ audiences }: AuthorityState, parsed: ParsedToken): boolean {
  const { sign, renew, revoke } = audiences
  const fragment = findFragment(parsed)
  return [sign, renew, revoke].some((accepted) =>
    matchAudience(withFragment(accepted, fragment), parsed.claims.aud),
  )
}

/** Returns the fragment of the first audience that has one, as it is written: it names a provisioner. */
export function findFragment({ claims }: ParsedToken): string | undefined {
  const audience = claims.aud.find((each) => each.includes('#'))
  return audience?.slice(audience.indexOf('#') + 1)
}

function withFragment(
  audiences: readonly string[],
  fragment: string | undefined,
): readonly string[] {
  return fragment === undefined ? audiences : audiences.map((each) => `${each}#${fragment}`)
}

/** Clients differ in whether they escape the name of a provisioner in a URL. */
export function decodePercents(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function findKey(
  provisioner: ReadyProvisioner,
  parsed: ParsedToken,
  now: Date,
): { readonly key: VerificationKey; readonly credential: Credential | undefined } {
  return provisioner.kind === 'JWK'
    ? { key: provisioner.key, credential: undefined }
    : verifyCredential(provisioner, parsed, now)
}

/** Who made a token: the provisioner, or the holder of the credential's key. */
function makerOf({ id }: ReadyProvisioner, credential: Credential | undefined): string {
  return credential === undefined ? id : credentialHolder(id, credential.certificate)
}

/** Cuts a text that anybody can send before it goes to the log. */
function shorten(text: string): string {
  return text.length <= maximumShownLength ? text : `${text.slice(0, maximumShownLength)}…`
}

const maximumShownLength = 500

/**
 * Spent tokens that live in memory die with the process, so a token from before it may have been spent.
 * A store that outlives the process remembers, and its tokens live on, unless it was filled from a backup: that one does not
 * know what was spent after it was made. A token that does not tell when it was issued counts as being as old as
 * it may be.
 */
function refuseTokenOfLostTime(state: AuthorityState, { claims }: VerifiedToken): void {
  const issuedAt = claims.iat ?? claims.exp - state.maximumTokenLifetimeSeconds - leewaySeconds
  const isBefore = (time: Date): boolean => Math.floor(issuedAt) < Math.floor(time.getTime() / 1000)
  if (state.restoredAt !== undefined && isBefore(state.restoredAt)) {
    throw new AuthorityError(
      'token_before_restore',
      'token issued before the database was restored from a backup',
    )
  }
  if (state.store.persistent || state.disableIssuedAtCheck || !isBefore(state.startedAt)) return
  throw new AuthorityError(
    'token_before_start',
    'token issued before the bootstrap of certificate authority',
  )
}

import { formatDuration, parseDuration, parseTime, type Validity } from '@mayfly/x509-profiles'
import type { ResolvedClaims } from './config/claims.ts'
import type { ClaimsLocation } from './config/claims-location.ts'
import { AuthorityError } from './errors.ts'

/**
 * A bound of a validity as a client asks for it: a time, an RFC 3339 text, a Go duration, or `''` for none.
 * A duration counts from now in `notBefore`, and from `notBefore` in `notAfter`.
 */
export type TimeValue = Date | string

/** What a validity is measured by. */
export interface ValidityLimits {
  readonly now: Date
  readonly backdateSeconds: number
  readonly claims: ResolvedClaims
  /** Where the claims stand, to be told when one of them refuses. */
  readonly claimsLocation: ClaimsLocation
  /** The validity of the certificate that vouches for the new one, which may not reach beyond it. */
  readonly credential?: Validity | undefined
}

/**
 * Returns the validity of a certificate asked for at `now`, in whole seconds.
 *
 * Without `notBefore` it starts `backdateSeconds` before `now` while its default length counts from `now`;
 * the maximum is raised by as much, and a backdated start counts towards the minimum, as in step-ca. The default
 * ends with the credential; the backdating may reach before it.
 *
 * @throws {AuthorityError} `time_malformed`, `validity_in_the_past`, `validity_inverted`, `validity_beyond_credential`,
 * `lifetime_too_short` or `lifetime_too_long`.
 */
export function chooseValidity(
  requested: { readonly notBefore?: TimeValue; readonly notAfter?: TimeValue },
  limits: ValidityLimits,
): Validity {
  const { now, backdateSeconds, claims, credential } = limits
  const start = resolve(requested.notBefore, now)
  const end = resolve(requested.notAfter, start ?? now)
  if (credential !== undefined) assertWithin(credential, start, end)
  const standardEnd = later(start ?? now, claims.defaultTlsSeconds)
  const validity = {
    notBefore: truncateToSecond(start ?? later(now, -backdateSeconds)),
    notAfter: truncateToSecond(end ?? earlierOf(standardEnd, credential?.notAfter)),
  }
  assertAllowed(validity, limits)
  return validity
}

function earlierOf(time: Date, other: Date | undefined): Date {
  return other !== undefined && other < time ? other : time
}

function assertWithin(credential: Validity, start: Date | undefined, end: Date | undefined): void {
  const rule = 'validity of the certificate in the token (x5c)'
  if (start !== undefined && start < credential.notBefore) {
    throw new AuthorityError(
      'validity_beyond_credential',
      `requested certificate notBefore (${formatTime(start)}) is before the active validity window of the provisioning credential (${formatTime(credential.notBefore)})`,
      { rule },
    )
  }
  if (end !== undefined && end > credential.notAfter) {
    throw new AuthorityError(
      'validity_beyond_credential',
      `requested certificate notAfter (${formatTime(end)}) is after the expiration of the provisioning credential (${formatTime(credential.notAfter)})`,
      { rule },
    )
  }
}

/** Drops what is finer than a second, which a certificate cannot hold. */
export function truncateToSecond(time: Date): Date {
  return new Date(Math.floor(time.getTime() / 1000) * 1000)
}

/** Writes a time as Go prints it: `2026-11-23 08:27:12 +0000 UTC`. */
export function formatTime(time: Date): string {
  return `${time.toISOString().slice(0, 19).replace('T', ' ')} +0000 UTC`
}

function assertAllowed(
  { notBefore, notAfter }: Validity,
  {
    now,
    backdateSeconds,
    claims: { minTlsSeconds, maxTlsSeconds },
    claimsLocation,
  }: ValidityLimits,
): void {
  const na = formatTime(notAfter)
  if (notAfter < truncateToSecond(now)) {
    throw new AuthorityError('validity_in_the_past', `notAfter cannot be in the past; na=${na}`)
  }
  if (notAfter < notBefore) {
    const message = `notAfter cannot be before notBefore; na=${na}, nb=${formatTime(notBefore)}`
    throw new AuthorityError('validity_inverted', message)
  }
  const milliseconds = notAfter.getTime() - notBefore.getTime()
  const maximum = (maxTlsSeconds + backdateSeconds) * 1000
  const text = `requested duration of ${formatDuration(milliseconds)}`
  if (milliseconds < minTlsSeconds * 1000) {
    throw new AuthorityError(
      'lifetime_too_short',
      `${text} is less than the authorized minimum certificate duration of ${formatDuration(minTlsSeconds * 1000)}`,
      { rule: claimsLocation.minTlsSeconds },
    )
  }
  if (milliseconds > maximum) {
    throw new AuthorityError(
      'lifetime_too_long',
      `${text} is more than the authorized maximum certificate duration of ${formatDuration(maximum)}`,
      { rule: claimsLocation.maxTlsSeconds },
    )
  }
}

/** No time or duration that means anything is longer; what is wrong with a text is told to the log. */
const maximumLength = 100

function resolve(value: TimeValue | undefined, from: Date): Date | undefined {
  if (value === undefined || value === '') return undefined
  const time = typeof value === 'string' ? parse(value, from) : value
  const year = time.getUTCFullYear()
  if (Number.isNaN(year) || year < 0 || year > 9999) throw malformed(String(value))
  return time
}

function parse(text: string, from: Date): Date {
  if (text.length > maximumLength) throw malformed(`${text.slice(0, maximumLength)}…`)
  const time = parseTime(text)
  if (time !== undefined) return time
  try {
    return new Date(from.getTime() + parseDuration(text))
  } catch (cause) {
    throw malformed(text, cause)
  }
}

function malformed(text: string, cause?: unknown): AuthorityError {
  return new AuthorityError('time_malformed', 'error decoding json', {
    cause,
    detail: `"${text}" is neither an RFC 3339 time nor a duration`,
  })
}

function later(time: Date, seconds: number): Date {
  return new Date(time.getTime() + seconds * 1000)
}

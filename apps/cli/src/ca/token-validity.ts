import { formatDuration, parseTimeOrDuration } from '@mayfly/x509-profiles'
import { CommandError, durationHint, flagValueInvalid } from '../framework/errors.ts'

/** When a one-time token is made and good. */
export interface TokenValidity {
  readonly issuedAt: Date
  readonly notBefore: Date
  readonly notAfter: Date
}

/**
 * Reads a token's validity: five minutes from now unless the flags say otherwise.
 *
 * @throws {CommandError} `flag_invalid` for what is no time or duration; `token_unfit` for less than ten seconds,
 * more than an hour, or a start more than half an hour ahead.
 */
export function parseTokenValidity(
  flags: { readonly 'not-before': string | undefined; readonly 'not-after': string | undefined },
  now: Date,
): TokenValidity {
  const notBefore = parseTimeFlag('not-before', flags['not-before'], now) ?? now
  const notAfter =
    parseTimeFlag('not-after', flags['not-after'], now) ??
    new Date(notBefore.getTime() + defaultLifetime)
  const lifetime = notAfter.getTime() - notBefore.getTime()
  const delay = notBefore.getTime() - now.getTime()
  if (lifetime <= 0) {
    throw refusal(`nbf < exp: nbf=${notBefore.toISOString()}, exp=${notAfter.toISOString()}`)
  }
  if (delay > maximumDelay) {
    throw refusal(
      `requested validity delay is too long: 'requested validity delay'=${formatDuration(delay)}, 'max validity delay'=30m0s`,
    )
  }
  if (lifetime < minimumLifetime) {
    throw refusal(
      `requested token validity is too short: 'requested token validity'=${formatDuration(lifetime)}, 'minimum token validity'=10s`,
    )
  }
  if (lifetime > maximumLifetime) {
    throw refusal(
      `requested token validity is too long: 'requested token validity'=${formatDuration(lifetime)}, 'maximum token validity'=1h0m0s`,
    )
  }
  return { issuedAt: now, notBefore, notAfter }
}

/**
 * Reads a flag that takes a time or a duration from now.
 *
 * @throws {CommandError} `flag_invalid`
 */
export function parseTimeFlag(flag: string, text: string | undefined, now: Date): Date | undefined {
  if (text === undefined) return undefined
  try {
    return parseTimeOrDuration(text, now)
  } catch {
    throw flagValueInvalid(flag, text, { hint: `${durationHint}, times as 2026-11-23T12:00:00Z` })
  }
}

function refusal(message: string): CommandError {
  return new CommandError('token_unfit', message)
}

const defaultLifetime = 5 * 60_000
const minimumLifetime = 10_000
const maximumLifetime = 3_600_000
const maximumDelay = 30 * 60_000

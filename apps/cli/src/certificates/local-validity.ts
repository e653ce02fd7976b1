import type { Validity } from '@mayfly/x509-profiles'
import { parseTimeFlag } from '../ca/token-validity.ts'
import { CommandError } from '../framework/errors.ts'

/** The flags by which the validity of a certificate made here is chosen. */
export const localValidityFlags = {
  'not-before': {
    type: 'text',
    value: 'time|duration',
    help: 'When the validity starts: RFC 3339, or a duration from now; now if left out.',
  },
  'not-after': {
    type: 'text',
    value: 'time|duration',
    help: 'When the validity ends: RFC 3339, or a duration from now; a day for leaves, ten years for CAs if left out.',
  },
} as const

/** What goes for a bound that no flag gives. */
export interface ValidityBounds {
  readonly notBefore?: Date | undefined
  readonly notAfter?: Date | undefined
}

/**
 * Returns the validity that the flags ask for, or a template where they do not; both durations count from now.
 *
 * @throws {CommandError} `flag_invalid`; `flag_conflict` when it would end before it starts.
 */
export function chosenValidity(
  flags: { readonly 'not-before': string | undefined; readonly 'not-after': string | undefined },
  { now, isAuthority }: { readonly now: Date; readonly isAuthority: boolean },
  bounds: ValidityBounds = {},
): Validity {
  const notBefore = parseTimeFlag('not-before', flags['not-before'], now) ?? bounds.notBefore ?? now
  const lifetime = isAuthority ? authorityLifetime : leafLifetime
  const notAfter =
    parseTimeFlag('not-after', flags['not-after'], now) ??
    bounds.notAfter ??
    new Date(notBefore.getTime() + lifetime)
  if (notAfter > notBefore) return { notBefore, notAfter }
  throw new CommandError(
    'flag_conflict',
    `flag '--not-before ${flags['not-before'] ?? notBefore.toISOString()}' is incompatible with flag '--not-after ${flags['not-after'] ?? notAfter.toISOString()}'`,
  )
}

const leafLifetime = 24 * 3_600_000
const authorityLifetime = 3650 * 24 * 3_600_000

import type { Validity } from '@mayfly/x509-profiles'

/** Draws so many octets. */
export type RandomBytes = (length: number) => Uint8Array

export interface RenewalPlan {
  /** Of the certificate in use. */
  readonly validity: Validity
  readonly now: Date
  /** Renew when this much of the lifetime is left; by default a third of it. */
  readonly expiresInMilliseconds?: number | undefined
  /** Renew so long from now instead, whatever is left. */
  readonly renewPeriodMilliseconds?: number | undefined
  readonly random: RandomBytes
}

/**
 * Returns how long to wait before the certificate is renewed, in whole milliseconds: from 0 (at once) to
 * the time that is left.
 *
 * Up to a twentieth of the lifetime is taken off at random, so that certificates issued together are
 * not renewed together. By default that is between 61.7 % and 66.7 % of the lifetime.
 */
export function renewalDelayMilliseconds({
  validity: { notBefore, notAfter },
  now,
  expiresInMilliseconds,
  renewPeriodMilliseconds,
  random,
}: RenewalPlan): number {
  const lifetime = lifetimeOf({ notBefore, notAfter })
  const remaining = notAfter.getTime() - now.getTime()
  if (renewPeriodMilliseconds !== undefined) {
    return remaining <= renewPeriodMilliseconds ? 0 : Math.max(0, renewPeriodMilliseconds)
  }
  const latest = Math.min(remaining, remaining - (expiresInMilliseconds ?? lifetime / 3))
  if (latest <= 0) return 0
  const jitter = lifetime * jitterShare
  const fraction = drawFraction(random)
  return Math.floor(latest < jitter ? latest * fraction : latest - jitter * fraction)
}

/**
 * Tells whether less than `expiresInMilliseconds` of the lifetime is left, give or take: up to a
 * twentieth more counts, drawn at random, so that jobs started together do not renew together.
 */
export function isRenewalDue({
  notAfter,
  now,
  expiresInMilliseconds,
  random,
}: {
  readonly notAfter: Date
  readonly now: Date
  readonly expiresInMilliseconds: number
  readonly random: RandomBytes
}): { readonly due: boolean; readonly remainingMilliseconds: number } {
  const remainingMilliseconds = notAfter.getTime() - now.getTime()
  const jitter = expiresInMilliseconds * jitterShare * drawFraction(random)
  return { due: remainingMilliseconds <= expiresInMilliseconds + jitter, remainingMilliseconds }
}

/**
 * Returns how long after a failure to try again, in milliseconds: about a minute, or a tenth of a lifetime under ten
 * minutes; give or take a fifth, at random, and a second at least.
 */
export function retryDelayMilliseconds(
  validity: Validity | undefined,
  random: RandomBytes,
): number {
  const interval = Math.min(minute, validity === undefined ? minute : lifetimeOf(validity) / 10)
  return Math.max(second, Math.floor(interval * (0.8 + 0.4 * drawFraction(random))))
}

/**
 * Returns how long after a renewal the next may begin, in milliseconds: a tenth of the lifetime and up to half as much more,
 * at random, or the period where a shorter one is asked for; a second at least. Options and clocks that would have it sooner
 * would have it again and again.
 */
export function leastGapMilliseconds({
  validity,
  renewPeriodMilliseconds = Number.POSITIVE_INFINITY,
  random,
}: Omit<RenewalPlan, 'now' | 'expiresInMilliseconds'>): number {
  const tenth = (lifetimeOf(validity) / 10) * (1 + drawFraction(random) / 2)
  return Math.max(second, Math.min(tenth, renewPeriodMilliseconds))
}

function lifetimeOf({ notBefore, notAfter }: Validity): number {
  return notAfter.getTime() - notBefore.getTime()
}

const second = 1000
const minute = 60 * second
const jitterShare = 1 / 20

/** Draws from 0 to just below 1, evenly, in steps of 2⁻⁴⁸. */
function drawFraction(random: RandomBytes): number {
  return random(6).reduce((sum, octet) => (sum + octet) / 256, 0)
}

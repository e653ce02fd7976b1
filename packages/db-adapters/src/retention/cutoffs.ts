import type { RetentionRules } from './retention-store.ts'

/** What is due at a moment of the database's clock; each is in milliseconds since 1970. */
export interface Cutoffs {
  /** Certificates that ended before, and revocations of those. */
  readonly notAfter: number
  /** Revocations that were made before, whatever else. */
  readonly revokedAt: number
  /** Revocations made before, of certificates whose end nobody knows. */
  readonly endUnknown: number
  /** Spent tokens that ended before. */
  readonly tokenExpiresAt: number
  /** Audit entries written before; `undefined` where they are kept. */
  readonly auditAt: number | undefined
  /** Spent nonces that expired before. */
  readonly nonceExpiresAt: number
  /** ACME orders that expired before, or whose certificate did. */
  readonly orderEndsAt: number
}

/**
 * Returns what is due at `now`, a moment of the database's clock.
 *
 * @throws {TypeError} when a number of seconds is negative or no number: everything would be due.
 */
export function cutoffsAt(now: Date, rules: RetentionRules): Cutoffs {
  for (const [name, seconds] of Object.entries(rules)) {
    if (seconds === undefined || (seconds >= 0 && Number.isFinite(seconds))) continue
    throw new TypeError(`${name} is ${seconds}, not a number of seconds`)
  }
  const { certificatesSeconds, renewalAfterExpirySeconds, auditSeconds } = rules
  const { ordersSeconds = usualOrdersSeconds } = rules
  const keptSeconds = Math.max(certificatesSeconds, renewalAfterExpirySeconds + marginSeconds)
  const before = (seconds: number): number => Math.floor(now.getTime() - seconds * 1000)
  return {
    notAfter: before(keptSeconds),
    revokedAt: before(marginSeconds),
    endUnknown: before(longestLifeSeconds + keptSeconds),
    tokenExpiresAt: before(tokenLeewaySeconds + marginSeconds),
    auditAt: auditSeconds === undefined ? undefined : before(auditSeconds),
    nonceExpiresAt: before(nonceMarginSeconds),
    orderEndsAt: before(Math.max(ordersSeconds, marginSeconds)),
  }
}

/** Far more than the clocks of instances and of the database may differ: an instance 30 s off is not ready. */
const marginSeconds = 86_400

/** As {@link marginSeconds}; shorter, for each request of ACME spends a nonce. */
const nonceMarginSeconds = 3600

const usualOrdersSeconds = 30 * 86_400

/** A token is good for so long after its `exp`. */
const tokenLeewaySeconds = 60

/**
 * A revocation may name a certificate that neither the store nor the caller has seen: one that an authority with the same
 * key issued before it had a database, say. Nothing bounds its life but that of its issuer, which `ca init` makes for ten
 * years. A row takes a hundred octets and such rows are few, so they stay for twenty.
 */
const longestLifeSeconds = 20 * 365.25 * 86_400

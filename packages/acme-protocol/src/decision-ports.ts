import type { AcmeIdentifier } from '@mayfly/db-adapters'

/** An identifier that is not let through, and why. */
export interface IdentifierRefusal {
  readonly identifier: AcmeIdentifier
  readonly reason: string
}

/** Which identifiers the authority lets through, asked before any is proven. */
export interface IdentifierPolicy {
  /** All that are refused. A wildcard comes with its `*.`. */
  findRefusals(identifiers: readonly AcmeIdentifier[]): Promise<readonly IdentifierRefusal[]>
}

/** A limit that was reached. */
export interface LimitReached {
  /** Which limit, with its figures. */
  readonly detail: string
  readonly retryAfterSeconds: number
  /** The identifier that it is about, where it is about one. */
  readonly identifier?: AcmeIdentifier
}

/** Limits of how much one may ask for (RFC 8555 §6.6). */
export interface RateLimits {
  /** What a new order of the account with these identifiers would run into. */
  findReached(order: {
    readonly accountId: string
    readonly identifiers: readonly AcmeIdentifier[]
    readonly now: Date
  }): Promise<LimitReached | undefined>
}

/** When a certificate is to be renewed (RFC 9773 §4.2). */
export interface RenewalWindow {
  readonly start: Date
  readonly end: Date
  readonly explanationUrl?: string
}

/** Incidents for which certificates are to be renewed before their time. */
export interface Incidents {
  /** The window that an incident gives to a certificate; `undefined` when none touches it. */
  findWindow(certificate: {
    readonly serialNumber: bigint
    readonly der: Uint8Array
  }): Promise<RenewalWindow | undefined>
}

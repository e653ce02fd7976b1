import type { Lease } from '../lease.ts'

/** How long rows are kept. Every age is judged by the database's clock. */
export interface RetentionRules {
  /** How long a certificate stays after its notAfter. */
  readonly certificatesSeconds: number
  /**
   * How long after its end a certificate may be renewed. It and its revocation stay for that long and a day more, whatever
   * `certificatesSeconds` says.
   */
  readonly renewalAfterExpirySeconds: number
  /** How long an audit entry stays; for ever where it is left out. */
  readonly auditSeconds?: number
  /** How long an ACME order stays after it has expired, or its certificate has; thirty days where it is left out. */
  readonly ordersSeconds?: number
}

/** How many rows of each table. */
export interface PruneCounts {
  readonly certificates: number
  readonly revocations: number
  readonly spentTokens: number
  readonly auditEntries: number
  readonly spentNonces: number
  /** Each with all that is under it. */
  readonly orders: number
}

/** How a pruning is done. */
export interface Pruning {
  readonly rules: RetentionRules
  /** The lease under which it is done: without it any longer, nothing more is deleted. */
  readonly lease?: Pick<Lease, 'name' | 'fence'>
  /** How many rows one transaction deletes, at most; 500 by default. */
  readonly batchSize?: number
  /** How long others are let go first between two transactions; 20 by default. */
  readonly pauseMilliseconds?: number
  /** Once aborted, no further transaction begins. */
  readonly signal?: AbortSignal
  /** Told after each transaction: what has been deleted so far. */
  readonly onProgress?: (counts: PruneCounts) => void
}

/** How a pruning ended, and what was deleted by then. */
export interface PruneResult {
  readonly status: 'done' | 'lease_lost' | 'stopped'
  readonly counts: PruneCounts
}

/**
 * Deletes what has outlived its use, and nothing that could still be asked for.
 *
 * What an implementation owes:
 * - A spent token stays until a day after no instance can accept it any more.
 * - A certificate stays until a day after it can no longer be renewed, and its revocation as long as it does at least: of
 *   a certificate that was revoked there is always the revocation, or neither is there and it has long ended.
 * - A spent nonce stays until an hour after no instance can take it any more, an order as long as its certificate at least.
 * - No lock is held for long: each transaction deletes few rows, which it finds by an index.
 * - Several may prune at once, beside those who issue and revoke.
 */
export interface RetentionStore {
  /** @throws {StoreError} as `Store.commitIssuance`, and `store_unsupported` if not `Store.persistent`. */
  prune(pruning: Pruning): Promise<PruneResult>
  /** Counts what {@link RetentionStore.prune} would delete now. @throws {StoreError} */
  countDue(rules: RetentionRules): Promise<PruneCounts>
}

/** The right to do, alone among all instances, what a name stands for, until it ends. */
export interface Lease {
  readonly name: string
  readonly holder: string
  /** Greater than that of every holder before: what is written under the lease can be told from what an earlier holder wrote. */
  readonly fence: number
  /** By the clock of the database. */
  readonly expiresAt: Date
}

/** A wish for a lease. */
export interface LeaseWish {
  readonly name: string
  /** Who asks; no two instances, and no two lives of one, have the same. Not empty. */
  readonly holder: string
  /** At least 1. */
  readonly lifetimeMilliseconds: number
}

/**
 * Leases, judged by the database's clock alone: those of the holders do not matter.
 *
 * Every method rejects with a {@link StoreError}, as those of `Store`; `store_unsupported` if the store is not persistent.
 */
export interface LeaseStore {
  /**
   * Takes a lease that is free or has ended, with a new fence, or prolongs the caller's own, with the same. Returns
   * `undefined` while another holds it.
   *
   * @throws {StoreError} `commit_uncertain` when it may have been taken or prolonged: asking again finds out.
   * @throws {TypeError} when the holder is empty or the lifetime is no positive whole number.
   */
  acquireLease(wish: LeaseWish): Promise<Lease | undefined>

  /** Ends a lease at once. One that another has taken meanwhile, or that was taken anew, is left alone. */
  releaseLease(lease: Lease): Promise<void>

  /** The leases that are held now, by name. */
  listLeases(): Promise<readonly Lease[]>
}

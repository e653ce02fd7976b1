/** One state of the configuration that all instances on a database share. It never changes once it is committed. */
export interface ConfigurationRevision {
  /** 1, 2 and so on; its parent is the one before. */
  readonly number: number
  /** JSON text, to the letter as it was signed. */
  readonly document: string
  readonly author: string
  readonly comment: string
  readonly createdAt: Date
  /** Which key has signed it. */
  readonly keyId: string
  readonly signature: Uint8Array
}

/** Which part of the revisions to list. */
export interface RevisionListing {
  /** List only those before this number. */
  readonly before?: number
  /** How many at most; at least 1. */
  readonly limit: number
}

/** How the commit of a revision ended. */
export type RevisionOutcome =
  | { readonly status: 'committed' }
  /** Another revision stands under this number, or its parent is not the newest, which is `current` (0: there is none). */
  | { readonly status: 'conflict'; readonly current: number }

/**
 * The numbered revisions of the shared configuration. The newest is the one in force: units that name another
 * (`IssuanceUnit.revision`) are not committed.
 *
 * Every method rejects with a {@link StoreError}, as those of `Store`; `store_unsupported` if the store is not persistent.
 */
export interface RevisionStore {
  /** Returns the newest number, 0 where there is none; the largest safe integer for all beyond. Cheap enough to be asked several times a second. */
  findCurrentNumber(): Promise<number>

  findRevision(number: number): Promise<ConfigurationRevision | undefined>

  /** Newest first. */
  listRevisions(listing: RevisionListing): Promise<readonly ConfigurationRevision[]>

  /**
   * Commits a revision if its parent is the newest at that moment: of all that name one number, exactly one is committed.
   *
   * @throws {StoreError} `commit_uncertain` when it may have been, or may yet be; `store_busy`, `store_full`,
   * `store_read_only`, `store_unavailable` when it was not.
   * @throws {TypeError} when a value cannot be kept.
   */
  commitRevision(revision: ConfigurationRevision): Promise<RevisionOutcome>
}

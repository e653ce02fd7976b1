import type { Readable, Writable } from 'node:stream'

/** What a backup holds. */
export interface BackupSummary {
  /** When it was made, by the clock of the database that it was made of. */
  readonly createdAt: Date
  /** Which kind of database it was made of; it may be restored into any. */
  readonly kind: string
  /** How many rows of each table, by the table's plain name. */
  readonly rows: Readonly<Record<string, number>>
}

/** How far a backup or a restore has come. */
export interface BackupProgress {
  readonly rows: number
  readonly totalRows: number
}

/** A restore that was begun. */
export interface RestoreMark {
  readonly startedAt: Date
  /** `undefined` while it is under way, and for ever if it broke off. */
  readonly finishedAt: Date | undefined
  /** When the backup was made. */
  readonly backupCreatedAt: Date
}

export interface BackupOptions {
  /** Told now and then. */
  readonly onProgress?: (progress: BackupProgress) => void
  readonly signal?: AbortSignal
}

export interface RestoreOptions extends BackupOptions {
  /** Who restores, told to another who tries at the same time. Not empty, and nobody else's. */
  readonly holder: string
}

/**
 * Copies all of a store out of the database and into another one, of whatever kind: certificates, revocations, spent
 * tokens, audit entries, the shared configuration.
 *
 * Every method rejects with a {@link StoreError}, as those of `Store`; `store_unsupported` if the store is not persistent.
 */
export interface BackupStore {
  /**
   * Writes all that was committed at one moment, and ends the stream. Writers go on meanwhile. Memory stays bounded; the
   * stream says how fast it goes.
   */
  writeBackup(destination: Writable, options?: BackupOptions): Promise<BackupSummary>

  /**
   * Reads a backup to its end without keeping anything.
   *
   * @throws {StoreError} `backup_unfit` when it is none, is cut short or was altered, or a newer version made it.
   */
  verifyBackup(source: Readable): Promise<BackupSummary>

  /**
   * Fills an empty store. Each call of `open` begins the backup anew: it is read once to be verified, before anything is
   * written, and once more to be written, a few rows at a time. Until the last is in, and all have been counted,
   * {@link BackupStore.findRestore} tells of an unfinished restore, and the store must not be used. When it breaks off,
   * another call deletes what it has left and begins again.
   *
   * @throws {StoreError} `backup_unfit`; `store_not_empty`, which names what is there; `store_busy` when another
   * restores, or an instance holds a lease.
   */
  restoreBackup(open: () => Readable, options: RestoreOptions): Promise<BackupSummary>

  /** The last restore, or `undefined` if the store was never restored into. */
  findRestore(): Promise<RestoreMark | undefined>
}

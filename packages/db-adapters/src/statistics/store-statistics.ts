/** How much a store holds, and how fast it grows. */
export interface StoreStatistics {
  /** The clock of the database when this was asked. */
  readonly at: Date
  readonly tables: readonly TableStatistics[]
  /** The octets of a certificate with its token and all indexes, audit entry apart; `undefined` where there is none. */
  readonly bytesPerCertificate: number | undefined
  /** What was done lately, counted by audit entries: by the clocks of the instances, and as far as entries are kept. */
  readonly growth: { readonly lastHour: Growth; readonly lastDay: Growth }
}

/** How much a table holds. */
export interface TableStatistics {
  /** As it is called in the database. */
  readonly name: string
  readonly rows: number
  /** Whether {@link TableStatistics.rows} is what the server estimates: large tables are not counted. */
  readonly isEstimated: boolean
  /** Octets of the rows. Servers tell what they have set aside for them, which may be more, and may be some minutes old. */
  readonly tableBytes: number
  readonly indexBytes: number
  /** The times of the oldest and newest row; which time that is, `ordering` says. */
  readonly oldest: Date | undefined
  readonly newest: Date | undefined
  readonly ordering: 'at' | 'expires_at' | 'not_after' | 'revoked_at' | undefined
}

/** How many certificates were issued and revoked in a stretch of time. */
export interface Growth {
  readonly issued: number
  readonly revoked: number
}

/** Tells how much a store holds. */
export interface StatisticsReader {
  /**
   * SQLite reads the whole file for it, a second or so for a gigabyte; servers answer at once.
   *
   * @throws {StoreError} as `Store.ping`, and `store_unsupported` if not `Store.persistent`.
   */
  readStatistics(): Promise<StoreStatistics>
}

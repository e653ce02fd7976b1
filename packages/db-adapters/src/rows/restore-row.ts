/** A restore that was begun. */
export interface RestoreRow {
  /** 1 for the first. */
  number: number
  /** Both by the clock of the database. */
  started_at: number
  /** Null until all is in. */
  finished_at: number | null
  backup_created_at: number
}

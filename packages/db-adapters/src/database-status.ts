/** What a look at a database finds, which changes nothing there. */
export interface DatabaseStatus {
  /** Where it is, as it may be shown: without a password. */
  readonly address: string
  /** What serves it, as it names itself: `PostgreSQL 15.3`. */
  readonly version: string
  /** The changes of the schema that it has seen; none where no store was made yet. */
  readonly migrations: {
    readonly executed: readonly string[]
    /** Those that opening a store would run. */
    readonly pending: readonly string[]
    /** Those of a newer version: a store would not be opened. */
    readonly unknown: readonly string[]
  }
  /** Its own clock. */
  readonly clock: Date
  /** How long one question took. */
  readonly latencyMilliseconds: number
  /** What its durability hangs on, by the database's own names. */
  readonly settings: Readonly<Record<string, string>>
  /** Why a store would not be opened on it, in words fit to be shown. */
  readonly refusal: { readonly message: string; readonly hint: string | undefined } | undefined
}

/** Tells which changes of the schema are done, which are to come, and which are not known here. */
export function compareMigrations(
  known: readonly string[],
  executed: readonly string[],
): DatabaseStatus['migrations'] {
  return {
    executed,
    pending: known.filter((name) => !executed.includes(name)),
    unknown: executed.filter((name) => !known.includes(name)),
  }
}

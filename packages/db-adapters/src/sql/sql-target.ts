/** What a statement carries to a database and a row brings back: dates and flags are numbers, serial numbers octets. */
export type SqlValue = string | number | Uint8Array | null

/** A row as every database gives it: whole numbers are numbers, octets are plain `Uint8Array`s. */
export type SqlRow = Readonly<Record<string, SqlValue>>

/** One statement, compiled for the database it goes to. */
export interface SqlStatement {
  readonly sql: string
  readonly parameters: readonly SqlValue[]
  /** How many rows it must have changed or returned, or the whole script is rolled back; any number if left out. */
  readonly expect?: 'none' | 'one' | 'some'
}

/** What a statement did. */
export interface StatementResult {
  readonly rows: readonly SqlRow[]
  /** How many rows it changed or returned. A row that an `update` leaves as it is may count or not. */
  readonly count: number
}

/** How a script ended. Only after `committed` was anything written. */
export type ScriptOutcome =
  /** One result a statement. */
  | { readonly status: 'committed'; readonly results: readonly StatementResult[] }
  /** The last of these results is not what its statement expects. */
  | { readonly status: 'unmet'; readonly results: readonly StatementResult[] }
  /** A row with such a key is there already. */
  | { readonly status: 'key_taken' }

/** The three ways in which the databases differ. */
export type SqlDialect = 'mysql' | 'postgresql' | 'sqlite'

/**
 * Where statements go that are rare enough to be the same on all databases: each is written once, with a
 * `QueryCompiler`, and run here. The isolation is READ COMMITTED (SQLite: one script after the other): what must hold
 * between callers must stand in one statement or under a key, as a conditional update or an insertion.
 */
export interface SqlTarget {
  readonly dialect: SqlDialect

  /**
   * Returns the rows of one query. It sees every commit that was acknowledged before the call.
   *
   * @throws {StoreError} `store_busy`, `store_closed`, `store_corrupt`, `store_unavailable`.
   */
  read(statement: SqlStatement): Promise<readonly SqlRow[]>

  /**
   * Runs statements one after the other in one transaction, and resolves with `committed` only when all of it is on
   * stable storage. Deadlocks and serialization failures are tried again inside, up to a bound. A script may share its
   * transaction with others; each has its own outcome.
   *
   * @throws {StoreError} `commit_uncertain` when the script may have been committed, or may yet be: the caller knows what to
   * look for, or that it may be run again; `store_busy`, `store_closed`, `store_full`, `store_read_only`,
   * `store_unavailable` when it was not.
   * @throws {TypeError} when a value cannot be kept.
   */
  write(script: readonly SqlStatement[], options?: WriteOptions): Promise<ScriptOutcome>
}

/** How a script is sent to a server. */
export interface WriteOptions {
  /**
   * All at once: a script that most often is committed then needs one trip, and is run again step by step when it is not. A
   * connection that is lost at any moment leaves it uncertain, so the caller must know how to run it again.
   */
  readonly inOneTrip?: boolean
}

/** Tells whether a statement did what it must. */
export function isMet({ expect }: SqlStatement, { count }: StatementResult): boolean {
  return expect === undefined || expectations[expect](count)
}

const expectations: Record<NonNullable<SqlStatement['expect']>, (count: number) => boolean> = {
  none: (count) => count === 0,
  one: (count) => count === 1,
  some: (count) => count > 0,
}

/** Tells whether a script writes all or nothing even without a transaction of its own. */
export function isAtomic(script: readonly SqlStatement[]): boolean {
  const [only] = script
  return script.length === 1 && (only?.expect === undefined || only.expect === 'some')
}

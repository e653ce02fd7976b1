import type { SqlRow, SqlStatement } from './sql-target.ts'

/** Runs one query in a snapshot. */
export type ReadSnapshot = (statement: SqlStatement) => Promise<readonly SqlRow[]>

/** Where one moment of a database can be read, query by query, while others go on writing. */
export interface SnapshotSource {
  /**
   * Lends a connection of its own for as long as `work` takes: all that it reads was committed before the first query
   * ended, and nothing else.
   *
   * @throws {StoreError} as `SqlTarget.read`.
   */
  readSnapshot<T>(work: (read: ReadSnapshot) => Promise<T>): Promise<T>
}

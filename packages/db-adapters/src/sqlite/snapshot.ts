import { DatabaseSync } from 'node:sqlite'
import type { ReadSnapshot } from '../sql/snapshot-source.ts'
import { retryWhileBusy } from './busy-wait.ts'
import { createRunStatement } from './script.ts'
import { translateSqliteError } from './sqlite-error.ts'

/** Reads one moment of a database file on a connection of its own; see `SnapshotSource`. The log grows meanwhile. */
export async function readSnapshot<T>(
  {
    path,
    busyTimeoutMilliseconds,
  }: { readonly path: string; readonly busyTimeoutMilliseconds: number },
  work: (read: ReadSnapshot) => Promise<T>,
): Promise<T> {
  const attempt = async <R>(task: () => R): Promise<R> => {
    try {
      return await retryWhileBusy(performance.now() + busyTimeoutMilliseconds, task)
    } catch (error) {
      throw translateSqliteError(error, path)
    }
  }
  const database = await attempt(() => new DatabaseSync(path, { readOnly: true, timeout: 0 }))
  try {
    const run = createRunStatement(database)
    await attempt(() => database.exec('begin'))
    return await work((statement) => attempt(() => run(statement).rows))
  } finally {
    database.close()
  }
}

import type { ReadSnapshot } from '../sql/snapshot-source.ts'
import { translateFault } from './faults.ts'
import type { BatchTarget } from './issuance-batch.ts'
import type { ServerDatabase } from './server-database.ts'

/** Reads one moment of a database in one transaction; see `SnapshotSource`. */
export async function readSnapshot<T>(
  { database, pool }: Pick<BatchTarget, 'database' | 'pool'>,
  work: (read: ReadSnapshot) => Promise<T>,
): Promise<T> {
  return pool.use(async (connection) => {
    const attempt = async <R>(task: () => Promise<R>): Promise<R> => {
      try {
        return await task()
      } catch (error) {
        throw translateFault(database, error)
      }
    }
    try {
      for (const sql of beginnings[database.kind]) {
        await attempt(() => connection.execute({ sql, parameters: [] }))
      }
      return await work((statement) =>
        attempt(async () => (await connection.execute(statement)).rows),
      )
    } finally {
      if (connection.usable) await connection.rollback().catch(() => connection.destroy())
    }
  })
}

/** Whoever takes what is read may rest for a while: a slow disk, a full pipe. */
const beginnings: Record<ServerDatabase['kind'], readonly string[]> = {
  mysql: [
    'set transaction isolation level repeatable read',
    'start transaction with consistent snapshot, read only',
  ],
  postgresql: [
    'begin isolation level repeatable read read only',
    `set local idle_in_transaction_session_timeout = '10min'`,
  ],
}

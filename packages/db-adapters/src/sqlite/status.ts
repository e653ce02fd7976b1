import { DatabaseSync } from 'node:sqlite'
import { compareMigrations, type DatabaseStatus } from '../database-status.ts'
import { clockStatement } from '../sql/clock.ts'
import { retryWhileBusy } from './busy-wait.ts'
import { assertOurs } from './migrate.ts'
import { migrations } from './migrations/index.ts'
import { translateSqliteError } from './sqlite-error.ts'

/**
 * Looks at a database file, which must be there, and changes nothing in it.
 *
 * @throws {StoreError} `store_unavailable` when it cannot be opened; `store_corrupt` when it is damaged or no store of ours;
 * `store_busy`.
 */
export async function readSqliteStatus({
  path,
  dangerouslyAllowUnsyncedCommits = false,
}: {
  readonly path: string
  readonly dangerouslyAllowUnsyncedCommits?: boolean
}): Promise<DatabaseStatus> {
  try {
    return await retryWhileBusy(performance.now() + waitMilliseconds, () => {
      using database = new DatabaseSync(path, { readOnly: true, timeout: 0 })
      assertOurs(database, path)
      const begun = performance.now()
      const { now } = database.prepare(clockStatement('sqlite').sql).get() ?? {}
      const latencyMilliseconds = performance.now() - begun
      const { version } = database.prepare('select sqlite_version() as version').get() ?? {}
      const { journal_mode } = database.prepare('pragma journal_mode').get() ?? {}
      return {
        address: path,
        version: `SQLite ${String(version)}`,
        migrations: compareMigrations(Object.keys(migrations), findExecuted(database)),
        clock: new Date(Number(now)),
        latencyMilliseconds,
        settings: {
          journal_mode: String(journal_mode),
          // Each connection says for itself how it writes.
          synchronous: dangerouslyAllowUnsyncedCommits ? 'off' : 'full',
        },
        refusal: undefined,
      }
    })
  } catch (error) {
    throw translateSqliteError(error, path)
  }
}

function findExecuted(database: DatabaseSync): readonly string[] {
  const { found } =
    database
      .prepare(`select count(*) as found from sqlite_schema where name = 'kysely_migration'`)
      .get() ?? {}
  if (found === 0) return []
  const rows = database.prepare('select name from kysely_migration order by name').all()
  return rows.map(({ name }) => String(name))
}

const waitMilliseconds = 5000

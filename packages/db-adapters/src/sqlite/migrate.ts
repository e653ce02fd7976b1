import type { DatabaseSync } from 'node:sqlite'
import { Migrator } from 'kysely/migration'
import { StoreError } from '../errors.ts'
import { waitWhileBusy } from './busy-wait.ts'
import { createKysely } from './kysely-dialect.ts'
import { migrations } from './migrations/index.ts'

/**
 * Brings the schema up to date, all in one transaction, so that of several processes that start at once one
 * does it and the others find it done. A database that cannot be written is refused here rather than
 * at the first commit. `deadline` is by `performance.now()`.
 *
 * @throws {StoreError} `store_schema_newer` when the database holds a migration that this version does not
 * know; `store_corrupt` when it is a database of something else.
 */
export async function migrate(
  database: DatabaseSync,
  path: string,
  deadline: number,
): Promise<void> {
  waitWhileBusy(deadline, () => database.exec('begin immediate'))
  try {
    if (!isCurrent(database, path)) await runMigrations(database)
    // On what may only be read, SQLite makes the transaction a reading one, and no write is tried above.
    database.exec('delete from kysely_migration where false')
    database.exec('commit')
  } catch (error) {
    if (database.isTransaction) database.exec('rollback')
    throw error
  }
}

/** Refuses a database that is not ours before anything in it is changed. See {@link migrate}. */
export function assertOurs(database: DatabaseSync, path: string): void {
  const { application_id: id } = database.prepare('pragma application_id').get() ?? {}
  if (id === applicationId) return
  const { tables } = database.prepare('select count(*) as tables from sqlite_schema').get() ?? {}
  if (id === 0 && tables === 0) return
  throw new StoreError('store_corrupt', `${path} is the database of another application`, {
    hint: 'name another file',
  })
}

function isCurrent(database: DatabaseSync, path: string): boolean {
  const { application_id: id } = database.prepare('pragma application_id').get() ?? {}
  if (id !== applicationId) return false
  const executed = database
    .prepare('select name from kysely_migration')
    .all()
    .map(({ name }) => String(name))
  const unknown = executed.filter((name) => !Object.hasOwn(migrations, name))
  if (unknown.length > 0) {
    throw new StoreError(
      'store_schema_newer',
      `${path} was migrated by a newer version (${unknown.join(', ')})`,
      { hint: 'run the newer version' },
    )
  }
  return executed.length === Object.keys(migrations).length
}

async function runMigrations(database: DatabaseSync): Promise<void> {
  database.exec(`pragma application_id = ${applicationId}`)
  const migrator = new Migrator({
    db: createKysely(database),
    provider: { getMigrations: async () => migrations },
  })
  const { error } = await migrator.migrateToLatest()
  if (error !== undefined) throw error
}

/** `MAYF`, in the header of the file (sqlite.org/fileformat.html, section 1.3.16). */
const applicationId = 0x4d415946

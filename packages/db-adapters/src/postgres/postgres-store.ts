import type { DatabaseStatus } from '../database-status.ts'
import type { DatabaseContents } from '../server-store/database-contents.ts'
import { poolBounds, type ServerOptions } from '../server-store/server-options.ts'
import { ServerStore } from '../server-store/server-store.ts'
import type { Store } from '../store.ts'
import { PostgresDatabase } from './postgres-database.ts'
import { readStatus } from './status.ts'

/** Where a PostgreSQL store is and how it is spoken to. */
export type PostgresStoreOptions = ServerOptions

/**
 * Opens a store in a database of PostgreSQL 13 or later, making and migrating it as needed. Any number of instances may
 * open it, at the same moment too. Needs the package `pg`.
 *
 * @throws {StoreError} `store_unsupported` without `pg`; `store_unavailable` when the server cannot be reached, refuses
 * the login, is too old, or acknowledges commits that are not synced; `store_read_only`; `store_schema_newer`.
 * @throws {TypeError} when a bound of the pool is no positive whole number.
 */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<Store> {
  const bounds = poolBounds(options)
  const database = await PostgresDatabase.load(options)
  await database.prepare()
  return new ServerStore(database, bounds)
}

/**
 * Looks at what a database holds, and makes and changes nothing. Returns `undefined` where it does not exist.
 *
 * @throws {StoreError} `store_unsupported` without `pg`; `store_unavailable` when the server cannot be reached or
 * refuses the user.
 */
export async function inspectPostgresDatabase(
  options: PostgresStoreOptions,
): Promise<DatabaseContents | undefined> {
  const database = await PostgresDatabase.load(options)
  return database.inspect()
}

/**
 * Looks at a database as {@link inspectPostgresDatabase} does, and tells how it stands as the place of a store.
 *
 * @throws {StoreError} as {@link inspectPostgresDatabase}.
 */
export async function readPostgresStatus(
  options: PostgresStoreOptions,
): Promise<DatabaseStatus | undefined> {
  const database = await PostgresDatabase.load(options)
  const session = await database.openSession()
  try {
    return await session?.run((client) =>
      readStatus(client, database.address, {
        allowUnsynced: options.dangerouslyAllowUnsyncedCommits ?? false,
      }),
    )
  } finally {
    await session?.close()
  }
}

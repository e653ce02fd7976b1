import type { DatabaseStatus } from '../database-status.ts'
import type { DatabaseContents } from '../server-store/database-contents.ts'
import { poolBounds, type ServerOptions } from '../server-store/server-options.ts'
import { ServerStore } from '../server-store/server-store.ts'
import type { Store } from '../store.ts'
import { MysqlDatabase } from './mysql-database.ts'
import { readStatus } from './status.ts'

/** Where a MySQL or MariaDB store is and how it is spoken to. */
export type MysqlStoreOptions = ServerOptions

/**
 * Opens a store in a database of MySQL 8.0, MariaDB 10.6 or later, making and migrating it as needed. Any number of
 * instances may open it, at the same moment too. Needs the package `mysql2`.
 *
 * @throws {StoreError} `store_unsupported` without `mysql2`; `store_unavailable` when the server cannot be reached,
 * refuses the login, is too old, may serve old reads, or acknowledges commits that are not synced; `store_read_only`;
 * `store_schema_newer`.
 * @throws {TypeError} when a bound of the pool is no positive whole number.
 */
export async function openMysqlStore(options: MysqlStoreOptions): Promise<Store> {
  const bounds = poolBounds(options)
  const database = await MysqlDatabase.load(options)
  await database.prepare()
  return new ServerStore(database, bounds)
}

/**
 * Looks at what a database holds, and makes and changes nothing. Returns `undefined` where it does not exist.
 *
 * @throws {StoreError} `store_unsupported` without `mysql2`; `store_unavailable` when the server cannot be reached or
 * refuses the user.
 */
export async function inspectMysqlDatabase(
  options: MysqlStoreOptions,
): Promise<DatabaseContents | undefined> {
  const database = await MysqlDatabase.load(options)
  return database.inspect()
}

/**
 * Looks at a database as {@link inspectMysqlDatabase} does, and tells how it stands as the place of a store.
 *
 * @throws {StoreError} as {@link inspectMysqlDatabase}.
 */
export async function readMysqlStatus(
  options: MysqlStoreOptions,
): Promise<DatabaseStatus | undefined> {
  const database = await MysqlDatabase.load(options)
  const session = await database.openSession()
  try {
    return await session?.run((connection) =>
      readStatus(connection, database.address, {
        allowUnsynced: options.dangerouslyAllowUnsyncedCommits ?? false,
      }),
    )
  } finally {
    await session?.close()
  }
}

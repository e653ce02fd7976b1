import { createHash } from 'node:crypto'
import type { Connection, RowDataPacket } from 'mysql2/promise'
import { StoreError } from '../errors.ts'
import { pendingMigrations } from '../server-store/migrations.ts'
import { migrations } from './migrations/index.ts'

/**
 * Brings the schema up to date under a lock: of several instances that start at once one does it, and the others find
 * it done. The lock ends with the connection at the latest.
 *
 * @throws {StoreError} `store_schema_newer` when the database holds a migration that this version does not know;
 * `store_busy` when another instance migrates for more than a minute.
 */
export async function migrate(
  connection: Connection,
  database: string,
  address: string,
): Promise<void> {
  const lock = lockName(database)
  const [[locked]] = await connection.query<RowDataPacket[]>('select get_lock(?, 60) as got', [
    lock,
  ])
  if (locked?.got !== 1) {
    throw new StoreError('store_busy', `${address}: another instance is changing the tables`)
  }
  await connection.query(`
    create table if not exists mayfly_migrations (
      name varchar(255) not null primary key,
      executed_at timestamp not null default current_timestamp
    ) engine = InnoDB default character set utf8mb4 collate utf8mb4_bin`)
  for (const { name, statements } of await findPending(connection, address)) {
    for (const statement of statements) await apply(connection, statement)
    await connection.query('insert into mayfly_migrations (name) values (?)', [name])
  }
  await connection.query('select release_lock(?)', [lock])
}

/** An index has no "if not exists" in MySQL: one that is there was made before a crash. */
async function apply(connection: Connection, statement: string): Promise<void> {
  try {
    await connection.query(statement)
  } catch (error) {
    if (!(error instanceof Error && 'errno' in error && error.errno === duplicateKeyName))
      throw error
  }
}

const duplicateKeyName = 1061

/**
 * Tells whether the schema is up to date, without a lock, and without the right to make tables, which is not needed once
 * they are there.
 *
 * @throws {StoreError} as {@link migrate}.
 */
export async function isCurrent(connection: Connection, address: string): Promise<boolean> {
  const [found] = await connection.query<RowDataPacket[]>(
    `select 1 from information_schema.tables
     where table_schema = database() and table_name = 'mayfly_migrations'`,
  )
  return found.length > 0 && (await findPending(connection, address)).length === 0
}

async function findPending(
  connection: Connection,
  address: string,
): Promise<ReturnType<typeof pendingMigrations>> {
  const [rows] = await connection.query<RowDataPacket[]>('select name from mayfly_migrations')
  const executed = rows.map(({ name }) => String(name))
  return pendingMigrations(migrations, executed, address)
}

/** Locks are shared by all databases of a server, and named in 64 characters. */
function lockName(database: string): string {
  const digest = createHash('sha256').update(database).digest('hex')
  return `mayfly_migrate_${digest.slice(0, 32)}`
}

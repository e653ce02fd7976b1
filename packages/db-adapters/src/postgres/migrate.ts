import type { Client } from 'pg'
import { pendingMigrations } from '../server-store/migrations.ts'
import { migrations } from './migrations/index.ts'

/**
 * Brings the schema up to date in one transaction, under a lock of the database: of several instances that start at once
 * one does it, and the others find it done.
 *
 * When it throws, the connection must be closed, which rolls back.
 *
 * @throws {StoreError} `store_schema_newer` when the database holds a migration that this version does not know.
 */
export async function migrate(client: Client, address: string): Promise<void> {
  await client.query('begin')
  await client.query(`set local lock_timeout = '60s'`)
  await client.query(`set local statement_timeout = '10min'`)
  await client.query('select pg_advisory_xact_lock($1)', [migrationLock])
  await client.query(`
    create table if not exists mayfly_migrations (
      name text primary key,
      executed_at timestamptz not null default now()
    )`)
  const pending = pendingMigrations(migrations, await findExecuted(client), address)
  for (const { name, statements } of pending) {
    for (const statement of statements) await client.query(statement)
    await client.query('insert into mayfly_migrations (name) values ($1)', [name])
  }
  await client.query('commit')
}

/**
 * Tells whether the schema is up to date, without a lock, and without the right to make tables, which is not needed once
 * they are there.
 *
 * @throws {StoreError} as {@link migrate}.
 */
export async function isCurrent(client: Client, address: string): Promise<boolean> {
  const { rows } = await client.query<{ found: boolean }>(
    `select to_regclass('mayfly_migrations') is not null as found`,
  )
  if (!rows[0]?.found) return false
  return pendingMigrations(migrations, await findExecuted(client), address).length === 0
}

async function findExecuted(client: Client): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>('select name from mayfly_migrations')
  return rows.map(({ name }) => name)
}

/** `mayfly` and a 1, in the 64 bits of an advisory lock, which all users of a database share. */
const migrationLock = '7881714303688572929'

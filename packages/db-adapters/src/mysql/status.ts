import type { Connection, RowDataPacket } from 'mysql2/promise'
import { compareMigrations, type DatabaseStatus } from '../database-status.ts'
import { findRefusal } from '../server-store/refusal.ts'
import { clockStatement } from '../sql/clock.ts'
import { migrations } from './migrations/index.ts'
import {
  assertTrustworthy,
  flavourOf,
  type MysqlSettings,
  settingsQuery,
} from './server-settings.ts'

/** Looks at the database of a connection; see {@link DatabaseStatus}. */
export async function readStatus(
  connection: Connection,
  address: string,
  { allowUnsynced }: { readonly allowUnsynced: boolean },
): Promise<DatabaseStatus> {
  const [rows] = await connection.query<RowDataPacket[]>(settingsQuery)
  const settings: MysqlSettings = new Map(
    rows.map(({ Variable_name: name, Value: value }) => [String(name), String(value)]),
  )
  const begun = performance.now()
  const [[clock]] = await connection.query<RowDataPacket[]>(clockStatement('mysql').sql)
  const latencyMilliseconds = performance.now() - begun
  return {
    address,
    version: `${flavourOf(settings)} ${settings.get('version') ?? ''}`,
    migrations: compareMigrations(
      migrations.map(({ name }) => name),
      await findExecuted(connection),
    ),
    clock: new Date(Number(clock?.now)),
    latencyMilliseconds,
    settings: Object.fromEntries(
      shownSettings.flatMap((name) => {
        const value = settings.get(name)
        return value === undefined ? [] : [[name, value]]
      }),
    ),
    refusal: findRefusal(() => assertTrustworthy(settings, address, { allowUnsynced })),
  }
}

async function findExecuted(connection: Connection): Promise<readonly string[]> {
  const [found] = await connection.query<RowDataPacket[]>(
    `select 1 from information_schema.tables
     where table_schema = database() and table_name = 'mayfly_migrations'`,
  )
  if (found.length === 0) return []
  const [rows] = await connection.query<RowDataPacket[]>(
    'select name from mayfly_migrations order by name',
  )
  return rows.map(({ name }) => String(name))
}

const shownSettings = [
  'innodb_flush_log_at_trx_commit',
  'log_bin',
  'sync_binlog',
  'binlog_format',
  'wsrep_on',
  'wsrep_sync_wait',
  'read_only',
]

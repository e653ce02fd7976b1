import type { Client } from 'pg'
import { compareMigrations, type DatabaseStatus } from '../database-status.ts'
import { findRefusal } from '../server-store/refusal.ts'
import { clockStatement } from '../sql/clock.ts'
import { migrations } from './migrations/index.ts'
import { assertTrustworthy, type PostgresSettings, settingsQuery } from './server-settings.ts'

/** Looks at the database of a connection; see {@link DatabaseStatus}. */
export async function readStatus(
  client: Client,
  address: string,
  { allowUnsynced }: { readonly allowUnsynced: boolean },
): Promise<DatabaseStatus> {
  const {
    rows: [settings],
  } = await client.query<PostgresSettings>(settingsQuery)
  if (settings === undefined) throw new TypeError('the server says nothing of itself')
  const begun = performance.now()
  const { rows } = await client.query<{ now: number }>(clockStatement('postgresql').sql)
  const latencyMilliseconds = performance.now() - begun
  const executed = await findExecuted(client)
  const refusal =
    findRefusal(() => assertTrustworthy(settings, address, { allowUnsynced })) ??
    (executed.length === 0 ? await findMissingRight(client, address) : undefined)
  const { fsync, synchronous_commit, in_recovery, transaction_read_only } = settings
  return {
    address,
    version: `PostgreSQL ${settings.server_version}`,
    migrations: compareMigrations(
      migrations.map(({ name }) => name),
      executed,
    ),
    clock: new Date(Number(rows[0]?.now)),
    latencyMilliseconds,
    settings: {
      fsync,
      synchronous_commit,
      transaction_read_only,
      in_recovery: String(in_recovery),
    },
    refusal,
  }
}

/** Where there are no tables yet, whoever opens a store has to make them. */
async function findMissingRight(
  client: Client,
  address: string,
): Promise<DatabaseStatus['refusal']> {
  const { rows } = await client.query<{ may_create: boolean }>(
    `select coalesce(has_schema_privilege(current_schema(), 'create'), false) as may_create`,
  )
  if (rows[0]?.may_create) return undefined
  return {
    message: `${address}: there are no tables yet, and the user may not make any`,
    hint: 'let the user create tables in the schema that it works in',
  }
}

async function findExecuted(client: Client): Promise<readonly string[]> {
  const { rows: found } = await client.query<{ found: boolean }>(
    `select to_regclass('mayfly_migrations') is not null as found`,
  )
  if (!found[0]?.found) return []
  const { rows } = await client.query<{ name: string }>(
    'select name from mayfly_migrations order by name',
  )
  return rows.map(({ name }) => name)
}

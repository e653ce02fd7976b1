import type { Client } from 'pg'
import { StoreError } from '../errors.ts'
import { PostgresDatabase } from '../postgres/postgres-database.ts'
import { stepCaTables } from '../server-store/database-contents.ts'
import type { ServerOptions } from '../server-store/server-options.ts'
import { missingDatabase, sourceOptions } from './server-source.ts'
import { createSqlSource } from './sql-source.ts'
import type { StepCaSource } from './step-ca-source.ts'

/**
 * Opens the database of a step-ca on a PostgreSQL server, whatever its age and settings. A user that may only select
 * from its tables is enough. They are looked for in all schemas: step-ca's user may have another search path. What is
 * chosen when the source is opened stays.
 *
 * @throws {StoreError} `store_unsupported` without `pg`, or when several schemas hold data of step-ca;
 * `store_unavailable` when the server cannot be reached or refuses the user, or there is no such database.
 */
export async function openPostgresSource(options: ServerOptions): Promise<StepCaSource> {
  const database = await PostgresDatabase.load(sourceOptions(options))
  const session = await database.openSession()
  if (session === undefined) throw missingDatabase(database.address)
  const { run, escapeIdentifier, close } = session
  try {
    await run((client) => client.query('set default_transaction_read_only = on'))
    const schema = await run((client) => findSchema(client, database.address, escapeIdentifier))
    const located = new Map<string, string | undefined>()
    return createSqlSource({
      kind: 'postgresql',
      address: database.address,
      placeholder: (number) => `$${number}`,
      async locate(table) {
        if (schema === undefined) return undefined
        if (!located.has(table)) {
          const name = `${escapeIdentifier(schema)}.${escapeIdentifier(table)}`
          const isThere = await run((client) => isTable(client, schema, table))
          located.set(table, isThere ? name : undefined)
        }
        return located.get(table)
      },
      query: (sql, parameters) =>
        run(async (client) => (await client.query(sql, [...parameters])).rows),
      close,
    })
  } catch (error) {
    await close()
    throw error
  }
}

/** The schema whose tables of step-ca hold rows. Of several, none could be told to be the one that is meant. */
async function findSchema(
  client: Client,
  address: string,
  escapeIdentifier: (name: string) => string,
): Promise<string | undefined> {
  const { rows } = await client.query<{ schema: string; name: string }>(
    `select n.nspname as schema, c.relname as name
     from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p') and c.relname = any($1) and exists (
       select from pg_catalog.pg_attribute a
       where a.attrelid = c.oid and a.attname = 'nkey' and not a.attisdropped)
     order by n.nspname`,
    [stepCaTables],
  )
  const filled = new Set<string>()
  for (const { schema, name } of rows.filter((row) => !filled.has(row.schema))) {
    const table = `${escapeIdentifier(schema)}.${escapeIdentifier(name)}`
    const { rows: first } = await client.query(`select 1 from ${table} limit 1`)
    if (first.length > 0) filled.add(schema)
  }
  if (filled.size > 1) {
    throw new StoreError(
      'store_unsupported',
      `${address} holds data of step-ca in several schemas (${[...filled].join(', ')})`,
      { hint: 'copy one of them into a database of its own, and import it from there' },
    )
  }
  const [only] = filled
  return only ?? rows[0]?.schema
}

async function isTable(client: Client, schema: string, table: string): Promise<boolean> {
  const { rows } = await client.query(
    `select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where n.nspname = $1 and c.relname = $2 and c.relkind in ('r', 'p')`,
    [schema, table],
  )
  return rows.length > 0
}

import type { Client } from 'pg'
import { type DatabaseContents, stepCaTables } from '../server-store/database-contents.ts'

/**
 * Looks at the tables of a database. Those of step-ca are looked for in all schemas: its user may have another search path
 * than ours.
 */
export async function inspect(
  client: Client,
  escapeIdentifier: (name: string) => string,
): Promise<DatabaseContents> {
  const { rows: found } = await client.query<{ schema: string; name: string; ours: boolean }>(
    `select n.nspname as schema, c.relname as name, c.relname = 'mayfly_migrations' as ours
     from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p')
       and (c.relname = 'mayfly_migrations' and pg_catalog.pg_table_is_visible(c.oid)
         or c.relname = any($1) and exists (
           select from pg_catalog.pg_attribute a
           where a.attrelid = c.oid and a.attname = 'nkey' and not a.attisdropped))
     order by n.nspname, c.relname`,
    [stepCaTables],
  )
  const hasStore = found.some(({ ours }) => ours)
  for (const { schema, name } of found.filter(({ ours }) => !ours)) {
    const table = `${escapeIdentifier(schema)}.${escapeIdentifier(name)}`
    const { rows } = await client.query(`select 1 from ${table} limit 1`)
    if (rows.length > 0) return { hasStore, stepCaTable: name }
  }
  return { hasStore, stepCaTable: undefined }
}

import { type Kysely, sql } from 'kysely'
import { type Tables, tableNames } from '../rows/tables.ts'
import { compileStatement } from '../sql/query-compiler.ts'
import type { SqlDialect, SqlRow, SqlTarget } from '../sql/sql-target.ts'

/** What a database knows of a table without reading its rows. */
export interface TableSize {
  readonly table: keyof Tables
  readonly tableBytes: number
  readonly indexBytes: number
  /** `undefined` where the database does not estimate. */
  readonly estimatedRows: number | undefined
}

/** Returns the sizes of all our tables, by name. */
export async function readTableSizes(
  target: SqlTarget,
  compiler: Kysely<Tables>,
): Promise<readonly TableSize[]> {
  const rows = await target.read(
    compileStatement({ compile: () => queries[target.dialect].compile(compiler) }),
  )
  return [...tableNames].sort().flatMap((table) => {
    const found = rows.find((row) => plainName(target.dialect, row) === table)
    return found && isTable(table) ? [sizeOf(table, found)] : []
  })
}

function sizeOf(table: keyof Tables, row: SqlRow): TableSize {
  const { table_bytes: tableBytes, index_bytes: indexBytes, estimated_rows: estimated } = row
  return {
    table,
    tableBytes: Number(tableBytes ?? 0),
    indexBytes: Number(indexBytes ?? 0),
    // PostgreSQL says -1 of a table that it has never looked at.
    estimatedRows: typeof estimated === 'number' && estimated >= 0 ? estimated : undefined,
  }
}

function plainName(dialect: SqlDialect, { name }: SqlRow): string {
  return String(name).slice(dialect === 'sqlite' ? 0 : 'mayfly_'.length)
}

function isTable(name: string): name is keyof Tables & string {
  return tableNames.has(name)
}

const queries = {
  mysql: sql`
    select table_name as name, data_length as table_bytes, index_length as index_bytes,
           table_rows as estimated_rows
    from information_schema.tables
    where table_schema = database() and table_name like 'mayfly\\_%'`,
  postgresql: sql`
    select relname as name, pg_table_size(oid) as table_bytes, pg_indexes_size(oid) as index_bytes,
           reltuples::bigint as estimated_rows
    from pg_class
    where relkind = 'r' and relnamespace = current_schema()::regnamespace
      and relname like 'mayfly\\_%'`,
  sqlite: sql`
    select tbl_name as name,
           sum(case when type = 'table' then pgsize else 0 end) as table_bytes,
           sum(case when type = 'index' then pgsize else 0 end) as index_bytes,
           null as estimated_rows
    from sqlite_schema
    join dbstat on dbstat.name = sqlite_schema.name and dbstat.aggregate = true
    group by tbl_name`,
}

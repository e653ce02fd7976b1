import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Store } from '../../../packages/db-adapters/src/index.ts'
import { openSqliteStore } from '../../../packages/db-adapters/src/sqlite.ts'
import { nameServerDatabase } from './servers.ts'

/** The databases that hold certificates. */
export const storeNames = ['sqlite', 'mysql', 'postgresql'] as const

export type StoreName = (typeof storeNames)[number]

/** A database that is used through its store alone, without an authority. */
export interface StoreDatabase extends AsyncDisposable {
  readonly name: StoreName
  open(options: { readonly dangerouslyAllowUnsyncedCommits?: boolean }): Promise<Store>
  /** Time of the database server, as `MeasuredDatabase` counts it; 0 for SQLite, which works in this process. */
  cpuMilliseconds(): number | undefined
  /** Octets by table and index, in whole pages. Statistics are brought up to date before. */
  sizes(): Promise<readonly Size[]>
}

/** What a table's rows, or one of its indexes, take. */
export interface Size {
  readonly table: string
  readonly index: string
  readonly octets: number
}

/** Names a database: a file `called` so in `folder`, or one on the server of the tests, gone in the end unless kept. */
export function nameStoreDatabase(
  name: StoreName,
  options: { readonly called: string; readonly folder: string; readonly isKept: boolean },
): StoreDatabase {
  if (name === 'sqlite') return sqliteDatabase(join(options.folder, `${options.called}.sqlite`))
  const database = nameServerDatabase(name, options.isKept ? { keepAs: options.called } : {})
  const { query } = database
  return {
    name,
    open: database.open,
    cpuMilliseconds: database.cpuMilliseconds,
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
    async sizes() {
      if (name === 'mysql') await query(analyzeMysql)
      const rows = await query(name === 'mysql' ? mysqlSizes : postgresSizes)
      return rows.map((row) => ({
        table: String(row.table_name).replace('mayfly_', ''),
        index: String(row.index_name),
        octets: Number(row.octets),
      }))
    },
  }
}

function sqliteDatabase(path: string): StoreDatabase {
  return {
    name: 'sqlite',
    open: (options) => openSqliteStore({ path, ...options }),
    cpuMilliseconds: () => 0,
    async sizes() {
      const database = new DatabaseSync(path, { readOnly: true })
      try {
        return database
          .prepare(sqliteSizes)
          .all()
          .map((row) => ({
            table: String(row.table_name),
            index: String(row.index_name),
            octets: Number(row.octets),
          }))
      } finally {
        database.close()
      }
    },
    [Symbol.asyncDispose]: async () => undefined,
  }
}

const sqliteSizes = `
  select tbl_name as table_name, dbstat.name as index_name, sum(pgsize) as octets
  from dbstat join sqlite_schema using (name)
  group by 1, 2`

const mysqlSizes = `
  select table_name as table_name, index_name as index_name, stat_value * @@innodb_page_size as octets
  from mysql.innodb_index_stats
  where database_name = database() and stat_name = 'size' and table_name like 'mayfly%'`

const analyzeMysql = `
  analyze table mayfly_certificates, mayfly_revocations, mayfly_spent_tokens, mayfly_audit`

const postgresSizes = `
  select relname as table_name, relname as index_name,
         pg_relation_size(c.oid) + pg_relation_size(reltoastrelid) as octets
  from pg_class c where relkind = 'r' and relname like 'mayfly%'
  union all
  select t.relname, i.relname, pg_relation_size(i.oid)
  from pg_index join pg_class i on i.oid = indexrelid join pg_class t on t.oid = indrelid
  where t.relname like 'mayfly%'`

import type { Compilable, Insertable, Kysely } from 'kysely'
import type { Tables } from '../rows/tables.ts'
import { compileStatement } from './query-compiler.ts'
import type { SqlDialect, SqlStatement, SqlValue } from './sql-target.ts'

/**
 * Inserts those rows whose key is not there yet, and leaves the others as they are; the result's `count` is how many were
 * inserted. `key` names a column that is a primary key, or unique.
 */
export function insertOnce<Table extends keyof Tables & string>(
  compiler: Kysely<Tables>,
  dialect: SqlDialect,
  insertion: {
    readonly table: Table
    readonly key: keyof Tables[Table] & string
    readonly rows: readonly Insertable<Tables[Table]>[]
  },
): SqlStatement {
  return compileStatement(insertOnceQuery(compiler, dialect, insertion))
}

/** As {@link insertOnce}, not compiled. */
export function insertOnceQuery<Table extends keyof Tables & string>(
  compiler: Kysely<Tables>,
  dialect: SqlDialect,
  insertion: {
    readonly table: Table
    readonly key: keyof Tables[Table] & string
    readonly rows: readonly Insertable<Tables[Table]>[]
  },
): Compilable {
  return insertAny(compiler as unknown as Kysely<AnyTables>, dialect, insertion)
}

/** The types of kysely cannot follow a table that is known by a parameter alone. */
type AnyTables = Record<string, Record<string, SqlValue>>

function insertAny(
  compiler: Kysely<AnyTables>,
  dialect: SqlDialect,
  insertion: { readonly table: string; readonly key: string; readonly rows: readonly object[] },
): Compilable {
  const { table, key, rows } = insertion
  const query = compiler.insertInto(table).values(rows.map((row) => ({ ...row })))
  // (`insert ignore` would also cut what is too long.)
  return dialect === 'mysql'
    ? query.onDuplicateKeyUpdate(({ ref }) => ({ [key]: ref(key) }))
    : query.onConflict((conflict) => conflict.column(key).doNothing())
}

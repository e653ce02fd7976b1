import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import type { CompiledQuery } from 'kysely'

/** Prepares a query of kysely's for its first row; the parameters are given anew in each call. */
export function prepareFirst<Row>(
  database: DatabaseSync,
  query: CompiledQuery<Row>,
): (...parameters: SQLInputValue[]) => Row | undefined {
  const statement = database.prepare(query.sql)
  return (...parameters) => statement.get(...parameters) as Row | undefined
}

/** Prepares a query of kysely's for all its rows; the parameters are given anew in each call. */
export function prepareAll<Row>(
  database: DatabaseSync,
  query: CompiledQuery<Row>,
): (...parameters: SQLInputValue[]) => Row[] {
  const statement = database.prepare(query.sql)
  return (...parameters) => statement.all(...parameters) as Row[]
}

/**
 * Prepares an insertion, at its first row. Kysely takes the columns in the order of that row's literal, so
 * every later row must come from the same literal. Returns how many rows were inserted, 0 or 1.
 */
export function prepareInsert<Row extends { [Column in keyof Row]: SQLInputValue }>(
  database: DatabaseSync,
  compile: (row: Row) => CompiledQuery,
): (row: Row) => number {
  let statement: StatementSync | undefined
  return (row) => {
    statement ??= database.prepare(compile(row).sql)
    return Number(statement.run(...Object.values<SQLInputValue>(row)).changes)
  }
}

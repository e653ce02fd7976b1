import type { SqlDialect } from '../sql/sql-target.ts'

/**
 * Keeps others from changing what a query finds until the transaction ends. (SQLite's transactions come one after the other.)
 */
export function keepForUpdate<Query extends { forUpdate(): Query }>(
  dialect: SqlDialect,
  query: Query,
): Query {
  return dialect === 'sqlite' ? query : query.forUpdate()
}

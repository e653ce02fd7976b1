import { compileStatement, createQueryCompiler, databaseClock } from './query-compiler.ts'
import type { SqlDialect, SqlStatement, SqlTarget } from './sql-target.ts'

/** Reads the database's own clock, to the millisecond. */
export async function readClock(target: SqlTarget): Promise<Date> {
  const [row] = await target.read(clockStatement(target.dialect))
  return new Date(Number(row?.now))
}

/** Asks for the database's clock as `now`, in milliseconds since 1970; it has no parameters. */
export function clockStatement(dialect: SqlDialect): SqlStatement {
  const now = databaseClock(dialect).as('now')
  return compileStatement(createQueryCompiler(dialect).selectNoFrom(now))
}

import { compileStatement, createQueryCompiler, databaseClock } from './query-compiler.ts'
import type { SqlTarget } from './sql-target.ts'

/** Reads the database's own clock, to the millisecond. */
export async function readClock(target: SqlTarget): Promise<Date> {
  const { dialect } = target
  const now = databaseClock(dialect).as('now')
  const [row] = await target.read(compileStatement(createQueryCompiler(dialect).selectNoFrom(now)))
  return new Date(Number(row?.now))
}

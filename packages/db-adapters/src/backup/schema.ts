import { sql } from 'kysely'
import { compileStatement, createQueryCompiler } from '../sql/query-compiler.ts'
import type { ReadSnapshot } from '../sql/snapshot-source.ts'
import type { SqlDialect } from '../sql/sql-target.ts'

/** Returns the names of the changes of the schema that a database has seen; they are the same for all kinds. */
export async function readSchema(
  read: ReadSnapshot,
  dialect: SqlDialect,
): Promise<readonly string[]> {
  const table = sql.table(dialect === 'sqlite' ? 'kysely_migration' : 'mayfly_migrations')
  const query = sql`select name from ${table} order by name`
  const compiler = createQueryCompiler(dialect)
  const rows = await read(compileStatement({ compile: () => query.compile(compiler) }))
  return rows.map(({ name }) => String(name))
}

import type { Connection, RowDataPacket } from 'mysql2/promise'
import { type DatabaseContents, stepCaTables } from '../server-store/database-contents.ts'

/**
 * Looks at the tables of the connection's database. It throws where one of step-ca's may not be read: its columns are
 * hidden then, so only the table itself can tell whether it is one.
 */
export async function inspect(
  connection: Connection,
  escapeId: (name: string) => string,
): Promise<DatabaseContents> {
  const [ours] = await connection.query<RowDataPacket[]>(
    `select 1 from information_schema.tables
     where table_schema = database() and table_name = 'mayfly_migrations'`,
  )
  const hasStore = ours.length > 0
  const [found] = await connection.query<RowDataPacket[]>(
    `select table_name as name from information_schema.tables
     where table_schema = database() and table_name in (?)
     order by table_name`,
    [stepCaTables],
  )
  for (const name of found.map((row) => String(row.name))) {
    if (await hasKeys(connection, escapeId(name))) return { hasStore, stepCaTable: name }
  }
  return { hasStore, stepCaTable: undefined }
}

/** Tells whether a table has rows with a column `nkey`. */
async function hasKeys(connection: Connection, table: string): Promise<boolean> {
  try {
    const [rows] = await connection.query<RowDataPacket[]>(`select nkey from ${table} limit 1`)
    return rows.length > 0
  } catch (error) {
    if (isUnknownColumn(error)) return false
    throw error
  }
}

function isUnknownColumn(error: unknown): boolean {
  return error instanceof Error && 'errno' in error && error.errno === 1054
}

import type { Connection, RowDataPacket } from 'mysql2/promise'
import { type DatabaseContents, stepCaTables } from '../server-store/database-contents.ts'

/** Looks at the tables of the connection's database. */
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
    `select table_name as name from information_schema.columns
     where table_schema = database() and column_name = 'nkey' and table_name in (?)
     order by table_name`,
    [stepCaTables],
  )
  for (const name of found.map((row) => String(row.name))) {
    const [rows] = await connection.query<RowDataPacket[]>(
      `select 1 from ${escapeId(name)} limit 1`,
    )
    if (rows.length > 0) return { hasStore, stepCaTable: name }
  }
  return { hasStore, stepCaTable: undefined }
}

import type { Connection, RowDataPacket } from 'mysql2/promise'
import { MysqlDatabase } from '../mysql/mysql-database.ts'
import type { ServerOptions } from '../server-store/server-options.ts'
import { missingDatabase, sourceOptions } from './server-source.ts'
import { createSqlSource } from './sql-source.ts'
import type { StepCaSource } from './step-ca-source.ts'

/**
 * Opens the database of a step-ca on a MySQL or MariaDB server, whatever its age and settings. A user that may only
 * select from its tables is enough.
 *
 * @throws {StoreError} `store_unsupported` without `mysql2`; `store_unavailable` when the server cannot be reached or
 * refuses the user, or there is no such database.
 */
export async function openMysqlSource(options: ServerOptions): Promise<StepCaSource> {
  const database = await MysqlDatabase.load(sourceOptions(options))
  const session = await database.openSession()
  if (session === undefined) throw missingDatabase(database.address)
  const { run, escapeId, close } = session
  const located = new Map<string, string | undefined>()
  await run((connection) => connection.query('set session transaction read only'))
  return createSqlSource({
    kind: 'mysql',
    address: database.address,
    placeholder: () => '?',
    async locate(table) {
      if (!located.has(table)) {
        const isThere = await run((connection) => isTable(connection, table))
        located.set(table, isThere ? escapeId(table) : undefined)
      }
      return located.get(table)
    },
    query: (sql, parameters) =>
      run(async (connection) => {
        const [rows] = await connection.query<RowDataPacket[]>(sql, [...parameters])
        return rows
      }),
    close,
  })
}

async function isTable(connection: Connection, table: string): Promise<boolean> {
  const [rows] = await connection.query<RowDataPacket[]>(
    `select 1 from information_schema.tables where table_schema = database() and table_name = ?`,
    [table],
  )
  return rows.length > 0
}

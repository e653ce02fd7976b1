import type { Connection, RowDataPacket } from 'mysql2/promise'
import { StoreError } from '../errors.ts'
import { MysqlDatabase } from '../mysql/mysql-database.ts'
import type { ServerOptions } from '../server-store/server-options.ts'
import { missingDatabase, sourceOptions } from './server-source.ts'
import { createSqlSource } from './sql-source.ts'
import type { StepCaSource } from './step-ca-source.ts'

/**
 * Opens the database of a step-ca on a MySQL or MariaDB server, whatever its age and settings. A user that may only
 * select from all of its tables is enough.
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
        const name = escapeId(table)
        const found = await run((connection) => lookFor(connection, name))
        if (found === 'refused') throw hidden(database.address, table)
        located.set(table, found === 'there' ? name : undefined)
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

/** The refusal of a table whose rows would be missed. */
function hidden(address: string, table: string): StoreError {
  return new StoreError(
    'store_unavailable',
    `${address}: the user may not read the table ${table}`,
    {
      hint: 'grant the user select on the whole database: a table that may not be read cannot be told from one that is not there',
    },
  )
}

/** A table that the user may not read is hidden from the list of tables: only to read it tells whether it is there. */
async function lookFor(
  connection: Connection,
  table: string,
): Promise<'there' | 'absent' | 'refused'> {
  try {
    await connection.query<RowDataPacket[]>(`select 1 from ${table} limit 0`)
    return 'there'
  } catch (error) {
    const number = error instanceof Error && 'errno' in error ? error.errno : undefined
    if (number === noSuchTable) return 'absent'
    if (number === tableAccessDenied) return 'refused'
    throw error
  }
}

const tableAccessDenied = 1142
const noSuchTable = 1146

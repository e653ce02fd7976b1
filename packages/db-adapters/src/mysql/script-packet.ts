import type { ResultSetHeader, RowDataPacket } from 'mysql2/promise'
import type { SqlStatement } from '../sql/sql-target.ts'

/** A script as one packet: the server stops at the first statement that fails, or that misses what it must do. */
export interface ScriptPacket {
  readonly sql: string
  /** Where in the packet's results those of the statements are. */
  readonly places: readonly number[]
}

/** What a statement of a packet has answered. */
export type PacketResult = ResultSetHeader | RowDataPacket[]

/** Puts a script into a packet; `format` fills in the parameters. */
export function encodeScript(
  script: readonly SqlStatement[],
  format: (sql: string, parameters: readonly unknown[]) => string,
): ScriptPacket {
  const packet = ['begin']
  const places: number[] = []
  for (const { sql, parameters, expect } of script) {
    places.push(packet.length)
    packet.push(format(sql, parameters))
    if (expect !== undefined)
      packet.push(assertion(isQuery(sql) ? 'found_rows()' : 'row_count()', expect))
  }
  packet.push('commit')
  return { sql: packet.join(';\n'), places }
}

/** Fails, as a query of more than one row where one is meant, unless the statement before did what it must. */
function assertion(count: string, expect: NonNullable<SqlStatement['expect']>): string {
  return `
    select (
      select 1
      union all
      select 1 from (select ${count} as count) as statement where ${missing[expect]}
    )`
}

const missing = { none: 'count <> 0', one: 'count <> 1', some: 'count < 1' }

function isQuery(sql: string): boolean {
  return sql.trimStart().startsWith('select')
}

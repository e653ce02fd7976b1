import type { Socket } from 'node:net'
import type { Connection, ResultSetHeader, RowDataPacket } from 'mysql2/promise'
import type { AcmeSpentNonceRow, FinalizedOrder } from '../rows/acme-order-row.ts'
import type { AuditRow } from '../rows/audit-row.ts'
import type { CertificateRow } from '../rows/certificate-row.ts'
import type { RevocationRow } from '../rows/revocation-row.ts'
import type { SpentTokenRow } from '../rows/spent-token-row.ts'
import type { StandingRow } from '../rows/standing-row.ts'
import { inOrder } from '../server-store/finalized-orders.ts'
import type { IssuanceRows } from '../server-store/issuance-rows.ts'
import { compareOctets, distinctOctets } from '../server-store/octets.ts'
import type { Kin, OrderState, ServerConnection } from '../server-store/server-database.ts'
import { isConnectionSpent } from '../server-store/server-faults.ts'
import type { SqlRow, SqlStatement, StatementResult } from '../sql/sql-target.ts'
import { mysqlFault } from './mysql-fault.ts'
import { encodeScript, type PacketResult } from './script-packet.ts'
import * as statements from './statements.ts'

/** What a {@link MysqlConnection} is made from. */
export interface MysqlConnectionOptions {
  readonly connection: Connection
  readonly socket: Socket
  readonly commandMilliseconds: number
  /** The server's `max_allowed_packet`: it cuts a connection that sends more at once. */
  readonly maximumPacket: number
}

/** A connection to MySQL or MariaDB that may send several statements in one packet. */
export class MysqlConnection implements ServerConnection {
  readonly #connection: Connection
  readonly #socket: Socket
  readonly #commandMilliseconds: number
  readonly #maximumPacket: number
  #usable = true

  constructor(options: MysqlConnectionOptions) {
    this.#connection = options.connection
    this.#socket = options.socket
    this.#commandMilliseconds = options.commandMilliseconds
    this.#maximumPacket = options.maximumPacket
    this.#connection.on('error', () => this.destroy())
    this.#socket.on('close', () => this.destroy())
  }

  get usable(): boolean {
    return this.#usable
  }

  /** The server stops at the first statement that fails: the commit is reached only behind all others. */
  async insertIssuances(
    rows: readonly IssuanceRows[],
    revision: number | undefined,
  ): Promise<void> {
    const packet = ['begin']
    if (revision !== undefined) packet.push(this.#format(statements.assertRevision, [revision]))
    const renewed = distinctOctets(rows.flatMap((row) => row.renewed ?? []))
    if (renewed.length > 0) {
      packet.push(this.#format(statements.holdPredecessors, [renewed.map(statements.holdRow)]))
      packet.push(this.#format(statements.releasePredecessors, [renewed]))
    }
    const tokens = rows
      .flatMap(({ token }) => token ?? [])
      .sort((left, right) => compareOctets(left.id, right.id))
    if (tokens.length > 0) {
      packet.push(this.#format(statements.insertSpentTokens, [tokens.map(valuesOf)]))
    }
    const nonces = rows
      .flatMap(({ nonce }) => nonce ?? [])
      .sort((left, right) => compareOctets(left.id, right.id))
    if (nonces.length > 0) {
      packet.push(this.#format(statements.insertSpentNonces, [nonces.map(valuesOf)]))
    }
    const orders = inOrder(rows.flatMap(({ order }) => order ?? []))
    if (orders.length > 0) {
      packet.push(this.#finalizeOrders(orders))
      packet.push(this.#format(statements.assertChanged, [orders.length]))
    }
    const certificates = rows.map(({ certificate }) => valuesOf(certificate))
    packet.push(this.#format(statements.insertCertificates, [certificates]))
    packet.push(this.#format(statements.insertAudit, [rows.map(({ audit }) => valuesOf(audit))]))
    packet.push('commit')
    try {
      await this.#query(packet.join(';\n'))
    } catch (error) {
      await this.#rollbackAfter(error)
      throw error
    }
  }

  #finalizeOrders(orders: readonly FinalizedOrder[]): string {
    const [before, after] = statements.finalizeOrders
    const rows = orders.map((order) => {
      const { id, certificate_id, serial, issued_at, ends_at } = order
      const values = [id, certificate_id, serial, issued_at, ends_at]
      return this.#format(statements.finalizedOrder, values)
    })
    return `${before}${rows.join(' union all ')}${after}`
  }

  async execute({ sql, parameters }: SqlStatement): Promise<StatementResult> {
    return parseResult((await this.#query(this.#format(sql, parameters))) as PacketResult)
  }

  async executeAll(script: readonly SqlStatement[]): Promise<readonly StatementResult[]> {
    const { sql, places } = encodeScript(script, (text, values) => this.#format(text, values))
    try {
      const results = (await this.#query(sql)) as readonly PacketResult[]
      return places.map((place) => parseResult(results[place]))
    } catch (error) {
      await this.#rollbackAfter(error)
      throw error
    }
  }

  async begin(): Promise<void> {
    await this.#query('begin')
  }

  async commit(): Promise<void> {
    await this.#query('commit')
  }

  async rollback(): Promise<void> {
    await this.#query('rollback')
  }

  async insertRevocations(rows: readonly RevocationRow[]): Promise<readonly Uint8Array[]> {
    // A statement a row, in one packet: each tells whether its row was inserted.
    const inserted = await this.#execute(
      rows.map((row) => this.#format(statements.insertRevocationOnce, [[valuesOf(row)]])),
    )
    return rows.filter((_, index) => inserted[index] === 1).map(({ serial }) => serial)
  }

  async insertSpentToken(row: SpentTokenRow): Promise<boolean> {
    const [inserted] = await this.#execute([
      this.#format(statements.insertSpentTokenOnce, [[valuesOf(row)]]),
    ])
    return inserted === 1
  }

  async insertAudit(rows: readonly AuditRow[]): Promise<void> {
    await this.#query(this.#format(statements.insertAudit, [rows.map(valuesOf)]))
  }

  findUnrevokedKin(
    serial: Uint8Array,
    publicKeySha256: Uint8Array | null,
  ): Promise<readonly Kin[]> {
    return this.#select<Kin>(statements.findUnrevokedKin, [serial, publicKeySha256])
  }

  findCertificates(serials: readonly Uint8Array[]): Promise<readonly CertificateRow[]> {
    return this.#select<CertificateRow>(statements.findCertificates, [serials])
  }

  findRevocations(serials: readonly Uint8Array[]): Promise<readonly RevocationRow[]> {
    return this.#select<RevocationRow>(statements.findRevocations, [serials])
  }

  findStandings(serials: readonly Uint8Array[]): Promise<readonly StandingRow[]> {
    return this.#select<StandingRow>(statements.findStandings, [serials, serials])
  }

  findSpentTokens(ids: readonly Uint8Array[]): Promise<readonly SpentTokenRow[]> {
    return this.#select<SpentTokenRow>(statements.findSpentTokens, [ids])
  }

  findSpentNonces(ids: readonly Uint8Array[]): Promise<readonly AcmeSpentNonceRow[]> {
    return this.#select<AcmeSpentNonceRow>(statements.findSpentNonces, [ids])
  }

  findOrderStates(ids: readonly string[]): Promise<readonly OrderState[]> {
    return this.#select<OrderState>(statements.findOrderStates, [ids])
  }

  listCertificates(after: Uint8Array, limit: number): Promise<readonly CertificateRow[]> {
    return this.#select<CertificateRow>(statements.listCertificates, [after, limit])
  }

  async countCertificates(): Promise<number> {
    const [row] = await this.#select<{ count: number }>(statements.countCertificates, [])
    return row?.count ?? 0
  }

  async findNewestRevision(): Promise<number> {
    const [row] = await this.#select<{ number: number }>(statements.findNewestRevision, [])
    return row?.number ?? 0
  }

  async ping(): Promise<void> {
    await this.#query('select 1')
  }

  async close(): Promise<void> {
    const ended = this.#connection.end()
    this.#usable = false
    await this.#within(ended)
    this.#socket.destroy()
  }

  destroy(): void {
    this.#usable = false
    this.#socket.destroy()
  }

  #format(sql: string, values: readonly unknown[]): string {
    return this.#connection.format(sql, [...values])
  }

  async #query(sql: string): Promise<unknown> {
    const octets = Buffer.byteLength(sql)
    if (octets + 1024 > this.#maximumPacket) {
      throw new TypeError(`${octets} octets are more than the server takes (max_allowed_packet)`)
    }
    try {
      const [result] = await this.#within(this.#connection.query<RowDataPacket[]>(sql))
      return result
    } catch (error) {
      if (isConnectionSpent(mysqlFault(error))) this.destroy()
      throw withoutSql(error)
    }
  }

  async #select<Row>(sql: string, values: readonly unknown[]): Promise<readonly Row[]> {
    const rows = await this.#query(this.#format(sql, values))
    return Array.isArray(rows) ? rows.map((row: RowDataPacket) => parseRow<Row>(row)) : []
  }

  /** Runs statements in one packet and returns how many rows each has inserted. */
  async #execute(sql: readonly string[]): Promise<readonly number[]> {
    const result = await this.#query(sql.join(';\n'))
    const results = Array.isArray(result) ? result : [result]
    return results.map((each: ResultSetHeader) => each.affectedRows)
  }

  /** A transaction that nobody ends would keep its locks: the connection goes rather than that. */
  async #rollbackAfter(error: unknown): Promise<void> {
    if (!this.#usable || error instanceof TypeError) return
    try {
      await this.rollback()
    } catch {
      this.destroy()
    }
  }

  /** A server that stays silent is given up: what it was asked fails with the connection. */
  async #within<T>(answer: Promise<T>): Promise<T> {
    const timer = setTimeout(() => this.destroy(), this.#commandMilliseconds)
    try {
      return await answer
    } finally {
      clearTimeout(timer)
    }
  }
}

/** The columns in the order of the row's literal, which is that of the statements. */
function valuesOf(row: object): readonly unknown[] {
  return Object.values(row)
}

function parseResult(result: PacketResult | undefined): StatementResult {
  if (!Array.isArray(result)) return { rows: [], count: result?.affectedRows ?? 0 }
  const rows = result.map((row) => parseRow<SqlRow>(row))
  return { rows, count: rows.length }
}

function parseRow<Row>(row: RowDataPacket): Row {
  const entries = Object.entries(row).map(([column, value]) => [
    column,
    Buffer.isBuffer(value) ? new Uint8Array(value) : value,
  ])
  return Object.fromEntries(entries) as Row
}

/** The driver hangs all of the packet on its errors, which would fill a log. */
function withoutSql(error: unknown): unknown {
  if (error instanceof Error && 'sql' in error) delete error.sql
  return error
}

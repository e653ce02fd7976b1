import type { Socket } from 'node:net'
import type { Client } from 'pg'
import type { AcmeSpentNonceRow } from '../rows/acme-order-row.ts'
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
import { encodeByteaArray, encodeInt8, encodeTextArray } from './array-parameter.ts'
import { type BoundStatement, OneTrip } from './one-trip.ts'
import { postgresFault } from './postgres-fault.ts'
import {
  auditColumns,
  certificateColumns,
  finalizedOrderColumns,
  revocationColumns,
  spentNonceColumns,
  spentTokenColumns,
} from './row-columns.ts'
import { PreparedTexts, ScriptTrip } from './script-trip.ts'
import * as statements from './statements.ts'

/** A connection to PostgreSQL whose statements are prepared. */
export class PostgresConnection implements ServerConnection {
  readonly #client: Client
  readonly #socket: Socket
  readonly #commandMilliseconds: number
  readonly #prepared = new PreparedTexts()
  #usable = true

  /** Prepares the statements of {@link PostgresConnection.insertIssuances}; the tables must be there. */
  static async create(
    client: Client,
    socket: Socket,
    commandMilliseconds: number,
  ): Promise<PostgresConnection> {
    const connection = new PostgresConnection(client, socket, commandMilliseconds)
    const { assertRevision, holdPredecessors, releasePredecessors } = statements
    const { insertSpentTokens, insertSpentNonces, finalizeOrders } = statements
    const { insertCertificates, insertAudit } = statements
    await connection.#send(
      OneTrip.prepare([
        assertRevision,
        holdPredecessors,
        releasePredecessors,
        insertSpentTokens,
        insertSpentNonces,
        finalizeOrders,
        insertCertificates,
        insertAudit,
      ]),
    )
    return connection
  }

  private constructor(client: Client, socket: Socket, commandMilliseconds: number) {
    this.#client = client
    this.#socket = socket
    this.#commandMilliseconds = commandMilliseconds
    client.on('error', () => this.destroy())
    client.on('end', () => this.destroy())
  }

  get usable(): boolean {
    return this.#usable
  }

  async insertIssuances(
    rows: readonly IssuanceRows[],
    revision: number | undefined,
  ): Promise<void> {
    const trip: BoundStatement[] = []
    if (revision !== undefined) {
      trip.push({ statement: statements.assertRevision, values: [encodeInt8(revision)] })
    }
    const renewed = distinctOctets(rows.flatMap((row) => row.renewed ?? []))
    if (renewed.length > 0) {
      const values = [encodeByteaArray(renewed)]
      trip.push({ statement: statements.holdPredecessors, values })
      trip.push({ statement: statements.releasePredecessors, values })
    }
    const tokens = rows
      .flatMap(({ token }) => token ?? [])
      .sort((left, right) => compareOctets(left.id, right.id))
    if (tokens.length > 0) {
      trip.push({ statement: statements.insertSpentTokens, values: spentTokenColumns(tokens) })
    }
    const nonces = rows
      .flatMap(({ nonce }) => nonce ?? [])
      .sort((left, right) => compareOctets(left.id, right.id))
    if (nonces.length > 0) {
      trip.push({ statement: statements.insertSpentNonces, values: spentNonceColumns(nonces) })
    }
    const orders = inOrder(rows.flatMap(({ order }) => order ?? []))
    if (orders.length > 0) {
      trip.push({ statement: statements.finalizeOrders, values: finalizedOrderColumns(orders) })
    }
    const certificates = rows.map(({ certificate }) => certificate)
    trip.push({
      statement: statements.insertCertificates,
      values: certificateColumns(certificates),
    })
    trip.push({
      statement: statements.insertAudit,
      values: auditColumns(rows.map(({ audit }) => audit)),
    })
    await this.#send(OneTrip.run(trip))
  }

  async execute({ sql, parameters }: SqlStatement): Promise<StatementResult> {
    const { rows, rowCount } = await this.#within(
      this.#client.query<SqlRow>({ text: sql, values: [...parameters] }),
    )
    return { rows, count: rowCount ?? 0 }
  }

  async executeAll(script: readonly SqlStatement[]): Promise<readonly StatementResult[]> {
    const trip = new ScriptTrip(script, this.#prepared, (type, text) =>
      this.#client.getTypeParser(type, 'text')(text),
    )
    this.#client.query(trip)
    return this.#within(trip.done)
  }

  async begin(): Promise<void> {
    await this.#within(this.#client.query(statements.beginByIndex))
  }

  async commit(): Promise<void> {
    await this.#within(this.#client.query('commit'))
  }

  async rollback(): Promise<void> {
    await this.#within(this.#client.query('rollback'))
  }

  async insertRevocations(rows: readonly RevocationRow[]): Promise<readonly Uint8Array[]> {
    const inserted = await this.#query<{ serial: Uint8Array }>(
      statements.insertRevocations,
      revocationColumns(rows),
    )
    return inserted.map(({ serial }) => serial)
  }

  async insertSpentToken({ id, spent_by, expires_at }: SpentTokenRow): Promise<boolean> {
    const inserted = await this.#query(statements.insertSpentToken, [id, spent_by, expires_at])
    return inserted.length > 0
  }

  async insertAudit(rows: readonly AuditRow[]): Promise<void> {
    await this.#send(
      OneTrip.run([{ statement: statements.insertAudit, values: auditColumns(rows) }]),
    )
  }

  findUnrevokedKin(
    serial: Uint8Array,
    publicKeySha256: Uint8Array | null,
  ): Promise<readonly Kin[]> {
    return this.#query<Kin>(statements.findUnrevokedKin, [serial, publicKeySha256])
  }

  findCertificates(serials: readonly Uint8Array[]): Promise<readonly CertificateRow[]> {
    return this.#query<CertificateRow>(statements.findCertificates, [encodeByteaArray(serials)])
  }

  findRevocations(serials: readonly Uint8Array[]): Promise<readonly RevocationRow[]> {
    return this.#query<RevocationRow>(statements.findRevocations, [encodeByteaArray(serials)])
  }

  findStandings(serials: readonly Uint8Array[]): Promise<readonly StandingRow[]> {
    return this.#query<StandingRow>(statements.findStandings, [encodeByteaArray(serials)])
  }

  findSpentTokens(ids: readonly Uint8Array[]): Promise<readonly SpentTokenRow[]> {
    return this.#query<SpentTokenRow>(statements.findSpentTokens, [encodeByteaArray(ids)])
  }

  findSpentNonces(ids: readonly Uint8Array[]): Promise<readonly AcmeSpentNonceRow[]> {
    return this.#query<AcmeSpentNonceRow>(statements.findSpentNonces, [encodeByteaArray(ids)])
  }

  findOrderStates(ids: readonly string[]): Promise<readonly OrderState[]> {
    return this.#query<OrderState>(statements.findOrderStates, [encodeTextArray(ids)])
  }

  listCertificates(after: Uint8Array, limit: number): Promise<readonly CertificateRow[]> {
    return this.#query<CertificateRow>(statements.listCertificates, [after, limit])
  }

  async countCertificates(): Promise<number> {
    const [row] = await this.#query<{ count: number }>(statements.countCertificates, [])
    return row?.count ?? 0
  }

  async findNewestRevision(): Promise<number> {
    const [row] = await this.#query<{ number: number }>(statements.findNewestRevision, [])
    return row?.number ?? 0
  }

  async ping(): Promise<void> {
    await this.#within(this.#client.query('select 1'))
  }

  async close(): Promise<void> {
    const ended = this.#client.end()
    this.#usable = false
    await this.#within(ended)
  }

  destroy(): void {
    this.#usable = false
    this.#socket.destroy()
  }

  async #query<Row extends object>(
    { name, text }: statements.Statement,
    values: readonly unknown[],
  ): Promise<readonly Row[]> {
    const { rows } = await this.#within(
      this.#client.query<Row>({ name, text, values: [...values] }),
    )
    return rows
  }

  async #send(trip: OneTrip): Promise<void> {
    this.#client.query(trip)
    await this.#within(trip.done)
  }

  /** A server that stays silent is given up: what it was asked fails with the connection. */
  async #within<T>(answer: Promise<T>): Promise<T> {
    const timer = setTimeout(() => this.destroy(), this.#commandMilliseconds)
    try {
      return await answer
    } catch (error) {
      // A server that ends a session says so before it hangs up.
      if (isConnectionSpent(postgresFault(error))) this.destroy()
      throw error
    } finally {
      clearTimeout(timer)
    }
  }
}

import type { StoreErrorCode } from '../errors.ts'
import type { AcmeOrderRow, AcmeSpentNonceRow } from '../rows/acme-order-row.ts'
import type { AuditRow } from '../rows/audit-row.ts'
import type { CertificateRow } from '../rows/certificate-row.ts'
import type { RevocationRow } from '../rows/revocation-row.ts'
import type { SpentTokenRow } from '../rows/spent-token-row.ts'
import type { StandingRow } from '../rows/standing-row.ts'
import type { SqlStatement, StatementResult } from '../sql/sql-target.ts'
import type { IssuanceRows } from './issuance-rows.ts'

/** A database server as its adapter knows it: how to reach it, and what its errors mean. */
export interface ServerDatabase {
  readonly kind: 'mysql' | 'postgresql'
  /** Where it is, as it may be shown: without a password. */
  readonly address: string
  /**
   * Opens a connection that has been looked at: of this server, at this moment, a commit can be trusted.
   *
   * @throws {StoreError} when there is none to be had.
   */
  connect(): Promise<ServerConnection>
  /** Says what an error that a connection threw means for the unit that met it. */
  faultOf(error: unknown): Fault
}

/**
 * One connection and the SQL of its database, used by one caller at a time. Its methods throw the driver's
 * errors as they are; `ServerDatabase.faultOf` reads them.
 */
export interface ServerConnection {
  /** Whether it may be used again. It is not once it was lost, or left in a state that nobody knows. */
  readonly usable: boolean

  /**
   * Writes all of these in one transaction and one trip to the server, or nothing. A key that is there already, a
   * predecessor that is revoked, and an order that cannot be finalized, is a conflict; so is a `revision` of the
   * configuration that is not the newest.
   *
   * The newest is looked for by the first statement of the transaction, at READ COMMITTED. On both databases such a statement
   * reads a snapshot of its own, taken when it starts: it holds every revision that was acknowledged before the
   * transaction began, since both let a commit be seen before they acknowledge it. It takes no lock, so that a
   * revision waits for no issuance: one that is committed later than the look is not the transaction's concern.
   */
  insertIssuances(rows: readonly IssuanceRows[], revision: number | undefined): Promise<void>

  /** Runs one statement: in the transaction that is open, or else in one of its own. */
  execute(statement: SqlStatement): Promise<StatementResult>

  /**
   * Runs statements in one transaction and one trip to the server, or nothing: a key that is there already is a conflict, and
   * so is a statement that misses what it expects. The count of one that expects something may be another.
   */
  executeAll(script: readonly SqlStatement[]): Promise<readonly StatementResult[]>

  begin(): Promise<void>
  commit(): Promise<void>
  rollback(): Promise<void>
  /** Returns the serial numbers of those that were not there. It waits for renewals of these certificates. */
  insertRevocations(rows: readonly RevocationRow[]): Promise<readonly Uint8Array[]>
  /** Returns whether it was not there. */
  insertSpentToken(row: SpentTokenRow): Promise<boolean>
  insertAudit(rows: readonly AuditRow[]): Promise<void>
  /** The unrevoked certificates with this key, and the unrevoked descendants of those and of `serial`. */
  findUnrevokedKin(serial: Uint8Array, publicKeySha256: Uint8Array | null): Promise<readonly Kin[]>

  findCertificates(serials: readonly Uint8Array[]): Promise<readonly CertificateRow[]>
  findRevocations(serials: readonly Uint8Array[]): Promise<readonly RevocationRow[]>
  /** A row for each that is recorded, and one for each that is revoked. */
  findStandings(serials: readonly Uint8Array[]): Promise<readonly StandingRow[]>
  findSpentTokens(ids: readonly Uint8Array[]): Promise<readonly SpentTokenRow[]>
  findSpentNonces(ids: readonly Uint8Array[]): Promise<readonly AcmeSpentNonceRow[]>
  findOrderStates(ids: readonly string[]): Promise<readonly OrderState[]>
  /** In the order of the serial numbers' octets; no octets come before all others. */
  listCertificates(after: Uint8Array, limit: number): Promise<readonly CertificateRow[]>
  countCertificates(): Promise<number>
  /** The newest revision of the configuration, 0 if there is none. */
  findNewestRevision(): Promise<number>
  ping(): Promise<void>

  /** Takes leave of the server. */
  close(): Promise<void>
  /** Cuts the connection, whatever is under way. */
  destroy(): void
}

/** What tells whether an order can be finalized. */
export type OrderState = Pick<AcmeOrderRow, 'id' | 'status' | 'expires_at'>

/** A certificate to be revoked with another. */
export type Kin = Pick<CertificateRow, 'serial' | 'not_after'>

/** What an error means. */
export type Fault =
  /** A key is there already, or something is not as it must be for an issuance; nothing was written. */
  | { readonly kind: 'conflict' }
  /** The server rolled back so that it be tried again: a deadlock, a serialization failure. */
  | { readonly kind: 'transient' }
  /** The connection is gone: what was under way may have been done, or may yet be. */
  | { readonly kind: 'lost' }
  /** The unit holds a value that cannot be kept. */
  | { readonly kind: 'value' }
  | {
      readonly kind: 'refused'
      readonly code: StoreErrorCode
      readonly words: string
      readonly hint?: string
    }

import { resolve } from 'node:path'
import type { AcmeStore } from '../acme/acme-store.ts'
import { createAcmeStore } from '../acme/create-acme-store.ts'
import type { BackupStore } from '../backup/backup-store.ts'
import { createBackupStore } from '../backup/create-backup-store.ts'
import type { CertificateRecord } from '../certificate-record.ts'
import type { CertificateStanding } from '../certificate-standing.ts'
import type { RevisionStore } from '../configuration-revision.ts'
import { StoreError } from '../errors.ts'
import { createGroupCommit, type GroupCommit } from '../group-commit.ts'
import type { ImportStore } from '../import-store.ts'
import type { IssuanceOutcome, IssuanceUnit } from '../issuance-unit.ts'
import type { LeaseStore } from '../lease.ts'
import { createRetentionStore } from '../retention/prune.ts'
import type { RetentionStore } from '../retention/retention-store.ts'
import type { RevocationRecord } from '../revocation-record.ts'
import type { RevocationOutcome, RevocationUnit } from '../revocation-unit.ts'
import { readClock } from '../sql/clock.ts'
import { createImportStore } from '../sql/import-store.ts'
import { createLeaseStore } from '../sql/lease-store.ts'
import { createRevisionStore } from '../sql/revision-store.ts'
import type { ReadSnapshot, SnapshotSource } from '../sql/snapshot-source.ts'
import type { ScriptOutcome, SqlRow, SqlStatement, SqlTarget } from '../sql/sql-target.ts'
import { createStatisticsReader } from '../statistics/read-statistics.ts'
import type { StatisticsReader } from '../statistics/store-statistics.ts'
import type { CertificateListing, Store } from '../store.ts'
import { assertInPlace, prepareDatabaseFile } from './database-file.ts'
import { openReader, type Reader } from './reader.ts'
import { readSnapshot } from './snapshot.ts'
import {
  encodeFailure,
  encodeIssuanceMessage,
  encodeRevocationMessage,
  encodeScriptMessage,
  parseFailure,
  type UnitMessage,
  type UnitResult,
} from './unit-message.ts'
import { Writer } from './writer.ts'
import type { WriterOptions } from './writer-message.ts'

/** Where an SQLite store is and how it writes. */
export interface SqliteStoreOptions {
  /** The database file; it and its folder are made where they do not exist. Its log lies beside it. */
  readonly path: string
  /**
   * Acknowledge commits before they are on stable storage. After a power failure, certificates that
   * clients hold may be missing and spent tokens may work again. For tests and trials only.
   */
  readonly dangerouslyAllowUnsyncedCommits?: boolean
  /** How long a commit, or opening, waits for other processes that write; 30,000 by default. */
  readonly busyTimeoutMilliseconds?: number
}

/**
 * Opens a store in an SQLite file on a local disk, making and migrating it as needed. Other processes
 * of this machine may use the file at the same time.
 *
 * The file must not be opened by other means in the same process, not even to copy it: closing it drops
 * SQLite's locks.
 *
 * @throws {StoreError} `store_unavailable` on a network file system, or when the file cannot be
 * opened; `store_read_only`; `store_full`; `store_corrupt` when the file is damaged or no store of ours;
 * `store_schema_newer`; `store_busy`.
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const path = resolve(options.path)
  const busyTimeoutMilliseconds = options.busyTimeoutMilliseconds ?? 30_000
  const synchronous = options.dangerouslyAllowUnsyncedCommits ? 'off' : 'full'
  const file = prepareDatabaseFile(path)
  const writerOptions: WriterOptions = { path, file, synchronous, busyTimeoutMilliseconds }
  const writer = new Writer(writerOptions)
  await writer.start()
  try {
    const reader = await openReader(path, busyTimeoutMilliseconds)
    return new SqliteStore(writerOptions, writer, reader)
  } catch (error) {
    await writer.close()
    throw error
  }
}

class SqliteStore implements Store, SqlTarget, SnapshotSource {
  readonly kind = 'sqlite'
  readonly dialect = 'sqlite'
  readonly persistent = true
  readonly revisions: RevisionStore = createRevisionStore(this)
  readonly leases: LeaseStore = createLeaseStore(this)
  readonly retention: RetentionStore = createRetentionStore(this, () => this.readClock())
  readonly statistics: StatisticsReader = createStatisticsReader(this, () => this.readClock())
  readonly backups: BackupStore = createBackupStore(this, this.leases)
  readonly imports: ImportStore = createImportStore(this)
  readonly acme: AcmeStore = createAcmeStore(this)
  readonly #options: WriterOptions
  readonly #writer: Writer
  readonly #reader: Reader
  readonly #commits: GroupCommit<UnitMessage, UnitResult>
  #closing: Promise<void> | undefined

  constructor(options: WriterOptions, writer: Writer, reader: Reader) {
    this.#options = options
    this.#writer = writer
    this.#reader = reader
    this.#commits = createGroupCommit<UnitMessage, UnitResult>({
      commitBatch: (units, waitedMilliseconds) => this.#commitBatch(units, waitedMilliseconds),
      maximumBatchSize: 256,
    })
  }

  async commitIssuance(unit: IssuanceUnit): Promise<IssuanceOutcome> {
    this.#assertOpen()
    const result = await this.#submit(encodeIssuanceMessage(unit))
    if (result.kind === 'issuance') return result.outcome
    throw new TypeError('an issuance was answered as something else')
  }

  async commitRevocation(unit: RevocationUnit): Promise<RevocationOutcome> {
    this.#assertOpen()
    const result = await this.#submit(encodeRevocationMessage(unit))
    if (result.kind === 'revocation') return result.outcome
    throw new TypeError('a revocation was answered as something else')
  }

  async findCertificate(serialNumber: bigint): Promise<CertificateRecord | undefined> {
    this.#assertOpen()
    return this.#reader.findCertificate(serialNumber)
  }

  async findRevocation(serialNumber: bigint): Promise<RevocationRecord | undefined> {
    this.#assertOpen()
    return this.#reader.findRevocation(serialNumber)
  }

  async findStanding(serialNumber: bigint): Promise<CertificateStanding> {
    this.#assertOpen()
    return this.#reader.findStanding(serialNumber)
  }

  async isTokenSpent(tokenId: Uint8Array): Promise<boolean> {
    this.#assertOpen()
    return this.#reader.isTokenSpent(tokenId)
  }

  async listCertificates(listing: CertificateListing): Promise<readonly CertificateRecord[]> {
    this.#assertOpen()
    return this.#reader.listCertificates(listing)
  }

  async countCertificates(): Promise<number> {
    this.#assertOpen()
    return this.#reader.countCertificates()
  }

  async read(statement: SqlStatement): Promise<readonly SqlRow[]> {
    this.#assertOpen()
    return this.#reader.query(statement)
  }

  async readSnapshot<T>(work: (read: ReadSnapshot) => Promise<T>): Promise<T> {
    this.#assertOpen()
    return readSnapshot(this.#options, work)
  }

  async write(script: readonly SqlStatement[]): Promise<ScriptOutcome> {
    this.#assertOpen()
    const result = await this.#submit(encodeScriptMessage(script))
    if (result.kind === 'script') return result.outcome
    throw new TypeError('a script was answered as something else')
  }

  readClock(): Promise<Date> {
    return readClock(this)
  }

  async ping(): Promise<void> {
    this.#assertOpen()
    assertInPlace(this.#options.path, this.#options.file)
    await this.#reader.findRevocation(0n)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** The writer goes last: the last connection to close folds the log into the database. */
  async #close(): Promise<void> {
    await this.#commits.drain()
    this.#reader.close()
    await this.#writer.close()
  }

  #assertOpen(): void {
    if (this.#closing === undefined) return
    throw new StoreError('store_closed', `the store ${this.#options.path} is closed`)
  }

  async #submit(message: UnitMessage): Promise<Exclude<UnitResult, { kind: 'failed' }>> {
    const result = await this.#commits.submit(message)
    if (result.kind === 'failed') throw parseFailure(result.failure)
    return result
  }

  async #commitBatch(
    units: readonly UnitMessage[],
    waitedMilliseconds: number,
  ): Promise<readonly UnitResult[]> {
    try {
      return await this.#writer.commit(units, waitedMilliseconds)
    } catch (error) {
      if (!isUncertain(error)) throw error
      return Promise.all(units.map((unit) => this.#lookUp(unit, error)))
    }
  }

  /** A row that can be seen was synced before: SQLite shows a commit only then. */
  async #lookUp(message: UnitMessage, uncertain: StoreError): Promise<UnitResult> {
    const failed: UnitResult = { kind: 'failed', failure: encodeFailure(uncertain) }
    if (message.kind !== 'issuance') return failed
    const { serialNumber, der } = message.unit.certificate
    try {
      const found = await this.#reader.findCertificate(serialNumber)
      if (found === undefined || Buffer.compare(found.der, der) !== 0) return failed
      return { kind: 'issuance', outcome: { status: 'committed' } }
    } catch {
      // Not to be read either: what is uncertain stays so, and no other error may say that nothing was written.
      return failed
    }
  }
}

function isUncertain(error: unknown): error is StoreError {
  return error instanceof StoreError && error.code === 'commit_uncertain'
}

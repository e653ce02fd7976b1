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
import { type CertificateRow, parseCertificateRow } from '../rows/certificate-row.ts'
import { parseRevocationRow, type RevocationRow } from '../rows/revocation-row.ts'
import { encodeSerialNumber } from '../rows/serial-number.ts'
import type { SpentTokenRow } from '../rows/spent-token-row.ts'
import { parseStandingRows, type StandingRow } from '../rows/standing-row.ts'
import { readClock } from '../sql/clock.ts'
import { createImportStore } from '../sql/import-store.ts'
import { createLeaseStore } from '../sql/lease-store.ts'
import { createRevisionStore } from '../sql/revision-store.ts'
import type { ReadSnapshot, SnapshotSource } from '../sql/snapshot-source.ts'
import type {
  ScriptOutcome,
  SqlRow,
  SqlStatement,
  SqlTarget,
  WriteOptions,
} from '../sql/sql-target.ts'
import { createStatisticsReader } from '../statistics/read-statistics.ts'
import type { StatisticsReader } from '../statistics/store-statistics.ts'
import type { CertificateListing, Store } from '../store.ts'
import { ConnectionPool } from './connection-pool.ts'
import { translateFault } from './faults.ts'
import { type BatchTarget, commitIssuances, type IssuanceResult } from './issuance-batch.ts'
import { createLookup, type Lookup } from './lookup.ts'
import { commitRevocation } from './revocation.ts'
import { runScript } from './script.ts'
import type { ServerConnection, ServerDatabase } from './server-database.ts'
import type { PoolBounds } from './server-options.ts'
import { readSnapshot } from './snapshot.ts'

/** A store on a database server, whose schema has been migrated. */
export class ServerStore implements Store, SqlTarget, SnapshotSource {
  readonly kind: ServerDatabase['kind']
  readonly dialect: SqlTarget['dialect']
  readonly persistent = true
  readonly revisions: RevisionStore
  readonly leases: LeaseStore
  readonly retention: RetentionStore
  readonly statistics: StatisticsReader
  readonly backups: BackupStore
  readonly imports: ImportStore
  readonly acme: AcmeStore
  readonly #target: BatchTarget
  readonly #issuances: GroupCommit<IssuanceUnit, IssuanceResult>
  readonly #certificates: Lookup<CertificateRow>
  readonly #revocations: Lookup<RevocationRow>
  readonly #standings: Lookup<StandingRow>
  readonly #spentTokens: Lookup<SpentTokenRow>
  /** What runs beside the groups, so that closing can wait for it. */
  readonly #running = new Set<Promise<unknown>>()
  #closing: Promise<void> | undefined

  constructor(database: ServerDatabase, bounds: PoolBounds) {
    this.kind = database.kind
    this.dialect = database.kind
    const pool = new ConnectionPool<ServerConnection>({
      address: database.address,
      connect: () => database.connect(),
      ...bounds,
    })
    this.#target = { database, pool, retryMilliseconds: bounds.waitMilliseconds }
    this.#issuances = createGroupCommit<IssuanceUnit, IssuanceResult>({
      commitBatch: (units) => commitIssuances(this.#target, units),
      maximumBatchSize: 256,
    })
    this.#certificates = createLookup(
      (serials) => this.#read((connection) => connection.findCertificates(serials)),
      ({ serial }) => serial,
    )
    this.#revocations = createLookup(
      (serials) => this.#read((connection) => connection.findRevocations(serials)),
      ({ serial }) => serial,
    )
    this.#standings = createLookup(
      (serials) => this.#read((connection) => connection.findStandings(serials)),
      ({ serial }) => serial,
    )
    this.#spentTokens = createLookup(
      (ids) => this.#read((connection) => connection.findSpentTokens(ids)),
      ({ id }) => id,
    )
    this.revisions = createRevisionStore(this)
    this.leases = createLeaseStore(this)
    this.retention = createRetentionStore(this, () => this.readClock())
    this.statistics = createStatisticsReader(this, () => this.readClock())
    this.backups = createBackupStore(this, this.leases)
    this.imports = createImportStore(this)
    this.acme = createAcmeStore(this)
  }

  async commitIssuance(unit: IssuanceUnit): Promise<IssuanceOutcome> {
    this.#assertOpen()
    const result = await this.#issuances.submit(unit)
    if (result.outcome === undefined) throw result.error
    return result.outcome
  }

  async commitRevocation(unit: RevocationUnit): Promise<RevocationOutcome> {
    this.#assertOpen()
    return this.#run(commitRevocation(this.#target, unit))
  }

  async findCertificate(serialNumber: bigint): Promise<CertificateRecord | undefined> {
    this.#assertOpen()
    const [row] = await this.#certificates.find(encodeSerialNumber(serialNumber))
    return row && parseCertificateRow(row)
  }

  async findRevocation(serialNumber: bigint): Promise<RevocationRecord | undefined> {
    this.#assertOpen()
    const [row] = await this.#revocations.find(encodeSerialNumber(serialNumber))
    return row && parseRevocationRow(row)
  }

  async findStanding(serialNumber: bigint): Promise<CertificateStanding> {
    this.#assertOpen()
    return parseStandingRows(await this.#standings.find(encodeSerialNumber(serialNumber)))
  }

  async isTokenSpent(tokenId: Uint8Array): Promise<boolean> {
    this.#assertOpen()
    return (await this.#spentTokens.find(tokenId)).length > 0
  }

  async listCertificates({
    after,
    limit,
  }: CertificateListing): Promise<readonly CertificateRecord[]> {
    this.#assertOpen()
    const octets = after === undefined ? new Uint8Array() : encodeSerialNumber(after)
    const rows = await this.#read((connection) => connection.listCertificates(octets, limit))
    return rows.map(parseCertificateRow)
  }

  async countCertificates(): Promise<number> {
    this.#assertOpen()
    return this.#read((connection) => connection.countCertificates())
  }

  async read(statement: SqlStatement): Promise<readonly SqlRow[]> {
    this.#assertOpen()
    return this.#read(async (connection) => (await connection.execute(statement)).rows)
  }

  async readSnapshot<T>(work: (read: ReadSnapshot) => Promise<T>): Promise<T> {
    this.#assertOpen()
    return this.#run(readSnapshot(this.#target, work))
  }

  async write(script: readonly SqlStatement[], options?: WriteOptions): Promise<ScriptOutcome> {
    this.#assertOpen()
    return this.#run(runScript(this.#target, script, options))
  }

  readClock(): Promise<Date> {
    return readClock(this)
  }

  async ping(): Promise<void> {
    this.#assertOpen()
    await this.#read((connection) => connection.ping())
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    await this.#issuances.drain()
    await Promise.all(
      [this.#certificates, this.#revocations, this.#standings, this.#spentTokens].map((lookup) =>
        lookup.drain(),
      ),
    )
    await Promise.allSettled(this.#running)
    await this.#target.pool.close()
  }

  #assertOpen(): void {
    if (this.#closing === undefined) return
    throw new StoreError('store_closed', `the store ${this.#target.database.address} is closed`)
  }

  async #run<T>(work: Promise<T>): Promise<T> {
    this.#running.add(work)
    try {
      return await work
    } finally {
      this.#running.delete(work)
    }
  }

  /** A read that loses its connection is done once more, on another: connections die while they rest. */
  #read<T>(work: (connection: ServerConnection) => Promise<T>): Promise<T> {
    const { database, pool } = this.#target
    const read = async (): Promise<T> => {
      try {
        return await pool.use(work)
      } catch (error) {
        if (error instanceof StoreError || database.faultOf(error).kind !== 'lost') throw error
        return pool.use(work)
      }
    }
    return this.#run(
      read().catch((error: unknown) => {
        throw translateFault(database, error)
      }),
    )
  }
}

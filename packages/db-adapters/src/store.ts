import type { AcmeStore } from './acme/acme-store.ts'
import type { BackupStore } from './backup/backup-store.ts'
import type { CertificateRecord } from './certificate-record.ts'
import type { CertificateStanding } from './certificate-standing.ts'
import type { RevisionStore } from './configuration-revision.ts'
import type { ImportStore } from './import-store.ts'
import type { IssuanceOutcome, IssuanceUnit } from './issuance-unit.ts'
import type { LeaseStore } from './lease.ts'
import type { RetentionStore } from './retention/retention-store.ts'
import type { RevocationRecord } from './revocation-record.ts'
import type { RevocationOutcome, RevocationUnit } from './revocation-unit.ts'
import type { StatisticsReader } from './statistics/store-statistics.ts'

/** Which part of the certificates to list. */
export interface CertificateListing {
  /** The serial number after which to go on: the last one of the part before. */
  readonly after?: bigint
  /** How many at most; at least 1. */
  readonly limit: number
}

/**
 * Where a certificate authority keeps what it must not forget.
 *
 * Every method may be called any number of times at once, from any number of instances on one store.
 * Every method rejects with a {@link StoreError}: `store_closed` after {@link Store.close};
 * `store_unavailable` and `store_corrupt` when the store is not fit to answer. A store that
 * failed works again by itself as soon as its cause is gone.
 */
export interface Store extends AsyncDisposable {
  readonly kind: 'memory' | 'mysql' | 'postgresql' | 'sqlite'

  /**
   * Whether anything outlives the process. A store that is not persistent keeps spent tokens only:
   * it issues, lists nothing and refuses to revoke.
   */
  readonly persistent: boolean

  /** The numbered revisions of the configuration that all instances share. */
  readonly revisions: RevisionStore

  /** Who may do alone, among all instances, what a name stands for. */
  readonly leases: LeaseStore

  readonly retention: RetentionStore

  readonly statistics: StatisticsReader

  readonly backups: BackupStore

  /** The data of other authorities that was taken over. */
  readonly imports: ImportStore

  /** Accounts, orders and what belongs to them. */
  readonly acme: AcmeStore

  /**
   * Claims, records the certificate and writes the audit entry, in one transaction.
   *
   * What an implementation owes:
   * - Durability: it resolves with `committed` only when all of it is on stable storage.
   * - Atomicity: any other outcome, and any rejection but `commit_uncertain`, leaves no trace.
   * - One time: of all units that claim one token, wherever they run and however they overlap, at most
   *   one is ever committed, and one is unless all fail; crashes do not revive a spent token.
   * - Isolation: a renewal is judged in the same transaction that records it, so that a revocation of
   *   its predecessor comes wholly before it (`predecessor_revoked`) or sees it.
   * - Configuration: a unit that names a revision other than the newest is not committed (`configuration_changed`). A
   *   revision that was acknowledged before the unit's transaction began is seen, wherever it was committed.
   * - Neighbours: units may share a transaction, but each gets its own outcome, and one that fails does
   *   not fail another. A unit alone waits for no others.
   * - Contention, deadlocks and serialization failures are waited out inside, up to a bound.
   *
   * @throws {StoreError} `commit_uncertain`, `store_busy`, `store_full`, `store_read_only`, `store_unavailable`.
   * @throws {TypeError} when a value of the unit cannot be kept, such as an invalid date.
   */
  commitIssuance(unit: IssuanceUnit): Promise<IssuanceOutcome>

  /**
   * Spends the token, revokes the certificate, with `withRenewals` its kin too, and writes the audit
   * entries, in one transaction. It owes what {@link Store.commitIssuance} owes. A token already spent
   * is told before a certificate already revoked.
   *
   * With `withRenewals`, a certificate that was revoked before is skipped; when the asked-for one was and
   * there is nothing else to revoke, the outcome is `already_revoked`.
   *
   * @throws {StoreError} as {@link Store.commitIssuance}, and `store_unsupported` if not {@link Store.persistent}.
   */
  commitRevocation(unit: RevocationUnit): Promise<RevocationOutcome>

  /** Returns what is kept of a certificate. It sees every commit that was acknowledged before the call. */
  findCertificate(serialNumber: bigint): Promise<CertificateRecord | undefined>

  /** Returns the revocation of a certificate. It sees every commit that was acknowledged before the call. */
  findRevocation(serialNumber: bigint): Promise<RevocationRecord | undefined>

  /**
   * Returns, in one trip and as of one moment, what {@link Store.findCertificate} and {@link Store.findRevocation} tell of
   * a certificate that is shown.
   */
  findStanding(serialNumber: bigint): Promise<CertificateStanding>

  /**
   * Tells whether a token is spent, to refuse it before any work. Only a commit decides: `false` here
   * promises nothing.
   */
  isTokenSpent(tokenId: Uint8Array): Promise<boolean>

  /**
   * Lists certificates in an order that is stable and is not that of issuance. Whoever goes on after the
   * last one of each part sees every certificate that was there all the while exactly once.
   */
  listCertificates(listing: CertificateListing): Promise<readonly CertificateRecord[]>

  /** Counts the certificates. */
  countCertificates(): Promise<number>

  /**
   * Reads the clock of the database: that of its server, or of this machine where there is none.
   *
   * @throws {StoreError} `store_unsupported` if not {@link Store.persistent}.
   */
  readClock(): Promise<Date>

  /** Resolves when the store can be read now, without waiting for writers. */
  ping(): Promise<void>

  /** Refuses new calls, completes those that were accepted, and lets go of everything. May be called again. */
  close(): Promise<void>
}

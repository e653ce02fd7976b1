export type {
  AcmeAccountListing,
  AcmeAccountOutcome,
  AcmeAccountStore,
  AcmeAccountUnit,
} from './acme/account-store.ts'
export type { AcmeStore } from './acme/acme-store.ts'
export type {
  AcmeAttempt,
  AcmeAttemptOutcome,
  AcmeChallengeReference,
  AcmeChallengeStore,
  AcmeStalledChallenge,
} from './acme/challenge-store.ts'
export type { AcmeExternalAccountKeyStore } from './acme/external-account-key-store.ts'
export type { AcmeNonce, AcmeNonceKey, AcmeNonceStore } from './acme/nonce-store.ts'
export type {
  AcmeAuthorizationView,
  AcmeOrderCursor,
  AcmeOrderListing,
  AcmeOrderOutcome,
  AcmeOrderStore,
  AcmeOrderUnit,
  AcmeOrderView,
} from './acme/order-store.ts'
export type { AcmeAccountRecord, AcmeExternalAccountKeyRecord } from './acme-account.ts'
export type {
  AcmeAuthorizationRecord,
  AcmeChallengeRecord,
  AcmeIdentifier,
  AcmeOrderRecord,
  AcmeProblem,
} from './acme-order.ts'
export type { AuditEntry } from './audit-entry.ts'
export type {
  BackupOptions,
  BackupProgress,
  BackupStore,
  BackupSummary,
  RestoreMark,
  RestoreOptions,
} from './backup/backup-store.ts'
export type { CertificateRecord } from './certificate-record.ts'
export type { CertificateStanding } from './certificate-standing.ts'
export type {
  ConfigurationRevision,
  RevisionListing,
  RevisionOutcome,
  RevisionStore,
} from './configuration-revision.ts'
export type { DatabaseStatus } from './database-status.ts'
export { StoreError, type StoreErrorCode } from './errors.ts'
export type {
  AcmeAccountKey,
  ImportOutcome,
  ImportPart,
  ImportRecord,
  ImportStore,
} from './import-store.ts'
export type {
  Claim,
  IssuanceOutcome,
  IssuanceUnit,
  OrderClaim,
  TokenClaim,
} from './issuance-unit.ts'
export type { Lease, LeaseStore, LeaseWish } from './lease.ts'
export { createMemoryStore, type MemoryStoreOptions } from './memory-store.ts'
export type {
  PruneCounts,
  PruneResult,
  Pruning,
  RetentionRules,
  RetentionStore,
} from './retention/retention-store.ts'
export type { RevocationRecord } from './revocation-record.ts'
export type { RevocationOutcome, RevocationUnit } from './revocation-unit.ts'
export type {
  Growth,
  StatisticsReader,
  StoreStatistics,
  TableStatistics,
} from './statistics/store-statistics.ts'
export type { CertificateListing, Store } from './store.ts'

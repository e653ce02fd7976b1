import type { AcmeAccountRecord, AcmeExternalAccountKeyRecord } from './acme-account.ts'
import type { AcmeAuthorizationRecord, AcmeChallengeRecord, AcmeOrderRecord } from './acme-order.ts'
import type { CertificateRecord } from './certificate-record.ts'
import type { TokenClaim } from './issuance-unit.ts'
import type { RevocationRecord } from './revocation-record.ts'

/** How far the data of another authority has been taken over. One a source. */
export interface ImportRecord {
  /** Which data it is: the same as long as it lies in the same place. */
  readonly source: string
  /** The same for people, without a password. */
  readonly description: string
  /** The digest that the source had when its reading began. */
  readonly state: string
  /** 1 when it begins, and one more with each part. */
  readonly step: number
  /** Where to go on, and what was counted so far; the importer's own JSON. */
  readonly progress: string
  readonly startedAt: Date
  /** When all was there that the source held in `state`. */
  readonly finishedAt?: Date
}

/**
 * Rows to be added. A certificate, revocation or spent token that is there already stays as it is; of ACME nothing that is
 * to be added may be there: the caller looks first.
 */
export interface ImportPart {
  readonly certificates?: readonly CertificateRecord[]
  readonly revocations?: readonly RevocationRecord[]
  readonly spentTokens?: readonly TokenClaim[]
  readonly accounts?: readonly AcmeAccountRecord[]
  readonly externalAccountKeys?: readonly AcmeExternalAccountKeyRecord[]
  /** Accounts that are there: those that are still valid end as these have. */
  readonly endedAccounts?: readonly Pick<AcmeAccountRecord, 'id' | 'status' | 'deactivatedAt'>[]
  /** Keys that are there: those that have bound nobody yet are spent as these are. */
  readonly boundExternalAccountKeys?: readonly AcmeExternalAccountKeyRecord[]
  readonly orders?: readonly AcmeOrderRecord[]
  readonly authorizations?: readonly AcmeAuthorizationRecord[]
  readonly challenges?: readonly AcmeChallengeRecord[]
}

/** How a part ended. Only after `committed` was anything written. */
export type ImportOutcome =
  | { readonly status: 'committed' }
  /** The import is not at the step before: somebody else is at it. */
  | { readonly status: 'overtaken' }
  /** A name or key that must be unique is taken by another row. */
  | { readonly status: 'key_taken' }

/** An account's key at a provisioner. */
export type AcmeAccountKey = Pick<AcmeAccountRecord, 'provisionerId' | 'thumbprint'>

/**
 * Takes over what another authority has kept, part by part: the rows of a part and the step that it makes are written in
 * one transaction, so that an import that was killed goes on where it stood. The rows get the keys that they would
 * have been issued, revoked and spent under here: a server may be at work on the same store.
 *
 * What to look up is bounded by the caller: some hundreds at once.
 */
export interface ImportStore {
  findImport(source: string): Promise<ImportRecord | undefined>

  /** Lists the imports that have not ended, the one that began first before the others. */
  listUnfinished(): Promise<readonly ImportRecord[]>

  /**
   * Writes a part with its step: step 1 makes the record, or takes the place of one that `replaces` names by its step.
   *
   * @throws {StoreError} as `Store.commitIssuance`. After `commit_uncertain`, {@link findImport} tells the step.
   */
  commitPart(
    next: ImportRecord,
    part: ImportPart,
    options?: { readonly replaces?: number },
  ): Promise<ImportOutcome>

  /** Returns the octets of those certificates that are there. */
  findCertificates(serialNumbers: readonly bigint[]): Promise<ReadonlyMap<bigint, Uint8Array>>
  findRevoked(serialNumbers: readonly bigint[]): Promise<ReadonlySet<bigint>>
  /** Returns those that are there, in hexadecimal. */
  findSpent(tokenIds: readonly Uint8Array[]): Promise<ReadonlySet<string>>
  findAccounts(ids: readonly string[]): Promise<ReadonlySet<string>>
  /** Returns the ids of the accounts with these keys, by provisioner id, a space and the thumbprint in hexadecimal. */
  findAccountsByKey(keys: readonly AcmeAccountKey[]): Promise<ReadonlyMap<string, string>>
  findExternalAccountKeys(ids: readonly string[]): Promise<ReadonlySet<string>>
  findOrders(ids: readonly string[]): Promise<ReadonlySet<string>>
}

import type { Generated } from 'kysely'
import type { AcmeAccountRow, AcmeExternalAccountKeyRow } from './acme-account-row.ts'
import type {
  AcmeAuthorizationRow,
  AcmeChallengeRow,
  AcmeNonceKeyRow,
  AcmeOrderRow,
  AcmeSpentNonceRow,
} from './acme-order-row.ts'
import type { AuditRow } from './audit-row.ts'
import type { CertificateRow } from './certificate-row.ts'
import type { ConfigurationRow } from './configuration-row.ts'
import type { ImportRow } from './import-row.ts'
import type { LeaseRow } from './lease-row.ts'
import type { RestoreRow } from './restore-row.ts'
import type { RevocationRow } from './revocation-row.ts'
import type { SpentTokenRow } from './spent-token-row.ts'

/**
 * The tables, the same on every database. Serial numbers are octets (see `serial-number.ts`), times
 * are milliseconds since 1970, lists are compact JSON.
 */
export interface Tables {
  certificates: CertificateRow
  revocations: RevocationRow
  spent_tokens: SpentTokenRow
  /** `id` tells the order in which the entries were written. */
  audit: AuditRow & { id: Generated<number> }
  configuration: ConfigurationRow
  leases: LeaseRow
  restores: RestoreRow
  imports: ImportRow
  acme_accounts: AcmeAccountRow
  acme_external_account_keys: AcmeExternalAccountKeyRow
  acme_orders: AcmeOrderRow
  acme_authorizations: AcmeAuthorizationRow
  acme_challenges: AcmeChallengeRow
  acme_spent_nonces: AcmeSpentNonceRow
  acme_nonce_keys: AcmeNonceKeyRow
}

const tables: Record<keyof Tables, true> = {
  certificates: true,
  revocations: true,
  spent_tokens: true,
  audit: true,
  configuration: true,
  leases: true,
  restores: true,
  imports: true,
  acme_accounts: true,
  acme_external_account_keys: true,
  acme_orders: true,
  acme_authorizations: true,
  acme_challenges: true,
  acme_spent_nonces: true,
  acme_nonce_keys: true,
}

/** The names of all of {@link Tables}. */
export const tableNames: ReadonlySet<string> = new Set(Object.keys(tables))

import type { Generated } from 'kysely'
import type { AuditRow } from './audit-row.ts'
import type { CertificateRow } from './certificate-row.ts'
import type { ConfigurationRow } from './configuration-row.ts'
import type { LeaseRow } from './lease-row.ts'
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
}

const tables: Record<keyof Tables, true> = {
  certificates: true,
  revocations: true,
  spent_tokens: true,
  audit: true,
  configuration: true,
  leases: true,
}

/** The names of all of {@link Tables}. */
export const tableNames: ReadonlySet<string> = new Set(Object.keys(tables))

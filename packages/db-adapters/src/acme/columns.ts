import { type AliasedRawBuilder, sql } from 'kysely'
import type {
  AcmeAuthorizationRow,
  AcmeChallengeRow,
  AcmeOrderRow,
} from '../rows/acme-order-row.ts'
import type { CertificateRow } from '../rows/certificate-row.ts'
import type { SqlRow, SqlValue } from '../sql/sql-target.ts'

/** Names the columns of a table in a query of several, each as `<alias>_<column>`. */
export function columnsOf<Row>(
  alias: string,
  columns: readonly (keyof Row & string)[],
): AliasedRawBuilder<SqlValue, string>[] {
  return columns.map((column) =>
    sql<SqlValue>`${sql.ref(`${alias}.${column}`)}`.as(`${alias}_${column}`),
  )
}

/** The row that {@link columnsOf} has named, or `undefined` where an outer join has found none. */
export function rowOf<Row>(
  row: SqlRow,
  alias: string,
  columns: readonly (keyof Row & string)[],
): Row | undefined {
  const entries = columns.map((column) => [column, row[`${alias}_${column}`] ?? null] as const)
  const [[, key] = ['', null]] = entries
  return key === null ? undefined : (Object.fromEntries(entries) as Row)
}

export const orderColumns: readonly (keyof AcmeOrderRow)[] = [
  'id',
  'account_id',
  'provisioner_id',
  'status',
  'identifiers',
  'not_before',
  'not_after',
  'profile',
  'replaces',
  'created_at',
  'expires_at',
  'certificate_id',
  'serial',
  'problem',
]

export const authorizationColumns: readonly (keyof AcmeAuthorizationRow)[] = [
  'id',
  'order_id',
  'account_id',
  'position',
  'identifier_type',
  'identifier_value',
  'wildcard',
  'status',
  'created_at',
  'expires_at',
]

export const challengeColumns: readonly (keyof AcmeChallengeRow)[] = [
  'id',
  'authorization_id',
  'position',
  'type',
  'status',
  'token',
  'created_at',
  'validated_at',
  'problem',
  'attempt',
  'deadline',
  'trace',
]

export const certificateColumns: readonly (keyof CertificateRow)[] = [
  'serial',
  'der',
  'subject',
  'names',
  'public_key_sha256',
  'predecessor',
  'provisioner_id',
  'provisioner_name',
  'provisioner_type',
  'profile',
  'not_before',
  'not_after',
  'issued_at',
]

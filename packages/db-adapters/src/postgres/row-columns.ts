import type { AcmeSpentNonceRow, FinalizedOrder } from '../rows/acme-order-row.ts'
import type { AuditRow } from '../rows/audit-row.ts'
import type { CertificateRow } from '../rows/certificate-row.ts'
import type { RevocationRow } from '../rows/revocation-row.ts'
import type { SpentTokenRow } from '../rows/spent-token-row.ts'
import {
  encodeByteaArray,
  encodeInt8,
  encodeInt8Array,
  encodeTextArray,
} from './array-parameter.ts'

/** The rows as one array a column, in the order in which `insertSpentTokens` names them. */
export function spentTokenColumns(rows: readonly SpentTokenRow[]): Buffer[] {
  return [
    encodeByteaArray(rows.map(({ id }) => id)),
    encodeByteaArray(rows.map(({ spent_by }) => spent_by)),
    encodeInt8Array(rows.map(({ expires_at }) => expires_at)),
  ]
}

/** As {@link spentTokenColumns}, for `insertSpentNonces`. */
export function spentNonceColumns(rows: readonly AcmeSpentNonceRow[]): Buffer[] {
  return [
    encodeByteaArray(rows.map(({ id }) => id)),
    encodeInt8Array(rows.map(({ expires_at }) => expires_at)),
  ]
}

/** As {@link spentTokenColumns}, for `finalizeOrders`, with how many they are. */
export function finalizedOrderColumns(orders: readonly FinalizedOrder[]): Buffer[] {
  return [
    encodeTextArray(orders.map(({ id }) => id)),
    encodeTextArray(orders.map(({ certificate_id }) => certificate_id)),
    encodeByteaArray(orders.map(({ serial }) => serial)),
    encodeInt8Array(orders.map(({ issued_at }) => issued_at)),
    encodeInt8Array(orders.map(({ ends_at }) => ends_at)),
    encodeInt8(orders.length),
  ]
}

/** As {@link spentTokenColumns}, for `insertCertificates`. */
export function certificateColumns(rows: readonly CertificateRow[]): Buffer[] {
  return [
    encodeByteaArray(rows.map(({ serial }) => serial)),
    encodeByteaArray(rows.map(({ der }) => der)),
    encodeTextArray(rows.map(({ subject }) => subject)),
    encodeTextArray(rows.map(({ names }) => names)),
    encodeByteaArray(rows.map(({ public_key_sha256 }) => public_key_sha256)),
    encodeByteaArray(rows.map(({ predecessor }) => predecessor)),
    encodeTextArray(rows.map(({ provisioner_id }) => provisioner_id)),
    encodeTextArray(rows.map(({ provisioner_name }) => provisioner_name)),
    encodeTextArray(rows.map(({ provisioner_type }) => provisioner_type)),
    encodeTextArray(rows.map(({ profile }) => profile)),
    encodeInt8Array(rows.map(({ not_before }) => not_before)),
    encodeInt8Array(rows.map(({ not_after }) => not_after)),
    encodeInt8Array(rows.map(({ issued_at }) => issued_at)),
  ]
}

/** As {@link spentTokenColumns}, for `insertAudit`. */
export function auditColumns(rows: readonly AuditRow[]): Buffer[] {
  return [
    encodeInt8Array(rows.map(({ at }) => at)),
    encodeTextArray(rows.map(({ action }) => action)),
    encodeByteaArray(rows.map(({ serial }) => serial)),
    encodeTextArray(rows.map(({ provisioner_id }) => provisioner_id)),
    encodeTextArray(rows.map(({ request_id }) => request_id)),
    encodeTextArray(rows.map(({ detail }) => detail)),
  ]
}

/** As {@link spentTokenColumns}, for `insertRevocations`. */
export function revocationColumns(rows: readonly RevocationRow[]): Buffer[] {
  return [
    encodeByteaArray(rows.map(({ serial }) => serial)),
    encodeInt8Array(rows.map(({ reason_code }) => reason_code)),
    encodeTextArray(rows.map(({ reason }) => reason)),
    encodeInt8Array(rows.map(({ revoked_at }) => revoked_at)),
    encodeInt8Array(rows.map(({ expires_at }) => expires_at)),
    encodeTextArray(rows.map(({ provisioner_id }) => provisioner_id)),
    encodeInt8Array(rows.map(({ mutual_tls }) => mutual_tls)),
    encodeByteaArray(rows.map(({ token_id }) => token_id)),
  ]
}

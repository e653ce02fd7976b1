import type { IssuanceUnit } from '../issuance-unit.ts'
import {
  type AcmeSpentNonceRow,
  encodeAcmeNonceRow,
  encodeFinalizedOrder,
  type FinalizedOrder,
} from '../rows/acme-order-row.ts'
import { type AuditRow, encodeAuditRow } from '../rows/audit-row.ts'
import { type CertificateRow, encodeCertificateRow } from '../rows/certificate-row.ts'
import { encodeSerialNumber } from '../rows/serial-number.ts'
import { encodeSpentTokenRow, type SpentTokenRow } from '../rows/spent-token-row.ts'

/** An issuance as it is written. */
export interface IssuanceRows {
  readonly token: SpentTokenRow | undefined
  /** The serial number of the certificate that must not be revoked. */
  readonly renewed: Uint8Array | undefined
  readonly order: FinalizedOrder | undefined
  readonly nonce: AcmeSpentNonceRow | undefined
  readonly certificate: CertificateRow
  readonly audit: AuditRow
  /** The revision of the configuration that must be the newest; any if `undefined`. */
  readonly revision: number | undefined
}

/** @throws {TypeError} when a value cannot be kept by any of the databases. */
export function encodeIssuanceRows(unit: IssuanceUnit): IssuanceRows {
  const { claim, certificate, audit, revision } = unit
  const row = encodeCertificateRow(certificate)
  const token = claim.kind === 'renewal' ? claim.token : claim.kind === 'token' ? claim : undefined
  const rows: IssuanceRows = {
    token: token && encodeSpentTokenRow(token, row.serial),
    renewed: claim.kind === 'renewal' ? encodeSerialNumber(claim.predecessor) : undefined,
    order: claim.kind === 'order' ? encodeFinalizedOrder(claim, row) : undefined,
    nonce: claim.kind === 'order' && claim.nonce ? encodeAcmeNonceRow(claim.nonce) : undefined,
    certificate: row,
    audit: encodeAuditRow(audit),
    revision,
  }
  if (revision !== undefined) assertKeepable({ revision })
  assertKeepable(rows.certificate)
  assertKeepable(rows.audit)
  if (rows.token) assertKeepable(rows.token)
  if (rows.nonce) assertKeepable(rows.nonce)
  return rows
}

/**
 * Refuses numbers that are none, such as the time of an invalid date.
 *
 * @throws {TypeError}
 */
export function assertKeepable(row: object): void {
  for (const [column, value] of Object.entries(row)) {
    if (typeof value === 'number' && !Number.isSafeInteger(value)) {
      throw new TypeError(`the database cannot keep ${value} as ${column}`)
    }
  }
}

import type { RevocationRecord } from '../revocation-record.ts'
import { encodeSerialNumber, parseSerialNumber } from './serial-number.ts'

export interface RevocationRow {
  serial: Uint8Array
  reason_code: number
  reason: string
  revoked_at: number
  expires_at: number | null
  provisioner_id: string
  /** 0 or 1. */
  mutual_tls: number
  token_id: Uint8Array | null
}

export function encodeRevocationRow(record: RevocationRecord): RevocationRow {
  return {
    serial: encodeSerialNumber(record.serialNumber),
    reason_code: record.reasonCode,
    reason: record.reason,
    revoked_at: record.revokedAt.getTime(),
    expires_at: record.expiresAt?.getTime() ?? null,
    provisioner_id: record.provisionerId,
    mutual_tls: record.mutualTls ? 1 : 0,
    token_id: record.tokenId ?? null,
  }
}

export function parseRevocationRow(row: RevocationRow): RevocationRecord {
  return {
    serialNumber: parseSerialNumber(row.serial),
    reasonCode: row.reason_code,
    reason: row.reason,
    revokedAt: new Date(row.revoked_at),
    ...(row.expires_at === null ? {} : { expiresAt: new Date(row.expires_at) }),
    provisionerId: row.provisioner_id,
    mutualTls: row.mutual_tls === 1,
    ...(row.token_id === null ? {} : { tokenId: row.token_id }),
  }
}

import type { AuditEntry } from '../audit-entry.ts'
import { encodeSerialNumber } from './serial-number.ts'

export interface AuditRow {
  at: number
  action: string
  serial: Uint8Array
  provisioner_id: string
  request_id: string
  detail: string | null
}

export function encodeAuditRow(entry: AuditEntry): AuditRow {
  return {
    at: entry.at.getTime(),
    action: entry.action,
    serial: encodeSerialNumber(entry.serialNumber),
    provisioner_id: entry.provisionerId,
    request_id: entry.requestId,
    detail: entry.detail ?? null,
  }
}

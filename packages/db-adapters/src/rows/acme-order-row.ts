import type {
  AcmeAuthorizationRecord,
  AcmeChallengeRecord,
  AcmeOrderRecord,
} from '../acme-order.ts'
import { encodeSerialNumber } from './serial-number.ts'

export interface AcmeOrderRow {
  id: string
  account_id: string
  provisioner_id: string
  status: string
  identifiers: string
  not_before: number | null
  not_after: number | null
  created_at: number
  expires_at: number
  certificate_id: string | null
  /** The serial number of the certificate. */
  serial: Uint8Array | null
  problem: string | null
}

export function encodeAcmeOrderRow(record: AcmeOrderRecord): AcmeOrderRow {
  const isValid = record.status === 'valid'
  const problem = record.status === 'invalid' ? record.problem : undefined
  return {
    id: record.id,
    account_id: record.accountId,
    provisioner_id: record.provisionerId,
    status: record.status,
    identifiers: JSON.stringify(record.identifiers),
    not_before: record.notBefore?.getTime() ?? null,
    not_after: record.notAfter?.getTime() ?? null,
    created_at: record.createdAt.getTime(),
    expires_at: record.expiresAt.getTime(),
    certificate_id: isValid ? record.certificateId : null,
    serial: isValid ? encodeSerialNumber(record.serialNumber) : null,
    problem: problem === undefined ? null : JSON.stringify(problem),
  }
}

export interface AcmeAuthorizationRow {
  id: string
  order_id: string
  account_id: string
  position: number
  identifier_type: string
  identifier_value: string
  /** 0 or 1. */
  wildcard: number
  status: string
  created_at: number
  expires_at: number
}

export function encodeAcmeAuthorizationRow(record: AcmeAuthorizationRecord): AcmeAuthorizationRow {
  return {
    id: record.id,
    order_id: record.orderId,
    account_id: record.accountId,
    position: record.position,
    identifier_type: record.identifier.type,
    identifier_value: record.identifier.value,
    wildcard: record.wildcard ? 1 : 0,
    status: record.status,
    created_at: record.createdAt.getTime(),
    expires_at: record.expiresAt.getTime(),
  }
}

export interface AcmeChallengeRow {
  id: string
  authorization_id: string
  position: number
  type: string
  status: string
  token: string
  created_at: number
  validated_at: number | null
  problem: string | null
}

export function encodeAcmeChallengeRow(record: AcmeChallengeRecord): AcmeChallengeRow {
  return {
    id: record.id,
    authorization_id: record.authorizationId,
    position: record.position,
    type: record.type,
    status: record.status,
    token: record.token,
    created_at: record.createdAt.getTime(),
    validated_at: record.validatedAt?.getTime() ?? null,
    problem: record.problem === undefined ? null : JSON.stringify(record.problem),
  }
}

/** A nonce that was used, RFC 8555 §6.5; unused ones are not kept. */
export interface AcmeSpentNonceRow {
  id: Uint8Array
  expires_at: number
}

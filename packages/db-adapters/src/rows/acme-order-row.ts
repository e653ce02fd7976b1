import type { AcmeNonce } from '../acme/nonce-store.ts'
import type {
  AcmeAuthorizationRecord,
  AcmeChallengeRecord,
  AcmeOrderRecord,
} from '../acme-order.ts'
import { StoreError } from '../errors.ts'
import type { OrderClaim } from '../issuance-unit.ts'
import type { CertificateRow } from './certificate-row.ts'
import { given, givenDate } from './given.ts'
import { encodeSerialNumber, parseSerialNumber } from './serial-number.ts'

export interface AcmeOrderRow {
  id: string
  account_id: string
  provisioner_id: string
  status: string
  identifiers: string
  not_before: number | null
  not_after: number | null
  profile: string | null
  /** Null where it replaces none, and once it is invalid: only those that stand must differ. */
  replaces: string | null
  created_at: number
  expires_at: number
  /** When nobody has a use for it any more: when it expires, or its certificate does. */
  ends_at: number
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
    profile: record.profile ?? null,
    replaces: record.status === 'invalid' ? null : (record.replaces ?? null),
    created_at: record.createdAt.getTime(),
    expires_at: record.expiresAt.getTime(),
    ends_at: ((isValid && record.notAfter) || record.expiresAt).getTime(),
    certificate_id: isValid ? record.certificateId : null,
    serial: isValid ? encodeSerialNumber(record.serialNumber) : null,
    problem: problem === undefined ? null : JSON.stringify(problem),
  }
}

export function parseAcmeOrderRow(row: AcmeOrderRow): AcmeOrderRecord {
  const fields = {
    id: row.id,
    accountId: row.account_id,
    provisionerId: row.provisioner_id,
    identifiers: JSON.parse(row.identifiers),
    ...givenDate('notBefore', row.not_before),
    ...givenDate('notAfter', row.not_after),
    ...given('profile', row.profile),
    ...given('replaces', row.replaces),
    createdAt: new Date(row.created_at),
    expiresAt: new Date(row.expires_at),
  }
  const { status, certificate_id: certificateId, serial } = row
  switch (status) {
    case 'pending':
    case 'ready':
      return { ...fields, status }
    case 'valid':
      if (certificateId === null || serial === null) break
      return { ...fields, status, certificateId, serialNumber: parseSerialNumber(serial) }
    case 'invalid':
      return {
        ...fields,
        status,
        ...(row.problem === null ? {} : { problem: JSON.parse(row.problem) }),
      }
  }
  throw new StoreError(
    'store_corrupt',
    `the order ${row.id} is ${status} without what belongs to it`,
  )
}

/** What makes an order valid that is ready and has not expired when the certificate is issued. */
export interface FinalizedOrder {
  readonly id: string
  readonly certificate_id: string
  readonly serial: Uint8Array
  readonly issued_at: number
  readonly ends_at: number
}

export function encodeFinalizedOrder(
  { orderId, certificateId }: Pick<OrderClaim, 'orderId' | 'certificateId'>,
  { serial, issued_at, not_after }: CertificateRow,
): FinalizedOrder {
  return { id: orderId, certificate_id: certificateId, serial, issued_at, ends_at: not_after }
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

export function parseAcmeAuthorizationRow(row: AcmeAuthorizationRow): AcmeAuthorizationRecord {
  return {
    id: row.id,
    orderId: row.order_id,
    accountId: row.account_id,
    position: row.position,
    identifier: { type: row.identifier_type, value: row.identifier_value },
    wildcard: row.wildcard !== 0,
    status: row.status as AcmeAuthorizationRecord['status'],
    createdAt: new Date(row.created_at),
    expiresAt: new Date(row.expires_at),
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
  attempt: number
  /** Null unless it is processing. */
  deadline: number | null
  trace: string | null
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
    attempt: record.attempt ?? 0,
    deadline: record.deadline?.getTime() ?? null,
    trace: record.trace ?? null,
  }
}

export function parseAcmeChallengeRow(row: AcmeChallengeRow): AcmeChallengeRecord {
  return {
    id: row.id,
    authorizationId: row.authorization_id,
    position: row.position,
    type: row.type,
    status: row.status as AcmeChallengeRecord['status'],
    token: row.token,
    createdAt: new Date(row.created_at),
    ...givenDate('validatedAt', row.validated_at),
    ...(row.problem === null ? {} : { problem: JSON.parse(row.problem) }),
    attempt: row.attempt,
    ...givenDate('deadline', row.deadline),
    ...given('trace', row.trace),
  }
}

/** A nonce that was used, RFC 8555 §6.5; unused ones are not kept. */
export interface AcmeSpentNonceRow {
  id: Uint8Array
  expires_at: number
}

export function encodeAcmeNonceRow({ id, expiresAt }: AcmeNonce): AcmeSpentNonceRow {
  return { id, expires_at: expiresAt.getTime() }
}

export interface AcmeNonceKeyRow {
  number: number
  key_octets: Uint8Array
  created_at: number
}

import type { AcmeAccountRecord, AcmeExternalAccountKeyRecord } from '../acme-account.ts'
import { given, givenDate } from './given.ts'

export interface AcmeAccountRow {
  id: string
  provisioner_id: string
  status: string
  public_key: string
  thumbprint: Uint8Array
  contacts: string
  location_prefix: string | null
  terms_agreed_at: number | null
  external_account_key_id: string | null
  created_at: number
  deactivated_at: number | null
}

export function encodeAcmeAccountRow(record: AcmeAccountRecord): AcmeAccountRow {
  return {
    id: record.id,
    provisioner_id: record.provisionerId,
    status: record.status,
    public_key: record.publicKey,
    thumbprint: record.thumbprint,
    contacts: JSON.stringify(record.contacts),
    location_prefix: record.locationPrefix ?? null,
    terms_agreed_at: record.termsOfServiceAgreedAt?.getTime() ?? null,
    external_account_key_id: record.externalAccountKeyId ?? null,
    created_at: record.createdAt.getTime(),
    deactivated_at: record.deactivatedAt?.getTime() ?? null,
  }
}

export function parseAcmeAccountRow(row: AcmeAccountRow): AcmeAccountRecord {
  return {
    id: row.id,
    provisionerId: row.provisioner_id,
    status: row.status as AcmeAccountRecord['status'],
    publicKey: row.public_key,
    thumbprint: row.thumbprint,
    contacts: JSON.parse(row.contacts),
    ...given('locationPrefix', row.location_prefix),
    ...givenDate('termsOfServiceAgreedAt', row.terms_agreed_at),
    ...given('externalAccountKeyId', row.external_account_key_id),
    createdAt: new Date(row.created_at),
    ...givenDate('deactivatedAt', row.deactivated_at),
  }
}

export interface AcmeExternalAccountKeyRow {
  id: string
  provisioner_id: string
  /** Null where it has none: only names must differ. */
  reference: string | null
  hmac_key: Uint8Array | null
  names: string | null
  maximum_accounts: number
  account_count: number
  account_id: string | null
  created_at: number
  bound_at: number | null
}

export function encodeAcmeExternalAccountKeyRow(
  record: AcmeExternalAccountKeyRecord,
): AcmeExternalAccountKeyRow {
  return {
    id: record.id,
    provisioner_id: record.provisionerId,
    reference: record.reference ?? null,
    hmac_key: record.hmacKey ?? null,
    names: record.names === undefined ? null : JSON.stringify(record.names),
    maximum_accounts: record.maximumAccounts ?? 1,
    account_count: record.accountCount ?? (record.accountId === undefined ? 0 : 1),
    account_id: record.accountId ?? null,
    created_at: record.createdAt.getTime(),
    bound_at: record.boundAt?.getTime() ?? null,
  }
}

export function parseAcmeExternalAccountKeyRow(
  row: AcmeExternalAccountKeyRow,
): AcmeExternalAccountKeyRecord {
  return {
    id: row.id,
    provisionerId: row.provisioner_id,
    ...given('reference', row.reference),
    ...given('hmacKey', row.hmac_key),
    ...(row.names === null ? {} : { names: JSON.parse(row.names) }),
    maximumAccounts: row.maximum_accounts,
    accountCount: row.account_count,
    ...given('accountId', row.account_id),
    createdAt: new Date(row.created_at),
    ...givenDate('boundAt', row.bound_at),
  }
}

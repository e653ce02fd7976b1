import type { AcmeAccountRecord, AcmeExternalAccountKeyRecord } from '../acme-account.ts'

export interface AcmeAccountRow {
  id: string
  provisioner_id: string
  status: string
  public_key: string
  thumbprint: Uint8Array
  contacts: string
  location_prefix: string | null
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
    created_at: record.createdAt.getTime(),
    deactivated_at: record.deactivatedAt?.getTime() ?? null,
  }
}

export interface AcmeExternalAccountKeyRow {
  id: string
  provisioner_id: string
  /** Null where it has none: only names must differ. */
  reference: string | null
  hmac_key: Uint8Array | null
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
    account_id: record.accountId ?? null,
    created_at: record.createdAt.getTime(),
    bound_at: record.boundAt?.getTime() ?? null,
  }
}

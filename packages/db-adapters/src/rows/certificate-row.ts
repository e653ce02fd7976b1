import type { CertificateRecord } from '../certificate-record.ts'
import { StoreError } from '../errors.ts'
import { encodeSerialNumber, parseSerialNumber } from './serial-number.ts'

export interface CertificateRow {
  serial: Uint8Array
  der: Uint8Array
  subject: string
  names: string
  public_key_sha256: Uint8Array
  predecessor: Uint8Array | null
  provisioner_id: string
  provisioner_name: string
  provisioner_type: string
  profile: string
  not_before: number
  not_after: number
  issued_at: number
}

export function encodeCertificateRow(record: CertificateRecord): CertificateRow {
  const { predecessor } = record
  return {
    serial: encodeSerialNumber(record.serialNumber),
    der: record.der,
    subject: record.subject,
    names: JSON.stringify(record.names),
    public_key_sha256: record.publicKeySha256,
    predecessor: predecessor === undefined ? null : encodeSerialNumber(predecessor),
    provisioner_id: record.provisionerId,
    provisioner_name: record.provisionerName,
    provisioner_type: record.provisionerType,
    profile: record.profile,
    not_before: record.notBefore.getTime(),
    not_after: record.notAfter.getTime(),
    issued_at: record.issuedAt.getTime(),
  }
}

/** @throws {StoreError} `store_corrupt` when the names are not what {@link encodeCertificateRow} writes. */
export function parseCertificateRow(row: CertificateRow): CertificateRecord {
  const serialNumber = parseSerialNumber(row.serial)
  return {
    serialNumber,
    der: row.der,
    subject: row.subject,
    names: parseNames(row.names, serialNumber),
    publicKeySha256: row.public_key_sha256,
    ...(row.predecessor === null ? {} : { predecessor: parseSerialNumber(row.predecessor) }),
    provisionerId: row.provisioner_id,
    provisionerName: row.provisioner_name,
    provisionerType: row.provisioner_type,
    profile: row.profile,
    notBefore: new Date(row.not_before),
    notAfter: new Date(row.not_after),
    issuedAt: new Date(row.issued_at),
  }
}

function parseNames(text: string, serialNumber: bigint): readonly string[] {
  try {
    const names: unknown = JSON.parse(text)
    if (Array.isArray(names) && names.every((name) => typeof name === 'string')) return names
  } catch (cause) {
    throw new StoreError('store_corrupt', namesAreDamaged(serialNumber), { cause })
  }
  throw new StoreError('store_corrupt', namesAreDamaged(serialNumber))
}

function namesAreDamaged(serialNumber: bigint): string {
  return `the stored names of certificate ${serialNumber} are no list of strings`
}

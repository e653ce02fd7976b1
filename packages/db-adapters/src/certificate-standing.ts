import type { CertificateRecord } from './certificate-record.ts'

/** What is known of a certificate when it is shown: whether it is recorded, and whether it is revoked. */
export interface CertificateStanding {
  /** Of the record under its serial number; `undefined` where there is none. */
  readonly record: Pick<CertificateRecord, 'der' | 'provisionerId'> | undefined
  /** A certificate may be revoked without being recorded. */
  readonly isRevoked: boolean
}

import type { CertificateStanding } from '../certificate-standing.ts'

/** Says one thing of a serial number: its record, or, with the columns of the record empty, that it is revoked. */
export interface StandingRow {
  serial: Uint8Array
  der: Uint8Array | null
  provisioner_id: string | null
}

/** Puts together what the rows of one serial number say. */
export function parseStandingRows(rows: readonly StandingRow[]): CertificateStanding {
  let record: CertificateStanding['record']
  let isRevoked = false
  for (const { der, provisioner_id } of rows) {
    if (der === null || provisioner_id === null) isRevoked = true
    else record = { der, provisionerId: provisioner_id }
  }
  return { record, isRevoked }
}

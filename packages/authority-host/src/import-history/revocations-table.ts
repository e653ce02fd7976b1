import type { RevocationRecord } from '@mayfly/db-adapters'
import { ProfileError, parseCertificate } from '@mayfly/x509-profiles'
import { findRow, type HistoryReading, type HistoryTable } from './history-table.ts'
import { parseSerialKey, StepCaValue, textOf } from './step-ca-value.ts'

/**
 * The revocations. For step-ca a certificate is revoked when there is a row of its serial number, whatever the row
 * holds, and so it is here: what cannot be read of it is filled in, and of long texts the beginning is kept.
 */
export const revocationsTable: HistoryTable<RevocationRecord> = {
  name: 'revoked_x509_certs',

  async judge({ key, value }, reading) {
    const serialNumber = parseSerialKey(key)
    if (serialNumber === undefined) return { kind: 'refuse', reason: 'its key is no serial number' }
    const stored = StepCaValue.parse(value)
    const revokedAt = stored?.time('RevokedAt')
    const expiresAt = stored?.time('ExpiresAt') ?? (await findEnd(reading, textOf(key)))
    const item: RevocationRecord = {
      serialNumber,
      reasonCode: readReasonCode(stored),
      reason: beginningOf(stored?.text('Reason')),
      revokedAt: revokedAt ?? reading.now,
      ...(expiresAt === undefined ? {} : { expiresAt }),
      provisionerId: beginningOf(stored?.text('ProvisionerID')),
      mutualTls: stored?.flag('MTLS') ?? false,
    }
    if (revokedAt !== undefined) return { kind: 'keep', item }
    return { kind: 'keep', item, note: 'kept, though it does not say when: revoked as of now' }
  },

  async findPresent(items, imports) {
    const found = await imports.findRevoked(items.map(({ serialNumber }) => serialNumber))
    return items.map(({ serialNumber }) => (found.has(serialNumber) ? 'present' : 'absent'))
  },

  toPart: (revocations) => ({ revocations }),
}

function beginningOf(text = ''): string {
  return text.slice(0, maximumTextLength)
}

/** Fits into every database. */
const maximumTextLength = 1000

function readReasonCode(stored: StepCaValue | undefined): number {
  const code = stored?.integer('ReasonCode') ?? 0
  return code >= 0 && code <= 10 ? code : 0
}

/** Rows of older versions do not say when the certificate ends. */
async function findEnd({ source }: HistoryReading, key: string): Promise<Date | undefined> {
  const der = await findRow(source, 'x509_certs', key)
  if (der === undefined || der.length === 0) return undefined
  try {
    return parseCertificate(der).validity.notAfter
  } catch (error) {
    if (error instanceof ProfileError) return undefined
    throw error
  }
}

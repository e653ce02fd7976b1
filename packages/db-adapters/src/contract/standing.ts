import { describe, expect, test } from 'vitest'
import type { CertificateRecord } from '../certificate-record.ts'
import type { CertificateStanding } from '../certificate-standing.ts'
import type { Store } from '../store.ts'
import type { ContractStore } from './contract-store.ts'
import { buildIssuance, buildRevocation } from './units.ts'

/** What is told of a certificate that is shown: its record and its revocation, each with or without the other. */
export function describeStanding(current: () => ContractStore): void {
  describe('the standing of a certificate', () => {
    test.each<[string, { isRecorded: boolean; isRevoked: boolean }]>([
      ['unknown', { isRecorded: false, isRevoked: false }],
      ['recorded', { isRecorded: true, isRevoked: false }],
      ['revoked without a record', { isRecorded: false, isRevoked: true }],
      ['recorded and revoked', { isRecorded: true, isRevoked: true }],
    ])('is told when it is %s', async (_, { isRecorded, isRevoked }) => {
      const { store } = current()
      const { certificate } = await make(store, { isRecorded, isRevoked })
      expect(plain(await store.findStanding(certificate.serialNumber))).toEqual({
        record: isRecorded ? plainRecord(certificate) : undefined,
        isRevoked,
      })
    })

    test('is told to many callers at once, to each that of its own', async () => {
      const { store } = current()
      const made = await Promise.all(
        Array.from({ length: 40 }, (_, index) =>
          make(store, { isRecorded: index % 2 === 0, isRevoked: index % 4 < 2 }),
        ),
      )
      const asked = [...made, ...made]
      const standings = await Promise.all(
        asked.map(({ certificate }) => store.findStanding(certificate.serialNumber)),
      )
      expect(standings.map(plain)).toEqual(asked.map(({ standing }) => standing))
    })

    test('is seen elsewhere as soon as it was acknowledged', async () => {
      const { store, openAnother } = current()
      const other = await openAnother()
      const { certificate } = await make(store, { isRecorded: true, isRevoked: false })
      const { serialNumber } = certificate
      expect(await other.findStanding(serialNumber)).toMatchObject({ isRevoked: false })
      await store.commitRevocation(buildRevocation(serialNumber))
      expect(await other.findStanding(serialNumber)).toMatchObject({ isRevoked: true })
    })
  })
}

async function make(
  store: Store,
  { isRecorded, isRevoked }: { readonly isRecorded: boolean; readonly isRevoked: boolean },
): Promise<{ certificate: CertificateRecord; standing: CertificateStanding }> {
  const unit = buildIssuance()
  const { certificate } = unit
  if (isRecorded) await store.commitIssuance(unit)
  if (isRevoked) await store.commitRevocation(buildRevocation(certificate.serialNumber))
  const record = isRecorded ? plainRecord(certificate) : undefined
  return { certificate, standing: { record, isRevoked } }
}

/** Octets of a database may be a Buffer. */
function plain({ record, isRevoked }: CertificateStanding): CertificateStanding {
  return { record: record && plainRecord(record), isRevoked }
}

function plainRecord({
  der,
  provisionerId,
}: NonNullable<CertificateStanding['record']>): CertificateStanding['record'] {
  return { der: new Uint8Array(der), provisionerId }
}

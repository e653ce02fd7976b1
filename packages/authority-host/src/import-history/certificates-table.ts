import type { CertificateRecord } from '@mayfly/db-adapters'
import type { StepCaSource } from '@mayfly/db-adapters/step-ca'
import type { HistoryRow, HistoryTable } from './history-table.ts'
import { parseSerialKey } from './step-ca-value.ts'

/** The certificates, each with what step-ca keeps beside it. */
export const certificatesTable: HistoryTable<CertificateRecord> = {
  name: 'x509_certs',

  read: readWithData,

  judge({ key, value, companion }, { judge }) {
    const serialNumber = parseSerialKey(key)
    if (serialNumber === undefined) return { kind: 'refuse', reason: 'its key is no serial number' }
    const verdict = judge.judge(value, companion)
    if (verdict.kind === 'keep' && verdict.item.serialNumber !== serialNumber) {
      const reason = `its key is not its serial number, ${verdict.item.serialNumber}`
      return { kind: 'refuse', reason }
    }
    return verdict
  },

  async findPresent(items, imports) {
    const found = await imports.findCertificates(items.map(({ serialNumber }) => serialNumber))
    return items.map(({ serialNumber, der }) => {
      const present = found.get(serialNumber)
      if (present === undefined) return 'absent'
      if (Buffer.from(present).equals(der)) return 'present'
      return { reason: 'another certificate is recorded under its serial number' }
    })
  },

  toPart: (certificates) => ({ certificates }),
}

/** Both tables are read side by side, for they are in the order of the same keys. */
async function* readWithData(
  source: StepCaSource,
  after: Uint8Array | undefined,
): AsyncGenerator<HistoryRow> {
  const data = source.rows('x509_certs_data', after)[Symbol.asyncIterator]()
  try {
    let beside = await data.next()
    for await (const row of source.rows('x509_certs', after)) {
      while (!beside.done && Buffer.compare(beside.value.key, row.key) < 0) {
        beside = await data.next()
      }
      const isSame = !beside.done && Buffer.compare(beside.value.key, row.key) === 0
      yield isSame ? { ...row, companion: beside.value.value } : row
    }
  } finally {
    await data.return?.()
  }
}

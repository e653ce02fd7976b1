import type { DatabaseRow, TestDatabase } from '../support/test-database.ts'
import type { FinalState } from './history.ts'

/** Reads what a database holds, by the schema alone; for when nothing writes it any more. */
export async function readFinalState({ query }: Pick<TestDatabase, 'query'>): Promise<FinalState> {
  const certificates = await query(
    'select serial, predecessor, subject, public_key_sha256 from mayfly_certificates',
  )
  const revoked = await query('select serial from mayfly_revocations')
  const spent = await query('select spent_by from mayfly_spent_tokens')
  const revisions = await query('select number from mayfly_configuration')
  return {
    certificates: certificates.map((row) => {
      const predecessor = numberIn(row, 'predecessor')
      return {
        serial: numberIn(row, 'serial') ?? '',
        token: String(row.subject),
        key: numberIn(row, 'public_key_sha256') ?? '',
        ...(predecessor === undefined ? {} : { predecessor }),
      }
    }),
    revoked: revoked.flatMap((row) => numberIn(row, 'serial') ?? []),
    spentFor: spent.flatMap((row) => numberIn(row, 'spent_by') ?? []),
    revisions: revisions.map(({ number }) => Number(number)),
  }
}

function numberIn(row: DatabaseRow, column: string): string | undefined {
  const octets = row[column]
  if (!(octets instanceof Uint8Array)) return undefined
  return BigInt(`0x${Buffer.from(octets).toString('hex')}`).toString()
}

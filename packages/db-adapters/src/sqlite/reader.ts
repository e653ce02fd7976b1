import { DatabaseSync } from 'node:sqlite'
import { parseCertificateRow } from '../rows/certificate-row.ts'
import { parseRevocationRow } from '../rows/revocation-row.ts'
import { encodeSerialNumber } from '../rows/serial-number.ts'
import { parseStandingRows } from '../rows/standing-row.ts'
import type { SqlRow, SqlStatement } from '../sql/sql-target.ts'
import type { Store } from '../store.ts'
import { retryWhileBusy } from './busy-wait.ts'
import { createReaderStatements, type ReaderStatements } from './reader-statements.ts'
import { createRunStatement } from './script.ts'
import { translateSqliteError } from './sqlite-error.ts'

/** The part of a store that reads, on a connection of its own that cannot write. Writers never hold it up. */
export type Reader = Pick<
  Store,
  | 'countCertificates'
  | 'findCertificate'
  | 'findRevocation'
  | 'findStanding'
  | 'isTokenSpent'
  | 'listCertificates'
> & {
  query(statement: SqlStatement): Promise<readonly SqlRow[]>
  close(): void
}

/**
 * Opens a reader of a database that a writer has migrated.
 *
 * @throws {StoreError} as `openSqliteStore`.
 */
export async function openReader(path: string, busyTimeoutMilliseconds: number): Promise<Reader> {
  // Even a reader finds the database locked while the log of a killed process is being recovered.
  async function read<T>(work: () => T): Promise<T> {
    try {
      return await retryWhileBusy(performance.now() + busyTimeoutMilliseconds, work)
    } catch (error) {
      throw translateSqliteError(error, path)
    }
  }

  const { database, statements } = await read(() => openDatabase(path))
  const run = createRunStatement(database)
  return {
    findCertificate: (serialNumber) =>
      read(() => {
        const row = statements.findCertificate(encodeSerialNumber(serialNumber))
        return row && parseCertificateRow(row)
      }),
    findRevocation: (serialNumber) =>
      read(() => {
        const row = statements.findRevocation(encodeSerialNumber(serialNumber))
        return row && parseRevocationRow(row)
      }),
    findStanding: (serialNumber) =>
      read(() => {
        const serial = encodeSerialNumber(serialNumber)
        return parseStandingRows(statements.findStanding(serial, serial))
      }),
    isTokenSpent: (tokenId) => read(() => statements.findSpentToken(tokenId) !== undefined),
    listCertificates: ({ after, limit }) =>
      read(() => {
        const octets = after === undefined ? new Uint8Array() : encodeSerialNumber(after)
        return statements.listCertificates(octets, limit).map(parseCertificateRow)
      }),
    countCertificates: () => read(() => statements.countCertificates()?.count ?? 0),
    query: (statement) => read(() => run(statement).rows),
    close: () => database.close(),
  }
}

function openDatabase(path: string): { database: DatabaseSync; statements: ReaderStatements } {
  const database = new DatabaseSync(path, { readOnly: true, timeout: 0 })
  try {
    return { database, statements: createReaderStatements(database) }
  } catch (error) {
    database.close()
    throw error
  }
}

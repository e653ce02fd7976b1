import { StoreError } from '../errors.ts'

/** The members of a `db` block of `ca.json` that name a database on a server. */
export interface DataSource {
  readonly dataSource: string
  /** Goes before the database that `dataSource` names. */
  readonly database?: string
}

/** Refuses a data source. The data source itself is never shown: it may hold a password. */
export function dataSourceError(reason: string, hint: string): StoreError {
  return new StoreError('store_unsupported', `db.dataSource: ${reason}`, { hint })
}

/** Picks the database's name. */
export function chooseDatabase(member: string | undefined, named: string | undefined): string {
  const database = member || named
  if (database) return database
  throw dataSourceError('no database is named', 'add "database" to "db"')
}

/** @throws {StoreError} `store_unsupported` when it is no port. */
export function parsePort(text: string): number {
  const port = Number(text)
  if (/^\d+$/.test(text) && port > 0 && port < 65_536) return port
  throw dataSourceError('the port is no number from 1 to 65535', 'write host:port')
}

/** Decodes `%41`. @throws {StoreError} `store_unsupported` */
export function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw dataSourceError('a % is not followed by two hexadecimal digits', 'write % as %25')
  }
}

import { type Store, StoreError } from '@mayfly/db-adapters'
import type {
  DatabaseContents,
  DataSource,
  PostgresStoreOptions,
} from '@mayfly/db-adapters/postgres'

/** Where a database server is, and how it is spoken to; the same for each kind of server. */
type ServerOptions = PostgresStoreOptions

/** A kind of database server that a `db` block may name. Its errors begin with the member `db.dataSource`. */
export interface ServerKind {
  /** @throws {StoreError} which never shows the data source. */
  parse(source: DataSource): ServerOptions
  /** Looks at what a database holds, and changes nothing; `undefined` where it does not exist. @throws {StoreError} */
  inspect(options: ServerOptions): Promise<DatabaseContents | undefined>
  /** Opens the store, which makes what is missing. @throws {StoreError} */
  open(options: ServerOptions): Promise<Store>
}

/** The database servers by the `type` of a `db` block, in lower case. Each is loaded when it is used. */
export const serverKinds: ReadonlyMap<string, () => Promise<ServerKind>> = new Map([
  ['mysql', loadMysql],
  ['postgresql', loadPostgres],
])

async function loadMysql(): Promise<ServerKind> {
  const mysql = await import('@mayfly/db-adapters/mysql')
  return {
    parse: mysql.parseMysqlDataSource,
    inspect: (options) => namingMember(mysql.inspectMysqlDatabase(options)),
    open: (options) => namingMember(mysql.openMysqlStore(options)),
  }
}

async function loadPostgres(): Promise<ServerKind> {
  const postgres = await import('@mayfly/db-adapters/postgres')
  return {
    parse: postgres.parsePostgresDataSource,
    inspect: (options) => namingMember(postgres.inspectPostgresDatabase(options)),
    open: (options) => namingMember(postgres.openPostgresStore(options)),
  }
}

/** The store names user, host and database, which the reader of `ca.json` has to look for. */
async function namingMember<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (cause) {
    if (!(cause instanceof StoreError)) throw cause
    const { code, message, hint } = cause
    throw new StoreError(code, `db.dataSource: ${message}`, { cause, hint })
  }
}

import { type DatabaseStatus, type Store, StoreError } from '@mayfly/db-adapters'
import type {
  DatabaseContents,
  DataSource,
  PostgresStoreOptions,
} from '@mayfly/db-adapters/postgres'
import type { StepCaSource } from '@mayfly/db-adapters/step-ca'

/** Where a database server is, and how it is spoken to; the same for each kind of server. */
type ServerOptions = PostgresStoreOptions

/** A kind of database server that a `db` block may name. Its errors begin with the member `db.dataSource`. */
export interface ServerKind {
  /** @throws {StoreError} which never shows the data source. */
  parse(source: DataSource): ServerOptions
  /** Looks at what a database holds, and changes nothing; `undefined` where it does not exist. @throws {StoreError} */
  inspect(options: ServerOptions): Promise<DatabaseContents | undefined>
  /** Tells how a database stands as the place of a store, and changes nothing there. @throws {StoreError} */
  status(options: ServerOptions): Promise<DatabaseStatus | undefined>
  /** Opens the store, which makes what is missing. @throws {StoreError} */
  open(options: ServerOptions): Promise<Store>
  /** Opens the tables of step-ca, to be read only. @throws {StoreError} */
  openSource(options: ServerOptions): Promise<StepCaSource>
  readonly defaultPort: number
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
    status: (options) => namingMember(mysql.readMysqlStatus(options)),
    open: (options) => namingMember(mysql.openMysqlStore(options)),
    openSource: (options) => namingMember(mysql.openMysqlSource(options)),
    defaultPort: 3306,
  }
}

async function loadPostgres(): Promise<ServerKind> {
  const postgres = await import('@mayfly/db-adapters/postgres')
  return {
    parse: postgres.parsePostgresDataSource,
    inspect: (options) => namingMember(postgres.inspectPostgresDatabase(options)),
    status: (options) => namingMember(postgres.readPostgresStatus(options)),
    open: (options) => namingMember(postgres.openPostgresStore(options)),
    openSource: (options) => namingMember(postgres.openPostgresSource(options)),
    defaultPort: 5432,
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

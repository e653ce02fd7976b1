import { randomBytes } from 'node:crypto'
import type { Store } from '@mayfly/db-adapters'
import type { ContractStore } from '@mayfly/db-adapters/contract'
import { afterAll, test } from 'vitest'
import type { ServerOptions } from '../../src/server-store/server-options.ts'

/** A database server that tests may make databases on. */
export interface TestServer {
  readonly kind: 'mysql' | 'postgresql'
  /** How to reach it; `database` is one that is always there. */
  readonly options: ServerOptions & { readonly host: string; readonly port: number }
  open(options: ServerOptions): Promise<Store>
  /** Opens a connection that is not ours, for a test to be in the way. */
  openSession(database: string): Promise<Session>
  /** Runs a statement on a connection of its own, in that database. */
  query(database: string, sql: string): Promise<readonly Record<string, unknown>[]>
}

/** A connection of a test's own. */
export interface Session extends AsyncDisposable {
  run(sql: string): Promise<void>
}

/** A database of one test file. */
export interface TestDatabase extends AsyncDisposable {
  readonly server: TestServer
  readonly options: TestServer['options']
  open(options?: Partial<ServerOptions>): Promise<Store>
  query(sql: string): Promise<readonly Record<string, unknown>[]>
}

/** Names a new database, which a store makes by itself, and drops it in the end. */
export function nameDatabase(server: TestServer): TestDatabase {
  const database = `mayfly_test_${randomBytes(6).toString('hex')}`
  const options = { ...server.options, database }
  const dropping = server.kind === 'postgresql' ? ' with (force)' : ''
  return {
    server,
    options,
    open: (more = {}) => server.open({ ...options, ...more }),
    query: (sql) => server.query(database, sql),
    async [Symbol.asyncDispose]() {
      await server.query(server.options.database, `drop database if exists ${database}${dropping}`)
    },
  }
}

/** Opens an empty store for the contract suite, in a database that the tests of a file share. */
export async function openContractStore(database: TestDatabase): Promise<ContractStore> {
  const opened: Store[] = []
  async function openAnother(): Promise<Store> {
    const store = await database.open()
    opened.push(store)
    return store
  }
  const store = await openAnother()
  await emptyTables(database)
  return {
    store,
    openAnother,
    async reopen() {
      await store.close()
      return openAnother()
    },
    countAuditEntries: () => countRows(database, 'audit'),
    async dispose() {
      await Promise.all(opened.map((each) => each.close()))
    },
  }
}

/** Deletes all rows of ours. */
export async function emptyTables(database: TestDatabase): Promise<void> {
  for (const table of tables) {
    await database.query(`delete from mayfly_${table}`)
  }
}

const tables = [
  'certificates',
  'revocations',
  'spent_tokens',
  'audit',
  'configuration',
  'leases',
  'imports',
  'acme_accounts',
  'acme_external_account_keys',
  'acme_orders',
  'acme_authorizations',
  'acme_challenges',
  'acme_spent_nonces',
  'acme_nonce_keys',
]

/** Counts the rows of a table of ours, past the store. */
export async function countRows(database: TestDatabase, table: string): Promise<number> {
  const [row] = await database.query(`select count(*) as count from mayfly_${table}`)
  return Number(row?.count)
}

/** Makes an octet string in SQL. */
export function octetsInSql(server: TestServer, octets: Uint8Array): string {
  const hex = Buffer.from(octets).toString('hex')
  return server.kind === 'postgresql' ? `'\\x${hex}'::bytea` : `x'${hex}'`
}

/**
 * Tells why tests of a server cannot run here, or `undefined` if they can. With CI set they must.
 */
export async function findMissing(server: TestServer): Promise<string | undefined> {
  try {
    await server.query(server.options.database, 'select 1')
    return undefined
  } catch (error) {
    const { host, port } = server.options
    const reason = `no ${server.kind} server answers on ${host}:${port}: ${String(error)}`
    if (process.env.CI) throw new Error(reason)
    return reason
  }
}

/** Describes tests of a server, whose database is dropped after all, or one that is skipped with the reason. */
export async function describeServer(
  server: TestServer,
  describeTests: (database: TestDatabase) => void,
): Promise<void> {
  const missing = await findMissing(server)
  if (missing !== undefined) {
    test(`${server.kind} tests`, ({ skip }) => skip(missing))
    return
  }
  const database = nameDatabase(server)
  afterAll(() => database[Symbol.asyncDispose]())
  describeTests(database)
}

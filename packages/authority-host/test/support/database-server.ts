import { randomBytes } from 'node:crypto'
import mysql, { type RowDataPacket } from 'mysql2/promise'
import pg from 'pg'

/** A database server that tests may make databases on. */
export interface DatabaseServer {
  /** As the `type` of a `db` block. */
  readonly type: 'mysql' | 'postgresql'
  readonly host: string
  readonly port: number
  readonly user: string
  /** Writes the `dataSource` of a `db` block, as step-ca's documents do. */
  dataSource(change?: { password?: string; port?: number }): string
  /** Runs a statement, in that database or the one that is always there. */
  query(sql: string, database?: string): Promise<readonly Record<string, unknown>[]>
  readonly octetsType: string
}

const mysqlUrl = new URL(process.env.MAYFLY_TEST_MYSQL_URL ?? 'mysql://root@127.0.0.1:3306/mysql')
const postgresUrl = new URL(
  process.env.MAYFLY_TEST_POSTGRES_URL ?? 'postgresql://postgres@127.0.0.1:5432/postgres',
)

/** Both servers; MAYFLY_TEST_MYSQL_URL and MAYFLY_TEST_POSTGRES_URL name others than those of this machine. */
export const databaseServers: readonly DatabaseServer[] = [
  mysqlServerAt(mysqlUrl),
  postgresServerAt(postgresUrl),
]

/** The MySQL or MariaDB server of a URL, which names a database that is always there. */
export function mysqlServerAt(url: URL): DatabaseServer {
  const [host, port] = [url.hostname, Number(url.port || 3306)]
  const [user, ownPassword] = [url.username, url.password].map(decodeURIComponent)
  return {
    type: 'mysql',
    host,
    port,
    user: user ?? '',
    octetsType: 'varbinary(255)',
    dataSource: (change = {}) =>
      `${user}:${change.password ?? ownPassword}@tcp(${host}:${change.port ?? port})/`,
    async query(sql, database = url.pathname.slice(1) || 'mysql') {
      const login = { user: user ?? '', password: ownPassword ?? '' }
      const connection = await mysql.createConnection({ host, port, ...login, database })
      try {
        const [rows] = await connection.query<RowDataPacket[]>(sql)
        return rows
      } finally {
        await connection.end()
      }
    },
  }
}

/** The PostgreSQL server of a URL, which names a database that is always there. */
export function postgresServerAt(url: URL): DatabaseServer {
  const port = Number(url.port || 5432)
  return {
    type: 'postgresql',
    host: url.hostname,
    port,
    user: decodeURIComponent(url.username),
    octetsType: 'bytea',
    dataSource: (change = {}) => {
      const changed = new URL(url)
      changed.password = change.password ?? url.password
      changed.port = String(change.port ?? port)
      return changed.href
    },
    async query(sql, database = url.pathname.slice(1) || 'postgres') {
      const named = new URL(url)
      named.pathname = database
      const client = new pg.Client({ connectionString: named.href })
      await client.connect()
      try {
        return (await client.query<Record<string, unknown>>(sql)).rows
      } finally {
        await client.end()
      }
    },
  }
}

/** Tells why tests of a server cannot run here, or `undefined` if they can. With CI set they must. */
export async function findMissing(server: DatabaseServer): Promise<string | undefined> {
  try {
    await server.query('select 1')
    return undefined
  } catch (error) {
    const reason = `no ${server.type} server answers on ${server.host}: ${String(error)}`
    if (process.env.CI) throw new Error(reason)
    return reason
  }
}

/** A database of a test's own, which is not made yet. */
export interface TestDatabase extends AsyncDisposable {
  readonly name: string
  /** Runs a statement in it. */
  query(sql: string): Promise<readonly Record<string, unknown>[]>
  exists(): Promise<boolean>
  create(): Promise<void>
}

export function nameDatabase(server: DatabaseServer): TestDatabase {
  const name = `mayfly_test_${randomBytes(6).toString('hex')}`
  const force = server.type === 'postgresql' ? ' with (force)' : ''
  const catalog =
    server.type === 'postgresql'
      ? `select 1 from pg_database where datname = '${name}'`
      : `select 1 from information_schema.schemata where schema_name = '${name}'`
  return {
    name,
    query: (sql) => server.query(sql, name),
    exists: async () => (await server.query(catalog)).length > 0,
    create: async () => {
      await server.query(`create database ${name}`)
    },
    async [Symbol.asyncDispose]() {
      await server.query(`drop database if exists ${name}${force}`)
    },
  }
}

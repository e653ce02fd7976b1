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

const mysqlServer: DatabaseServer = {
  type: 'mysql',
  host: mysqlUrl.hostname,
  port: Number(mysqlUrl.port || 3306),
  user: decodeURIComponent(mysqlUrl.username),
  octetsType: 'varbinary(255)',
  dataSource: ({ password = decodeURIComponent(mysqlUrl.password), port } = {}) =>
    `${mysqlServer.user}:${password}@tcp(${mysqlUrl.hostname}:${port ?? mysqlServer.port})/`,
  async query(sql, database = mysqlUrl.pathname.slice(1) || 'mysql') {
    const connection = await mysql.createConnection({
      host: mysqlUrl.hostname,
      port: mysqlServer.port,
      user: mysqlServer.user,
      password: decodeURIComponent(mysqlUrl.password),
      database,
    })
    try {
      const [rows] = await connection.query<RowDataPacket[]>(sql)
      return rows
    } finally {
      await connection.end()
    }
  },
}

const postgresServer: DatabaseServer = {
  type: 'postgresql',
  host: postgresUrl.hostname,
  port: Number(postgresUrl.port || 5432),
  user: decodeURIComponent(postgresUrl.username),
  octetsType: 'bytea',
  dataSource: ({ password, port } = {}) => {
    const url = new URL(postgresUrl)
    url.password = password ?? postgresUrl.password
    url.port = String(port ?? postgresServer.port)
    return url.href
  },
  async query(sql, database = postgresUrl.pathname.slice(1) || 'postgres') {
    const url = new URL(postgresUrl)
    url.pathname = database
    const client = new pg.Client({ connectionString: url.href })
    await client.connect()
    try {
      return (await client.query<Record<string, unknown>>(sql)).rows
    } finally {
      await client.end()
    }
  },
}

/** Both servers; MAYFLY_TEST_MYSQL_URL and MAYFLY_TEST_POSTGRES_URL name others than those of this machine. */
export const databaseServers: readonly DatabaseServer[] = [mysqlServer, postgresServer]

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

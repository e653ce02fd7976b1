import { randomBytes } from 'node:crypto'
import mysql, { type RowDataPacket } from 'mysql2/promise'
import pg from 'pg'

type Row = Readonly<Record<string, unknown>>

/** A database server that tests may make databases on. */
export interface DatabaseServer {
  /** As the `type` of a `db` block. */
  readonly type: 'mysql' | 'postgresql'
  readonly host: string
  readonly port: number
  /** Names the server, or what stands before it on another port, as the `dataSource` of a `db` block. */
  dataSource(port?: number): string
  /** Opens a connection of the test's own, in that database or the one that is always there. */
  openSession(database?: string): Promise<Session>
}

/** A connection of a test's own. */
export interface Session extends AsyncDisposable {
  query(sql: string): Promise<readonly Row[]>
}

const mysqlUrl = new URL(process.env.MAYFLY_TEST_MYSQL_URL ?? 'mysql://root@127.0.0.1:3306/mysql')
const postgresUrl = new URL(
  process.env.MAYFLY_TEST_POSTGRES_URL ?? 'postgresql://postgres@127.0.0.1:5432/postgres',
)

/** One server of each kind; MAYFLY_TEST_MYSQL_URL and MAYFLY_TEST_POSTGRES_URL name others than those of this machine. */
export const databaseServers: readonly DatabaseServer[] = [
  {
    type: 'mysql',
    host: mysqlUrl.hostname,
    port: Number(mysqlUrl.port || 3306),
    dataSource: (port = Number(mysqlUrl.port || 3306)) =>
      `${decodeURIComponent(mysqlUrl.username)}:${decodeURIComponent(mysqlUrl.password)}@tcp(${mysqlUrl.hostname}:${port})/`,
    openSession: async (database) => {
      const url = new URL(mysqlUrl)
      if (database !== undefined) url.pathname = database
      const connection = await mysql.createConnection(url.href)
      return {
        query: async (sql) => (await connection.query<RowDataPacket[]>(sql))[0],
        [Symbol.asyncDispose]: () => connection.end(),
      }
    },
  },
  {
    type: 'postgresql',
    host: postgresUrl.hostname,
    port: Number(postgresUrl.port || 5432),
    dataSource: (port = Number(postgresUrl.port || 5432)) => {
      const url = new URL(postgresUrl)
      url.port = String(port)
      return url.href
    },
    openSession: async (database) => {
      const url = new URL(postgresUrl)
      if (database !== undefined) url.pathname = database
      const client = new pg.Client({ connectionString: url.href })
      await client.connect()
      return {
        query: async (sql) => (await client.query<Row>(sql)).rows,
        [Symbol.asyncDispose]: () => client.end(),
      }
    },
  },
]

/** Tells why tests of a server cannot run here, or `undefined` if they can. With CI set they must. */
export async function findMissing(server: DatabaseServer): Promise<string | undefined> {
  try {
    await using session = await server.openSession()
    await session.query('select 1')
    return undefined
  } catch (error) {
    const reason = `no ${server.type} server answers: ${String(error)}`
    if (process.env.CI) throw new Error(reason)
    return reason
  }
}

/** A database of a test's own, which the first instance makes. */
export interface TestDatabase extends AsyncDisposable {
  readonly name: string
  query(sql: string): Promise<readonly Row[]>
}

export function nameDatabase(server: DatabaseServer): TestDatabase {
  const name = `mayfly_test_${randomBytes(6).toString('hex')}`
  return {
    name,
    query: async (sql) => {
      await using session = await server.openSession(name)
      return await session.query(sql)
    },
    [Symbol.asyncDispose]: async () => {
      await using session = await server.openSession()
      const force = server.type === 'postgresql' ? ' with (force)' : ''
      await session.query(`drop database if exists ${name}${force}`)
    },
  }
}

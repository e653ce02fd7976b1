import { DatabaseSync } from 'node:sqlite'
import {
  type DatabaseServer,
  databaseServers,
  findMissing,
  mysqlServerAt,
  nameDatabase,
  postgresServerAt,
} from '../../packages/authority-host/test/support/database-server.ts'

export type DatabaseKind = 'sqlite' | 'mysql' | 'postgresql'

export type DatabaseRow = Readonly<Record<string, unknown>>

/** A database of a test's own that several `mayfly-ca` may share. It is made by the first of them. */
export interface TestDatabase extends AsyncDisposable {
  readonly kind: DatabaseKind
  /** Where its server listens; SQLite has none. */
  readonly address: { readonly host: string; readonly port: number } | undefined
  /** The member `db` of a `ca.json`, to the server itself or by way of another port, where what passes can be read. */
  block(port?: number): Readonly<Record<string, string>>
  /** Reads rows. Tables are named as on the server, with their prefix. */
  query(sql: string): Promise<readonly DatabaseRow[]>
  /** Ends all sessions that work on it; how many there were. */
  endSessions(): Promise<number>
}

/** Returns why a kind of database cannot be used here, or `undefined` if it can. With CI set it must. */
export async function findDatabaseMissing(kind: DatabaseKind): Promise<string | undefined> {
  const server = databaseServers.find(({ type }) => type === kind)
  return server && findMissing(server)
}

/** Names a database; the embedded one is a file at `path`. */
export function nameTestDatabase(kind: DatabaseKind, path: string): TestDatabase {
  const server = databaseServers.find(({ type }) => type === kind)
  return server === undefined ? sqliteDatabase(path) : serverDatabase(server)
}

/** Names a database on a server of the test's own, on 127.0.0.1. */
export function nameDatabaseAt(kind: Exclude<DatabaseKind, 'sqlite'>, port: number): TestDatabase {
  return serverDatabase(
    kind === 'mysql'
      ? mysqlServerAt(new URL(`mysql://root@127.0.0.1:${port}/mysql`))
      : postgresServerAt(new URL(`postgresql://postgres@127.0.0.1:${port}/postgres`)),
  )
}

function sqliteDatabase(path: string): TestDatabase {
  return {
    kind: 'sqlite',
    address: undefined,
    block: () => ({ type: 'sqlite', dataSource: path }),
    query: async (sql) => {
      using database = new DatabaseSync(path, { readOnly: true })
      return database.prepare(sql.replaceAll('mayfly_', '')).all()
    },
    endSessions: async () => 0,
    [Symbol.asyncDispose]: async () => undefined,
  }
}

function serverDatabase(server: DatabaseServer): TestDatabase {
  const { type } = server
  const database = nameDatabase(server)
  return {
    kind: type,
    address: { host: server.host, port: server.port },
    block: (port) => ({
      type,
      dataSource: port === undefined ? server.dataSource() : readableSource(server, port),
      database: database.name,
    }),
    query: (sql) => database.query(sql),
    endSessions: async () => {
      const sessions = await server.query(sessionsOf[type].replace('?', `'${database.name}'`))
      for (const { id } of sessions) {
        // It may have ended by itself.
        await server.query(endSession[type].replace('?', String(id))).catch(() => undefined)
      }
      return sessions.length
    },
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  }
}

/** PostgreSQL's clients use TLS wherever the server has it, unless told not to. */
function readableSource(server: DatabaseServer, port: number): string {
  const source = server.dataSource({ port })
  return server.type === 'postgresql' ? `${source}?sslmode=disable` : source
}

const sessionsOf = {
  mysql: 'select id from information_schema.processlist where db = ?',
  postgresql: 'select pid as id from pg_stat_activity where datname = ?',
}

const endSession = { mysql: 'kill ?', postgresql: 'select pg_terminate_backend(?)' }

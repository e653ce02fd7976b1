import { DatabaseSync } from 'node:sqlite'
import {
  type DatabaseServer,
  databaseServers,
  findMissing,
  nameDatabase,
} from './database-server.ts'
import type { Folder } from './folder.ts'

/** A database that several instances share, whatever kind it is. */
export interface SharedDatabase extends AsyncDisposable {
  /** The block of `ca.json`. */
  readonly db: object
  /** Runs a statement behind everybody's back. */
  run(sql: string): Promise<void>
}

/** A kind of database that tests run on. */
export interface SharedDatabaseKind {
  readonly type: string
  /** The table of revisions. */
  readonly table: string
  /** Why tests of it cannot run here, if they cannot. */
  readonly missing: string | undefined
  /** Where it runs, if it is a server. */
  readonly server: DatabaseServer | undefined
  /** What octets are written as in SQL. */
  octets(hexadecimal: string): string
  create(folder: Folder): SharedDatabase
}

/** Enough where the kind of database does not matter. */
export const sqlite: SharedDatabaseKind = {
  type: 'sqlite',
  table: 'configuration',
  missing: undefined,
  server: undefined,
  octets: (hexadecimal) => `x'${hexadecimal}'`,
  create: (folder) => {
    const path = folder.file('mayfly.sqlite')
    return {
      db: { type: 'sqlite', dataSource: path },
      run: async (sql) => {
        const database = new DatabaseSync(path)
        try {
          database.exec('pragma busy_timeout = 5000')
          database.exec(sql)
        } finally {
          database.close()
        }
      },
      [Symbol.asyncDispose]: async () => undefined,
    }
  },
}

/** SQLite, and the servers of this machine. */
export async function findSharedDatabases(): Promise<readonly SharedDatabaseKind[]> {
  const servers = databaseServers.map(
    async (server): Promise<SharedDatabaseKind> => ({
      type: server.type,
      table: 'mayfly_configuration',
      missing: await findMissing(server),
      server,
      octets: (hexadecimal) =>
        server.type === 'postgresql' ? `'\\x${hexadecimal}'::bytea` : `x'${hexadecimal}'`,
      create: () => {
        const database = nameDatabase(server)
        return {
          db: { type: server.type, dataSource: server.dataSource(), database: database.name },
          run: async (sql) => {
            await database.query(sql)
          },
          [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
        }
      },
    }),
  )
  return [sqlite, ...(await Promise.all(servers))]
}

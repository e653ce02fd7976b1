import type { Store } from '@mayfly/db-adapters'
import { openSqliteStore } from '@mayfly/db-adapters/sqlite'
import { mysqlServer } from './mysql-server.ts'
import { postgresServer } from './postgres-server.ts'
import { createFolder } from './sqlite-store.ts'
import { findMissing, nameDatabase, type TestServer } from './test-server.ts'

/** A kind of database on which tests may make stores. */
export interface Place {
  readonly kind: string
  /** Why there can be none here, if there cannot. */
  readonly missing: string | undefined
  /** Makes the place of an empty store. */
  create(): Promise<OwnPlace>
}

/** Where a store of a test's own is; disposed of, all of its stores are closed and nothing is left. */
export interface OwnPlace extends AsyncDisposable {
  open(): Promise<Store>
}

/** SQLite, and the servers of this machine. */
export async function findPlaces(): Promise<readonly [sqlite: Place, ...servers: Place[]]> {
  return [sqlitePlace, ...(await Promise.all([mysqlServer, postgresServer].map(serverPlace)))]
}

const sqlitePlace: Place = {
  kind: 'sqlite',
  missing: undefined,
  async create() {
    const folder = await createFolder()
    return ownPlace(() => openSqliteStore({ path: `${folder.path}/mayfly.sqlite` }), folder)
  },
}

async function serverPlace(server: TestServer): Promise<Place> {
  return {
    kind: server.kind,
    missing: await findMissing(server),
    async create() {
      const database = nameDatabase(server)
      return ownPlace(() => database.open(), database)
    },
  }
}

function ownPlace(open: () => Promise<Store>, rest: AsyncDisposable): OwnPlace {
  const opened: Store[] = []
  return {
    async open() {
      const store = await open()
      opened.push(store)
      return store
    },
    async [Symbol.asyncDispose]() {
      for (const store of opened) await store.close()
      await rest[Symbol.asyncDispose]()
    },
  }
}

import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import {
  DummyDriver,
  Kysely,
  SqliteAdapter,
  SqliteDialect,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import type { Tables } from '../rows/tables.ts'

/** Compiles queries and runs none: what it compiles is prepared once and executed as it is. */
export const compiler: Kysely<Tables> = new Kysely<Tables>({
  dialect: {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (database) => new SqliteIntrospector(database),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  },
})

/** Runs kysely's queries on an open database, which stays the caller's to close. */
export function createKysely(database: DatabaseSync): Kysely<Tables> {
  return new Kysely<Tables>({
    dialect: new SqliteDialect({ database: asKyselyDatabase(database) }),
  })
}

type KyselyDatabase = Exclude<
  ConstructorParameters<typeof SqliteDialect>[0]['database'],
  (...parameters: never[]) => unknown
>

function asKyselyDatabase(database: DatabaseSync): KyselyDatabase {
  return {
    close: () => undefined,
    prepare(sql) {
      const statement = database.prepare(sql)
      return {
        reader: statement.columns().length > 0,
        all: (parameters) => statement.all(...asInput(parameters)),
        run: (parameters) => statement.run(...asInput(parameters)),
        *iterate(parameters) {
          yield* statement.all(...asInput(parameters))
        },
      }
    },
  }
}

/** The database itself judges each value, and refuses what it cannot bind. */
function asInput(parameters: readonly unknown[]): SQLInputValue[] {
  return parameters as SQLInputValue[]
}

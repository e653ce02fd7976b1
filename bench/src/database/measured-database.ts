import { join } from 'node:path'
import type { Store } from '../../../packages/db-adapters/src/index.ts'
import { openSqliteStore } from '../../../packages/db-adapters/src/sqlite.ts'
import { nameServerDatabase } from './servers.ts'

/** The databases that a measurement may run on; `none` keeps nothing but spent tokens, in memory. */
export const databaseNames = ['sqlite', 'none', 'mysql', 'postgresql'] as const

export type DatabaseName = (typeof databaseNames)[number]

/** A database of one measurement's own, which is gone after it. */
export interface MeasuredDatabase extends AsyncDisposable {
  /** The `db` block of `ca.json`; `undefined` without a database. */
  readonly block: Readonly<Record<string, string>> | undefined
  /** Opens its store, without an authority. @throws {TypeError} without a database. */
  open(): Promise<Store>
  /**
   * User and system time, in milliseconds, that the database server has used so far, for whomever. `undefined` where
   * there is no server, or none whose processes can be seen from here.
   */
  cpuMilliseconds(): number | undefined
}

/** Names a database that is not there yet; that of SQLite is in `folder`. */
export function nameDatabase(name: DatabaseName, folder: string): MeasuredDatabase {
  switch (name) {
    case 'mysql':
    case 'postgresql':
      return onServer(name)
    case 'sqlite':
      return sqliteDatabase(join(folder, 'mayfly.sqlite'))
    case 'none':
      return withoutServer
  }
}

/** How many instances may share a database. */
export function maximumInstancesOn(name: DatabaseName): number {
  return name === 'mysql' || name === 'postgresql' ? 2 : 1
}

function onServer(name: 'mysql' | 'postgresql'): MeasuredDatabase {
  const database = nameServerDatabase(name)
  return { ...database, open: () => database.open({ dangerouslyAllowUnsyncedCommits: true }) }
}

function sqliteDatabase(path: string): MeasuredDatabase {
  return {
    ...withoutServer,
    block: { type: 'sqlite', dataSource: path },
    open: () => openSqliteStore({ path, dangerouslyAllowUnsyncedCommits: true }),
  }
}

const withoutServer: MeasuredDatabase = {
  block: undefined,
  open: () => Promise.reject(new TypeError('there is no database')),
  cpuMilliseconds: () => undefined,
  [Symbol.asyncDispose]: async () => undefined,
}

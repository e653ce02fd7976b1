import { join } from 'node:path'
import { nameServerDatabase } from './servers.ts'

/** The databases that a measurement may run on; `none` keeps nothing but spent tokens, in memory. */
export const databaseNames = ['sqlite', 'none', 'mysql', 'postgresql'] as const

export type DatabaseName = (typeof databaseNames)[number]

/** A database of one measurement's own, which is gone after it. */
export interface MeasuredDatabase extends AsyncDisposable {
  /** The `db` block of `ca.json`; `undefined` without a database. */
  readonly block: Readonly<Record<string, string>> | undefined
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
      return nameServerDatabase(name)
    case 'sqlite':
      return withoutServer({ type: 'sqlite', dataSource: join(folder, 'mayfly.sqlite') })
    case 'none':
      return withoutServer(undefined)
  }
}

/** How many instances may share a database. */
export function maximumInstancesOn(name: DatabaseName): number {
  return name === 'mysql' || name === 'postgresql' ? 2 : 1
}

function withoutServer(block: MeasuredDatabase['block']): MeasuredDatabase {
  return {
    block,
    cpuMilliseconds: () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  }
}

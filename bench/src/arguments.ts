import { parseArgs } from 'node:util'
import { type DatabaseName, databaseNames } from './database/measured-database.ts'
import type { Extent } from './works.ts'

/** What `pnpm bench` was asked for. */
export interface BenchArguments extends Extent {
  readonly databases: readonly DatabaseName[]
  readonly instances: readonly number[]
  /** How many certificates a database holds before. */
  readonly rows: readonly number[]
}

export const help = `usage: pnpm bench [options]

Measures sign and renew against mayfly-ca in processes of its own, and prints a table and a line of JSON.

  --db NAME         sqlite, none, mysql or postgresql; several, or separated by commas (sqlite,none)
  --instances N     1 or 2 instances on one database, several as above; 2 on mysql and postgresql only (1)
  --rows N          certificates that the database holds before, several as above; not without a database (0)
  --count N         certificates of each work (2000)
  --clients N       callers side by side (8)
  --connections N   callers of the last work, each with a connection of its own (500)
  --help            print this

The servers are those of the tests: MAYFLY_TEST_MYSQL_URL, or 127.0.0.1:3306; MAYFLY_TEST_POSTGRES_URL, or
127.0.0.1:5432. Each run makes a database of its own there, and drops it.
`

/** Reads the command line; `undefined` when help is asked for. @throws {TypeError} naming what is wrong. */
export function parseArguments(argv: readonly string[]): BenchArguments | undefined {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      db: { type: 'string', multiple: true, default: ['sqlite,none'] },
      instances: { type: 'string', multiple: true, default: ['1'] },
      rows: { type: 'string', multiple: true, default: ['0'] },
      count: { type: 'string', default: '2000' },
      clients: { type: 'string', default: '8' },
      connections: { type: 'string', default: '500' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return undefined
  return {
    databases: split(values.db).map(parseDatabase),
    instances: split(values.instances).map((text) => parseCount('--instances', text, 2)),
    rows: split(values.rows).map((text) => (text === '0' ? 0 : parseCount('--rows', text))),
    count: parseCount('--count', values.count),
    clients: parseCount('--clients', values.clients),
    connections: parseCount('--connections', values.connections),
  }
}

/** `a,b` and `a` `b` are the same. */
export function split(values: readonly string[]): string[] {
  return values.flatMap((value) => value.split(','))
}

/** @throws {TypeError} when it is no whole number from 1 to `maximum`. */
export function parseCount(option: string, text: string, maximum = 100_000_000): number {
  const count = Number(text)
  if (/^\d+$/.test(text) && count >= 1 && count <= maximum) return count
  throw new TypeError(`${option} ${text}: write a whole number from 1 to ${maximum}`)
}

function parseDatabase(text: string): DatabaseName {
  const name = databaseNames.find((each) => each === text)
  if (name !== undefined) return name
  throw new TypeError(`--db ${text}: write ${databaseNames.join(', ')}`)
}

import { randomBytes } from 'node:crypto'
import type { Store } from '../../../packages/db-adapters/src/index.ts'
import { mysqlServer } from '../../../packages/db-adapters/test/support/mysql-server.ts'
import { postgresServer } from '../../../packages/db-adapters/test/support/postgres-server.ts'
import type { TestServer } from '../../../packages/db-adapters/test/support/test-server.ts'
import { cpuMillisecondsOf, cpuMillisecondsOfFamily, findListener } from './process-cpu.ts'

/** A database on one of the servers that the tests use, made when a store is opened in it. */
export interface ServerDatabase extends AsyncDisposable {
  readonly block: Readonly<Record<string, string>>
  open(options: { readonly dangerouslyAllowUnsyncedCommits?: boolean }): Promise<Store>
  query(sql: string): Promise<readonly Record<string, unknown>[]>
  cpuMilliseconds(): number | undefined
}

interface ServerKind {
  readonly server: TestServer
  readonly dropping: string
  dataSource(options: TestServer['options']): string
  /** How its processes are called, and how their time is counted. */
  readonly processNames: readonly string[]
  cpuMilliseconds(pid: number): number
}

const kinds: Readonly<Record<TestServer['kind'], ServerKind>> = {
  mysql: {
    server: mysqlServer,
    dropping: '',
    dataSource: ({ host, port, user, password = '' }) =>
      `${user}:${password}@tcp(${host}:${port})/`,
    processNames: ['mariadbd', 'mysqld'],
    cpuMilliseconds: cpuMillisecondsOf,
  },
  postgresql: {
    server: postgresServer,
    dropping: ' with (force)',
    dataSource({ host, port, user, password = '' }) {
      const url = new URL(`postgresql://${host}:${port}/`)
      url.username = user
      url.password = password
      return url.href
    },
    processNames: ['postgres'],
    cpuMilliseconds: cpuMillisecondsOfFamily,
  },
}

/** Names a database that is not there yet, or takes one that is to be kept, and finds the server's processes. */
export function nameServerDatabase(
  kind: TestServer['kind'],
  { keepAs }: { readonly keepAs?: string } = {},
): ServerDatabase {
  const { server, dropping, dataSource, processNames, cpuMilliseconds } = kinds[kind]
  const name = keepAs ?? `mayfly_bench_${randomBytes(6).toString('hex')}`
  const { host, port } = server.options
  const isLocal = ['localhost', '127.0.0.1', '::1'].includes(host)
  const pid = isLocal ? findListener(port, processNames) : undefined
  return {
    block: { type: kind, dataSource: dataSource(server.options), database: name },
    open: (options) => server.open({ ...server.options, ...options, database: name }),
    query: (sql) => server.query(name, sql),
    cpuMilliseconds: () => (pid === undefined ? undefined : cpuMilliseconds(pid)),
    async [Symbol.asyncDispose]() {
      if (keepAs !== undefined) return
      await server.query(server.options.database, `drop database if exists ${name}${dropping}`)
    },
  }
}

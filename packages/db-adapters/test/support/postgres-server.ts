import { openPostgresStore } from '@mayfly/db-adapters/postgres'
import pg from 'pg'
import type { TestServer } from './test-server.ts'

const url = new URL(
  process.env.MAYFLY_TEST_POSTGRES_URL ?? 'postgresql://postgres@127.0.0.1:5432/postgres',
)

/** The PostgreSQL server of the tests; MAYFLY_TEST_POSTGRES_URL names another, with a user that may make databases. */
export const postgresServer: TestServer = {
  kind: 'postgresql',
  options: {
    host: url.hostname,
    port: Number(url.port || '5432'),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: decodeURIComponent(url.pathname.slice(1)) || 'postgres',
  },
  open: openPostgresStore,
  async openSession(database) {
    const { host, port, user, password } = postgresServer.options
    const client = new pg.Client({ host, port, user, password, database })
    await client.connect()
    return {
      async run(sql) {
        await client.query(sql)
      },
      [Symbol.asyncDispose]: () => client.end(),
    }
  },
  async query(database, sql) {
    const { host, port, user, password } = postgresServer.options
    const client = new pg.Client({ host, port, user, password, database })
    await client.connect()
    try {
      const { rows } = await client.query<Record<string, unknown>>(sql)
      return rows
    } finally {
      await client.end()
    }
  },
}

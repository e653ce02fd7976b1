import { openMysqlStore } from '@mayfly/db-adapters/mysql'
import mysql, { type RowDataPacket } from 'mysql2/promise'
import type { TestServer } from './test-server.ts'

const url = new URL(process.env.MAYFLY_TEST_MYSQL_URL ?? 'mysql://root@127.0.0.1:3306/mysql')

/** The MySQL or MariaDB server of the tests; MAYFLY_TEST_MYSQL_URL names another, with a user that may make databases. */
export const mysqlServer: TestServer = {
  kind: 'mysql',
  options: {
    host: url.hostname,
    port: Number(url.port || '3306'),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: decodeURIComponent(url.pathname.slice(1)) || 'mysql',
  },
  open: openMysqlStore,
  async openSession(database) {
    const { host, port, user, password = '' } = mysqlServer.options
    const connection = await mysql.createConnection({ host, port, user, password, database })
    return {
      async run(sql) {
        await connection.query(sql)
      },
      [Symbol.asyncDispose]: () => connection.end(),
    }
  },
  async query(database, sql) {
    const { host, port, user, password = '' } = mysqlServer.options
    const connection = await mysql.createConnection({ host, port, user, password, database })
    try {
      const [rows] = await connection.query<RowDataPacket[]>(sql)
      return rows
    } finally {
      await connection.end()
    }
  },
}

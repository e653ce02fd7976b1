import { buildIssuance, buildRevision, buildRevocation } from '@mayfly/db-adapters/contract'
import { beforeEach, describe, expect, test } from 'vitest'
import { mysqlServer } from '../support/mysql-server.ts'
import { postgresServer } from '../support/postgres-server.ts'
import { sqlTargetOf } from '../support/sql-target.ts'
import { describeServer, emptyTables } from '../support/test-server.ts'

const setReadOnly = {
  mysql: 'set session transaction read only',
  postgresql: 'set session characteristics as transaction read only',
}

for (const server of [postgresServer, mysqlServer]) {
  await describeServer(server, (database) => {
    describe(`${server.kind}: a session that may write no longer`, () => {
      beforeEach(async () => {
        await (await database.open()).close()
        await emptyTables(database)
      })

      test('is left for another, and nobody fails', async () => {
        await using store = await database.open({ maximumConnections: 1 })
        const sql = setReadOnly[server.kind]
        const demote = () => sqlTargetOf(store).read({ sql, parameters: [] })
        await demote()
        const units = Array.from({ length: 10 }, () => buildIssuance())
        const outcomes = await Promise.all(units.map((unit) => store.commitIssuance(unit)))
        expect(outcomes).toEqual(Array(10).fill({ status: 'committed' }))
        await demote()
        const revocation = await store.commitRevocation(buildRevocation(5n))
        expect(revocation).toEqual({ status: 'revoked', serialNumbers: [5n] })
        await demote()
        expect(await store.revisions.commitRevision(buildRevision(1))).toEqual({
          status: 'committed',
        })
        await demote()
        const wish = { name: 'retention', holder: 'h', lifetimeMilliseconds: 60_000 }
        expect(await store.leases.acquireLease(wish)).toMatchObject({ holder: 'h' })
      })
    })
  })
}

await describeServer(postgresServer, (database) => {
  describe('postgresql: a database that may be written no longer', () => {
    test('is told as such, and served again as soon as it may', async () => {
      await using store = await database.open()
      await store.commitIssuance(buildIssuance())
      const { server, options } = database
      const alter = (change: string) =>
        server.query(server.options.database, `alter database ${options.database} ${change}`)
      await alter('set default_transaction_read_only = on')
      await server.query(
        server.options.database,
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${options.database}'`,
      )
      const readOnly = {
        code: 'store_read_only',
        hint: 'name the primary server, and a database that may be written',
      }
      await expect(store.commitIssuance(buildIssuance())).rejects.toMatchObject(readOnly)
      await expect(store.commitRevocation(buildRevocation(1n))).rejects.toMatchObject(readOnly)
      await expect(store.ping()).rejects.toMatchObject(readOnly)
      await alter('reset default_transaction_read_only')
      expect(await store.commitIssuance(buildIssuance())).toEqual({ status: 'committed' })
      expect(await store.countCertificates()).toBe(2)
    })
  })
})

import { StoreError } from '@mayfly/db-adapters'
import { buildIssuance, buildRevocation } from '@mayfly/db-adapters/contract'
import { inspectMysqlDatabase } from '@mayfly/db-adapters/mysql'
import { inspectPostgresDatabase } from '@mayfly/db-adapters/postgres'
import { describe, expect, test } from 'vitest'
import { startCuttingProxy } from '../support/cutting-proxy.ts'
import { mysqlServer } from '../support/mysql-server.ts'
import { postgresServer } from '../support/postgres-server.ts'
import { describeServer } from '../support/test-server.ts'

for (const server of [postgresServer, mysqlServer]) {
  await describeServer(server, (database) => {
    describe(`${server.kind}: a server that is away`, () => {
      test('is told at once, and served again as soon as it is back', async () => {
        await using proxy = await startCuttingProxy(server.options)
        await using store = await database.open({ host: '127.0.0.1', port: proxy.port })
        await store.commitIssuance(buildIssuance())
        proxy.refuse()
        const calls = [
          store.ping(),
          store.isTokenSpent(new Uint8Array(32)),
          store.countCertificates(),
          store.commitRevocation(buildRevocation(1n)),
          ...Array.from({ length: 50 }, () => store.findCertificate(1n)),
        ]
        for (const call of calls) {
          await expect(call).rejects.toMatchObject({ code: 'store_unavailable' })
        }
        await expect(store.commitIssuance(buildIssuance())).rejects.toMatchObject({
          code: 'store_unavailable',
        })
        proxy.restore()
        await store.ping()
        expect(await store.commitIssuance(buildIssuance())).toEqual({ status: 'committed' })
      })

      test('cannot be opened, and the error shows the address without the password', async () => {
        await using proxy = await startCuttingProxy(server.options)
        proxy.refuse()
        const opening = database.open({
          host: '127.0.0.1',
          port: proxy.port,
          password: 'correct horse',
        })
        await expect(opening).rejects.toMatchObject({
          code: 'store_unavailable',
          message: expect.stringContaining(`127.0.0.1:${proxy.port}`),
        })
        await expect(opening).rejects.toSatisfy((error) => !allOf(error).includes('horse'))
      })

      test('from any moment of the opening on, in silence, is given up after the bound', async () => {
        await (await database.open()).close()
        await using proxy = await startCuttingProxy(server.options)
        const inspect =
          server.kind === 'postgresql' ? inspectPostgresDatabase : inspectMysqlDatabase
        const options = {
          ...database.options,
          host: '127.0.0.1',
          port: proxy.port,
          commandTimeoutMilliseconds: 100,
          connectTimeoutMilliseconds: 100,
        }
        const askAfter = async (answers: number, ask: () => Promise<unknown>) => {
          proxy.fallSilentAfter(answers)
          const told = await ask().then(() => 'answered', codeOf)
          proxy.restore()
          return told
        }
        const open = async () => (await server.open(options)).close()
        for (let answers = 0; answers < 6; answers++) {
          // The last answers are those to a goodbye.
          const given = answers < 2 ? ['store_unavailable'] : ['store_unavailable', 'answered']
          expect(given).toContain(await askAfter(answers, open))
          expect(given).toContain(await askAfter(answers, () => inspect(options)))
        }
      })

      test('and falls silent instead is given up after the bound', async () => {
        await using proxy = await startCuttingProxy(server.options)
        await using store = await database.open({
          host: '127.0.0.1',
          port: proxy.port,
          commandTimeoutMilliseconds: 300,
          connectTimeoutMilliseconds: 100,
        })
        await store.ping()
        proxy.fallSilent()
        await expect(store.ping()).rejects.toMatchObject({ code: 'store_unavailable' })
        // On a busy machine the queue for a connection may end first.
        await expect(store.commitIssuance(buildIssuance())).rejects.toMatchObject({
          code: expect.stringMatching(/^store_(unavailable|busy)$/),
        })
        proxy.refuse()
        proxy.restore()
        await store.ping()
      })
    })
  })
}

function allOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return `${error.message} ${error.stack} ${JSON.stringify(error)} ${allOf(error.cause ?? '')}`
}

function codeOf(error: unknown): string {
  return error instanceof StoreError ? error.code : String(error)
}

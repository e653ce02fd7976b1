import { buildIssuance } from '@mayfly/db-adapters/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ServerTls } from '../../src/server-store/server-options.ts'
import { postgresServer } from '../support/postgres-server.ts'
import { startPostgresPlainProxy, startPostgresTlsProxy } from '../support/postgres-tls-proxy.ts'
import { describeServer } from '../support/test-server.ts'
import { createTlsFiles, type TlsFiles } from '../support/tls-files.ts'

await describeServer(postgresServer, (database) => {
  describe('postgresql: TLS', () => {
    let files: TlsFiles
    let proxy: Awaited<ReturnType<typeof startPostgresTlsProxy>>
    beforeAll(async () => {
      files = await createTlsFiles()
      proxy = await startPostgresTlsProxy(postgresServer.options, files)
    })
    afterAll(async () => {
      await proxy[Symbol.asyncDispose]()
      await files[Symbol.asyncDispose]()
    })
    const open = (tls: ServerTls, host = 'localhost') =>
      database.open({ host, port: proxy.port, tls })
    const ours = () => ({ certificateFile: files.certificateFile, keyFile: files.keyFile })

    test.each<ServerTls['verify']>(['full', 'chain', 'none'])(
      'with our certificate, verifying %s, carries commits',
      async (verify) => {
        await using store = await open({ verify, rootFile: files.rootFile, ...ours() })
        expect(await store.commitIssuance(buildIssuance())).toEqual({ status: 'committed' })
      },
    )

    test('without our certificate is refused by the server', async () => {
      await expect(open({ verify: 'full', rootFile: files.rootFile })).rejects.toMatchObject({
        code: 'store_unavailable',
      })
    })

    test.each<ServerTls['verify']>(['full', 'chain'])(
      'to a server of another root is refused when verifying %s',
      async (verify) => {
        await expect(
          open({ verify, rootFile: files.strangerFile, ...ours() }),
        ).rejects.toMatchObject({
          code: 'store_unavailable',
          message: expect.stringMatching(/the server's certificate is not accepted \([^;]*\)$/),
          hint: expect.stringContaining('sslrootcert=FILE'),
        })
      },
    )

    test('to a server whose root nobody names says how to name it', async () => {
      await expect(open({ verify: 'full', ...ours() })).rejects.toMatchObject({
        code: 'store_unavailable',
        hint: expect.stringContaining('sslrootcert=FILE'),
      })
    })

    test('to a server of another name is refused when verifying full, not when chain', async () => {
      const tls = { rootFile: files.rootFile, ...ours() }
      await expect(open({ verify: 'full', ...tls }, '127.0.0.1')).rejects.toMatchObject({
        code: 'store_unavailable',
        hint: 'name the server by a name of its certificate',
      })
      await using store = await open({ verify: 'chain', ...tls }, '127.0.0.1')
      await store.ping()
    })

    test('to a server that has none is refused, or left out where that is allowed', async () => {
      await using plain = await startPostgresPlainProxy(postgresServer.options)
      const where = { host: '127.0.0.1', port: plain.port }
      await expect(database.open({ ...where, tls: { verify: 'none' } })).rejects.toMatchObject({
        code: 'store_unavailable',
        message: expect.stringContaining('SSL'),
      })
      await using store = await database.open({ ...where, tls: { verify: 'none', optional: true } })
      await store.ping()
    })
  })
})

import { buildIssuance, buildRevocation } from '@mayfly/db-adapters/contract'
import { type MysqlStoreOptions, openMysqlStore } from '@mayfly/db-adapters/mysql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ServerTls } from '../../src/server-store/server-options.ts'
import { startCuttingProxy } from '../support/cutting-proxy.ts'
import {
  findMariadbMissing,
  type PrivateMariadb,
  startPrivateMariadb,
} from '../support/private-mariadb.ts'
import { createTlsFiles, type TlsFiles } from '../support/tls-files.ts'

const missing = findMariadbMissing()
if (missing !== undefined) test('a MariaDB server of our own', ({ skip }) => skip(missing))

describe.skipIf(missing !== undefined)('a MariaDB server', () => {
  let files: TlsFiles
  let server: PrivateMariadb
  beforeAll(async () => {
    files = await createTlsFiles()
    server = await startPrivateMariadb([
      `--ssl-ca=${files.rootFile}`,
      `--ssl-cert=${files.serverCertificateFile}`,
      `--ssl-key=${files.serverKeyFile}`,
    ])
    await server.query(`create user mutual require x509`)
    await server.query(`grant all on *.* to mutual`)
  })
  afterAll(async () => {
    await server[Symbol.asyncDispose]()
    await files[Symbol.asyncDispose]()
  })
  const open = (more: Partial<MysqlStoreOptions> = {}) =>
    openMysqlStore({ host: '127.0.0.1', port: server.port, user: 'root', database: 'ca', ...more })
  const openMutual = (tls: ServerTls, host = 'localhost') => open({ host, user: 'mutual', tls })
  const ours = () => ({ certificateFile: files.certificateFile, keyFile: files.keyFile })

  test.each<ServerTls['verify']>(['full', 'chain', 'none'])(
    'takes our certificate, and commits, when we verify %s',
    async (verify) => {
      await using store = await openMutual({ verify, rootFile: files.rootFile, ...ours() })
      expect(await store.commitIssuance(buildIssuance())).toEqual({ status: 'committed' })
    },
  )

  test('that wants a certificate refuses us without one', async () => {
    await expect(openMutual({ verify: 'full', rootFile: files.rootFile })).rejects.toMatchObject({
      code: 'store_unavailable',
    })
  })

  test.each<ServerTls['verify']>(['full', 'chain'])(
    'of another root is refused when we verify %s',
    async (verify) => {
      await expect(
        openMutual({ verify, rootFile: files.strangerFile, ...ours() }),
      ).rejects.toMatchObject({
        code: 'store_unavailable',
        hint: expect.stringContaining('sslrootcert=FILE'),
      })
    },
  )

  test('that is named by an address cannot be verified in full, and says so', async () => {
    const tls = { rootFile: files.rootFile, ...ours() }
    await expect(openMutual({ verify: 'full', ...tls }, '127.0.0.1')).rejects.toMatchObject({
      code: 'store_unsupported',
      hint: expect.stringContaining('host name'),
    })
    await using store = await openMutual({ verify: 'chain', ...tls }, '127.0.0.1')
    await store.ping()
  })

  test('of another name is refused when we verify in full, not when the chain alone', async () => {
    const tls = { rootFile: files.rootFile, ...ours() }
    // To TLS it is a name; the resolver reads it as 127.0.0.1.
    const host = '127.1'
    await expect(openMutual({ verify: 'full', ...tls }, host)).rejects.toMatchObject({
      code: 'store_unavailable',
      message: expect.stringMatching(/altnames|Altname/i),
    })
    await using store = await openMutual({ verify: 'chain', ...tls }, host)
    await store.ping()
  })

  test('without TLS is refused when it is wanted, or used in the clear where that is allowed', async () => {
    await using plain = await startPrivateMariadb([])
    const where = { port: plain.port }
    await expect(open({ ...where, tls: { verify: 'none' } })).rejects.toMatchObject({
      code: 'store_unavailable',
      message: expect.stringContaining('secure'),
    })
    await using store = await open({ ...where, tls: { verify: 'none', optional: true } })
    await store.ping()
  })

  test.each([
    ['innodb_flush_log_at_trx_commit', '2', '1', 'store_unavailable'],
    ['read_only', '1', '0', 'store_read_only'],
  ])('with %s = %s is refused', async (name, bad, good, code) => {
    await server.query(`set global ${name} = ${bad}`)
    await expect(open()).rejects.toMatchObject({ code, message: expect.stringContaining(name) })
    await server.query(`set global ${name} = ${good}`)
    await (await open()).close()
  })

  test('whose global settings change what statements do is used as if they did not', async () => {
    const strange = [
      ['sql_select_limit', '1', 'default'],
      ['unique_checks', '0', '1'],
      ['foreign_key_checks', '0', '1'],
      ['completion_type', '1', '0'],
      ['autocommit', '0', '1'],
    ] as const
    for (const [name, bad] of strange) await server.query(`set global ${name} = ${bad}`)
    try {
      await using store = await open({ database: 'strange' })
      const units = Array.from({ length: 20 }, () => buildIssuance())
      const outcomes = await Promise.all(units.map((unit) => store.commitIssuance(unit)))
      expect(outcomes).toEqual(Array(20).fill({ status: 'committed' }))
      const again = await Promise.all(
        units.map(({ claim }) => store.commitIssuance(buildIssuance({ claim }))),
      )
      expect(again.map(({ status }) => status)).toEqual(Array(20).fill('token_spent'))
      const serials = units.map(({ certificate }) => certificate.serialNumber)
      await Promise.all(serials.map((each) => store.commitRevocation(buildRevocation(each))))
      const found = await Promise.all(serials.map((each) => store.findRevocation(each)))
      expect(found.map((each) => each?.serialNumber)).toEqual(serials)
    } finally {
      for (const [name, , good] of strange) await server.query(`set global ${name} = ${good}`)
    }
  })

  test('that may be written no longer is told as such, and left for the one that takes its place', async () => {
    await using successor = await startPrivateMariadb([])
    for (const each of [server, successor]) {
      await each.query(`create user plain`)
      await each.query(`grant all on failover.* to plain`)
    }
    const database = { database: 'failover', user: 'plain' }
    await (await open({ port: successor.port, ...database })).close()
    const target = { host: '127.0.0.1', port: server.port }
    await using proxy = await startCuttingProxy(target)
    await using store = await open({ port: proxy.port, ...database })
    const commitMany = () =>
      Promise.allSettled(Array.from({ length: 20 }, () => store.commitIssuance(buildIssuance())))
    await Promise.all([commitMany(), store.ping(), store.countCertificates()])
    expect(await store.countCertificates()).toBe(20)

    await server.query('set global read_only = 1')
    const refused = { status: 'rejected', reason: { code: 'store_read_only' } }
    expect(await commitMany()).toMatchObject(Array(20).fill(refused))
    await expect(store.ping()).rejects.toMatchObject({ code: 'store_read_only' })
    const sessions = `select 1 from information_schema.processlist where user = 'plain'`
    await expect.poll(() => server.query(sessions)).toEqual([])

    target.port = successor.port
    const committed = { status: 'fulfilled', value: { status: 'committed' } }
    expect(await commitMany()).toMatchObject(Array(20).fill(committed))
    expect(await store.countCertificates()).toBe(20)
    await server.query('set global read_only = 0')
  })

  test('that is killed loses nothing that was acknowledged, and is served again when it is back', async () => {
    await using store = await open()
    const acknowledged: bigint[] = []
    const codes = new Set<unknown>()
    let running = true
    const callers = Array.from({ length: 8 }, async () => {
      while (running) {
        const unit = buildIssuance()
        try {
          await store.commitIssuance(unit)
          acknowledged.push(unit.certificate.serialNumber)
        } catch (error) {
          codes.add(error instanceof Error && 'code' in error ? error.code : error)
        }
      }
    })
    await expect.poll(() => acknowledged.length, { timeout: 10_000 }).toBeGreaterThan(100)
    await server.kill()
    await expect(store.ping()).rejects.toMatchObject({ code: 'store_unavailable' })
    await server.start()
    const before = acknowledged.length
    await expect.poll(() => acknowledged.length, { timeout: 10_000 }).toBeGreaterThan(before + 100)
    running = false
    await Promise.all(callers)
    for (const code of codes) expect(code).toMatch(/^(store_unavailable|commit_uncertain)$/)
    for (const serialNumber of acknowledged) {
      expect(await store.findCertificate(serialNumber)).toBeDefined()
    }
  })
})

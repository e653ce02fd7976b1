import { X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type AuthorityFolder, createAuthorityFolder } from './support/authority-folder.ts'
import { createCsr, type Identity, obtainCertificate } from './support/certificates.ts'
import {
  type DatabaseServer,
  databaseServers,
  findMissing,
  nameDatabase,
  type TestDatabase,
} from './support/database-server.ts'
import { type FailingProxy, startFailingProxy } from './support/failing-proxy.ts'
import { type Answer, type CallOptions, call } from './support/http-client.ts'
import { type RunningServer, startServer } from './support/running-server.ts'

let original: AuthorityFolder
beforeAll(async () => {
  original = await createAuthorityFolder()
})
afterAll(() => original.dispose())

for (const server of databaseServers) {
  const missing = await findMissing(server)
  if (missing === undefined) describe(server.type, () => testFailures(server))
  else test(`${server.type} tests`, ({ skip }) => skip(missing))
}

/** A request that needs the database, made before anything fails. */
interface Prepared {
  readonly path: string
  readonly options: Partial<CallOptions>
  /** What it is answered while all is well. */
  readonly status: number
}

const unavailable = {
  status: 503,
  message:
    "The certificate authority received an unexpected HTTP status code - '503'. Please see the certificate authority logs for more info.",
}

function testFailures(server: DatabaseServer): void {
  let database: TestDatabase
  let proxy: FailingProxy
  let folder: AuthorityFolder
  let running: RunningServer

  beforeAll(async () => {
    database = nameDatabase(server)
    proxy = await startFailingProxy(server)
    folder = await original.copy()
    await folder.rewrite((document) => {
      const dataSource = server.dataSource(proxy.port)
      document.db = { type: server.type, dataSource, database: database.name }
      document.mayfly = { database: { maximumConnections: 2, maximumWaiting: 4 } }
    })
    running = await startServer(folder)
  })

  afterAll(async () => {
    await running[Symbol.asyncDispose]()
    await proxy[Symbol.asyncDispose]()
    await database[Symbol.asyncDispose]()
    await folder.dispose()
  })

  beforeEach(async () => {
    proxy.restore()
    await expectReady()
  })

  const ask = (path: string, options: Partial<CallOptions> = {}): Promise<Answer> =>
    call(path, { port: running.port, rootPem: folder.rootPem, ...options })

  const asClient = ({ chainPem, keyPem }: Identity) =>
    ({ method: 'POST', cert: chainPem, key: keyPem }) as const

  const serialOf = ({ leafPem }: Identity): string =>
    BigInt(`0x${new X509Certificate(leafPem).serialNumber}`).toString()

  /** By name; the name stands in the identity of the request. */
  async function prepare(): Promise<ReadonlyMap<string, Prepared>> {
    const identity = await obtainCertificate(running, folder.rootPem)
    const [serial, other] = [identity, await obtainCertificate(running, folder.rootPem)].map(
      serialOf,
    )
    const { csr } = await createCsr()
    const revocation = { serial: other, passive: true }
    const ott = await running.createToken({ subject: other ?? '', operation: 'revoke' })
    return new Map<string, Prepared>([
      [
        'sign',
        {
          path: '/sign',
          options: { body: { csr, ott: await running.createToken() } },
          status: 201,
        },
      ],
      ['renew', { path: '/renew', options: asClient(identity), status: 201 }],
      ['rekey', { path: '/rekey', options: { ...asClient(identity), body: { csr } }, status: 201 }],
      [
        'revoke by token',
        { path: '/revoke', options: { body: { ...revocation, ott } }, status: 200 },
      ],
      [
        'revoke by certificate',
        {
          path: '/revoke',
          options: { ...asClient(identity), body: { ...revocation, serial } },
          status: 200,
        },
      ],
    ])
  }

  async function expectReady(): Promise<void> {
    const health = async () => (await ask('/health')).status
    await expect.poll(health, { interval: 20, timeout: 20_000 }).toBe(200)
  }

  async function expectUnready(): Promise<void> {
    const { status, text, headers } = await ask('/health')
    expect([status, text]).toEqual([503, '{"status":"error"}\n'])
    expect(headers['retry-after']).toMatch(/^[2-6]$/)
  }

  /** Asks for all at once; each is refused for the moment, and its cause is told once. */
  async function expectUnavailable(
    requests: ReadonlyMap<string, Prepared>,
    failure: string,
    cause: RegExp,
  ): Promise<void> {
    await Promise.all(
      [...requests].map(async ([name, { path, options }]) => {
        const requestId = `${failure}/${name}`.replaceAll(' ', '-')
        const headers = { 'x-request-id': requestId }
        const answer = await ask(path, { ...options, headers })
        expect([name, answer.status, answer.json]).toEqual([name, 503, unavailable])
        expect(answer.headers['retry-after']).toMatch(/^[2-6]$/)
        const line = await running.findAccessLine(requestId)
        expect(line).toMatchObject({ level: 'error', status: 503 })
        expect(line.error).toMatch(cause)
        expect(running.accessLines.filter((each) => each.includes(`"${requestId}"`))).toHaveLength(
          1,
        )
      }),
    )
  }

  /** The same requests as before: nothing of them was done, and no token was spent. */
  async function expectServed(requests: ReadonlyMap<string, Prepared>): Promise<void> {
    for (const [name, { path, options, status }] of requests) {
      expect([name, (await ask(path, options)).status]).toEqual([name, status])
    }
  }

  async function count(table: string): Promise<number> {
    const [row] = await database.query(`select count(*) as count from mayfly_${table}`)
    return Number(row?.count)
  }

  async function countAll(): Promise<readonly number[]> {
    return Promise.all(['certificates', 'spent_tokens', 'revocations', 'audit'].map(count))
  }

  test('gone: each route says so, nothing is done, and all is well when it is back', async () => {
    const requests = await prepare()
    const before = await countAll()
    proxy.refuse()
    await expectUnavailable(requests, 'gone', /the connection failed|whether it was committed/)
    await expectUnready()
    expect(await countAll()).toEqual(before)
    for (const path of ['/health/live', '/version', '/provisioners']) {
      expect([path, (await ask(path)).status]).toEqual([path, 200])
    }
    proxy.restore()
    await expectReady()
    await expectServed(requests)
  })

  test('its clock is known', async () => {
    const { json } = await ask('/health?verbose=1')
    expect(json).toMatchObject({
      database: { kind: server.type, status: 'ok', clockOffsetSeconds: expect.closeTo(0, -1) },
    })
  })

  test('slow: what takes its time is served, and health waits with the others', async () => {
    const requests = await prepare()
    proxy.delay(40)
    const begun = performance.now()
    expect((await ask('/health')).status).toBe(200)
    expect(performance.now() - begun).toBeGreaterThan(35)
    await expectServed(requests)
  })

  test('silent: health answers within its bound, however many ask', async () => {
    proxy.fallSilent()
    const begun = performance.now()
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask('/health')))
    expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(503))
    // Long before a command counts as lost.
    expect(performance.now() - begun).toBeLessThan(10_000)
    expect((await ask('/health/live')).status).toBe(200)
    // What was held back is lost for good, and so are the connections.
    proxy.refuse()
  })

  test('cut in the middle of a commit and gone: no certificate leaves, whatever became of it', async () => {
    const { csr } = await createCsr()
    // The first answer is about the token, the last ones are those of the transaction.
    for (const answers of [1, 2, 3]) {
      const body = { csr, ott: await running.createToken() }
      const before = await count('certificates')
      proxy.refuseAtAnswer(answers)
      const answer = await ask('/sign', { body })
      if (answer.status === 201) {
        expect(await count('certificates')).toBe(before + 1)
        continue
      }
      expect(answer.json).toEqual(unavailable)
      proxy.restore()
      await expectReady()
      const wasCommitted = (await count('certificates')) === before + 1
      const again = await ask('/sign', { body })
      expect(again.status).toBe(wasCommitted ? 401 : 201)
      expect(await count('certificates')).toBe(before + 1)
    }
  })

  // Whoever may make databases on MySQL is not held back by read_only; its adapter is tested on a server of its own.
  const testOnPostgres = server.type === 'postgresql' ? test : () => undefined
  testOnPostgres(
    'failed over to a server that cannot be written: not ready, until the right one is found',
    async () => {
      const requests = await prepare()
      const before = await countAll()
      const reconnect = (): void => {
        proxy.refuse()
        proxy.restore()
      }
      await database.query(`alter database ${database.name} set default_transaction_read_only = on`)
      reconnect()
      await expectUnavailable(requests, 'failed over', /cannot be written|read-only/)
      await expectUnready()
      await using session = await server.openSession()
      await session.query(`alter database ${database.name} reset default_transaction_read_only`)
      reconnect()
      await expectReady()
      expect(await countAll()).toEqual(before)
      await expectServed(requests)
    },
  )

  test('the pool exhausted: those beyond it are told at once, and may come again', async () => {
    const revoke = async (serial: string): Promise<Answer> => {
      const ott = await running.createToken({ subject: serial, operation: 'revoke' })
      const headers = { 'x-request-id': `burst-${serial}` }
      return ask('/revoke', { body: { serial, ott, passive: true }, headers })
    }
    const serials = Array.from({ length: 40 }, (_, index) => String(index + 1))
    const answers = await Promise.all(serials.map(revoke))
    const refused = serials.filter((_, index) => answers[index]?.status !== 200)
    expect(refused.length).toBeGreaterThan(0)
    expect(refused.length).toBeLessThan(serials.length)
    for (const serial of refused) {
      const answer = answers[Number(serial) - 1]
      expect(answer?.json).toEqual(unavailable)
      expect(answer?.headers['retry-after']).toMatch(/^[2-6]$/)
      const { error } = await running.findAccessLine(`burst-${serial}`)
      expect(error).toContain('4 callers wait already')
      expect((await revoke(serial)).status).toBe(200)
    }
  })
}

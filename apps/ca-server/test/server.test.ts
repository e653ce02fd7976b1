import type { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { createServer as createTcpServer } from 'node:net'
import { connect } from 'node:tls'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type AuthorityFolder, createAuthorityFolder } from './support/authority-folder.ts'
import { createCsr } from './support/certificates.ts'
import { call, keepOneConnection } from './support/http-client.ts'
import { type RunningServer, startServer } from './support/running-server.ts'

let original: AuthorityFolder
let folder: AuthorityFolder

beforeAll(async () => {
  original = await createAuthorityFolder()
})

beforeEach(async () => {
  folder = await original.copy()
})

afterEach(() => folder.dispose())

afterAll(() => original.dispose())

async function servingCertificateOf({ port }: RunningServer): Promise<string | undefined> {
  const socket = connect({ port, host: '127.0.0.1', ca: folder.rootPem, servername: 'localhost' })
  await once(socket, 'secureConnect')
  const serialNumber = socket.getPeerX509Certificate()?.serialNumber
  socket.destroy()
  return serialNumber
}

const sign = async (running: RunningServer, ott: string, csr: string) =>
  call('/sign', { port: running.port, rootPem: folder.rootPem, body: { csr, ott } })

describe('a reload', () => {
  test('brings new provisioners and a new serving certificate; an unused token lives on', async () => {
    await using running = await startServer(folder)
    const { csr } = await createCsr()
    const unused = await running.createToken()
    const spent = await running.createToken()
    expect((await sign(running, spent, csr)).status).toBe(201)
    const before = await servingCertificateOf(running)
    await folder.rewrite((document) => {
      const { provisioners } = document.authority as { provisioners: unknown[] }
      provisioners.push({ type: 'ACME', name: 'another' })
    })
    await running.server.reload()
    const { text } = await call('/provisioners', { port: running.port, rootPem: folder.rootPem })
    expect(text).toContain('another')
    expect(await servingCertificateOf(running)).not.toBe(before)
    expect((await sign(running, unused, csr)).status).toBe(201)
    expect((await sign(running, spent, csr)).status).toBe(401)
  })

  test('keeps connections and answers every request in the middle of load', async () => {
    await using running = await startServer(folder)
    const { csr } = await createCsr()
    const agent = keepOneConnection()
    const tokens = await Promise.all(Array.from({ length: 60 }, () => running.createToken()))
    const { port } = running
    const answers = tokens.map((ott, index) => {
      const body = { csr, ott }
      const reuse = index % 2 === 0 ? { agent } : {}
      return call('/sign', { port, rootPem: folder.rootPem, body, ...reuse })
    })
    await running.server.reload()
    await running.server.reload()
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual(tokens.map(() => 201))
    agent.destroy()
  })

  test('moves to another address', async () => {
    await using running = await startServer(folder)
    const old = running.port
    const port = await findFreePort()
    await folder.rewrite((document) => {
      document.address = `127.0.0.1:${port}`
    })
    await running.server.reload()
    expect(running.port).toBe(port)
    expect((await call('/health', { port, rootPem: folder.rootPem })).status).toBe(200)
    await expect(call('/health', { port: old, rootPem: folder.rootPem })).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    })
  })

  test.each([
    {
      what: 'is broken',
      change: (document: Record<string, unknown>) => {
        document.authority = 7
      },
      code: 'configuration_invalid',
    },
    {
      what: 'has another database',
      change: (document: Record<string, unknown>) => {
        delete document.db
      },
      code: 'database_changed',
    },
    {
      what: 'has unknown cipher suites',
      change: (document: Record<string, unknown>) => {
        document.tls = { cipherSuites: ['TLS_ROT13'] }
        document.dnsNames = ['elsewhere']
      },
      code: 'tls_unsupported',
    },
    {
      what: 'has an address that is taken',
      change: (document: Record<string, unknown>) => {
        document.address = document.taken
      },
      code: 'listen_failed',
    },
    {
      what: 'has the same port on another address',
      change: (document: Record<string, unknown>) => {
        document.address = document.widened
      },
      code: 'listen_failed',
    },
  ])('is refused when the file $what, and what ran runs on', async ({ change, code }) => {
    await using running = await startServer(folder)
    const holder = createTcpServer().listen(0, '127.0.0.1')
    await once(holder, 'listening')
    const address = holder.address()
    const taken = `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
    await folder.rewrite((document) => {
      document.taken = taken
      document.widened = `:${running.port}`
      document.commonName = 'Another'
      change(document)
    })
    const { authority, configuration } = running.host
    const ott = await running.createToken()
    await expect(running.server.reload()).rejects.toMatchObject({ code })
    const { csr } = await createCsr()
    expect((await sign(running, ott, csr)).status).toBe(201)
    expect(running.host.authority).toBe(authority)
    expect(running.host.configuration).toBe(configuration)
    holder.close()
  })

  test('ends the access log when `logger` is gone', async () => {
    await using running = await startServer(folder)
    await folder.rewrite((document) => {
      delete document.logger
    })
    await running.server.reload()
    await call('/health', { port: running.port, rootPem: folder.rootPem })
    await running.server.shutdown()
    expect(running.accessLines).toEqual([])
  })
})

describe('a shutdown', () => {
  test('answers what runs, accepts nothing more, and closes kept connections', async () => {
    await using running = await startServer(folder)
    const { csr } = await createCsr()
    const idle = keepOneConnection()
    await call('/health', { port: running.port, rootPem: folder.rootPem, agent: idle })
    const tokens = await Promise.all(Array.from({ length: 40 }, () => running.createToken()))
    const { port } = running
    const sent = tokens.map((ott) => sign(running, ott, csr))
    await Promise.race(sent)
    const stopped = running.server.shutdown()
    const answers = await Promise.all(sent)
    await stopped
    expect(answers.map(({ status }) => status)).toEqual(tokens.map(() => 201))
    await expect(call('/health', { port, rootPem: folder.rootPem })).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    })
    idle.destroy()
  })

  test('waits for no client that says nothing', async () => {
    await using running = await startServer(folder, { limits: { silentGraceMilliseconds: 20 } })
    const { port } = running
    const silent = connect({ port, host: '127.0.0.1', ca: folder.rootPem, servername: 'localhost' })
    silent.on('error', () => undefined)
    await once(silent, 'secureConnect')
    await running.server.shutdown()
    if (!silent.closed) await once(silent, 'close')
    expect(silent.closed).toBe(true)
  })

  test('ends by force when a request does not', async () => {
    const limits = { silentGraceMilliseconds: 20, drainMilliseconds: 50 }
    await using running = await startServer(folder, { limits })
    const { port } = running
    const slow = connect({ port, host: '127.0.0.1', ca: folder.rootPem, servername: 'localhost' })
    slow.on('error', () => undefined)
    await once(slow, 'secureConnect')
    slow.write('POST /sign HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n{')
    await running.server.shutdown()
    expect(await running.host.store.countCertificates()).toBe(0)
  })
})

test('the serving certificate is as the configuration says', async () => {
  await folder.rewrite((document) => {
    document.commonName = 'Our CA'
    document.dnsNames = ['localhost', '127.0.0.1', '[::1]']
  })
  await using running = await startServer(folder)
  const { port } = running
  const socket = connect({ port, host: '127.0.0.1', ca: folder.rootPem, servername: 'localhost' })
  await once(socket, 'secureConnect')
  const certificate = socket.getPeerX509Certificate() as X509Certificate
  socket.destroy()
  expect(certificate.subject).toBe('CN=Our CA')
  expect(certificate.subjectAltName).toBe(
    'DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1',
  )
  const life = certificate.validToDate.getTime() - certificate.validFromDate.getTime()
  expect(life).toBe((24 * 60 + 1) * 60_000)
  expect(await running.host.store.countCertificates()).toBe(0)
})

test('health is that of the store, and tells only the log what is wrong', async () => {
  await using running = await startServer(folder)
  const { port } = running
  const { rootPem } = folder
  expect((await call('/health', { port, rootPem })).json).toEqual({ status: 'ok' })
  await running.host.store.close()
  const headers = { 'x-request-id': 'ill' }
  const { status, text } = await call('/1.0/health', { port, rootPem, headers })
  expect([status, text]).toEqual([503, '{"status":"error"}\n'])
  expect((await call('/health', { port, rootPem, method: 'HEAD' })).status).toBe(503)
  expect(await running.findAccessLine('ill')).toMatchObject({ level: 'error', status: 503 })
  expect((await running.findAccessLine('ill')).error).toContain('closed')
})

test('a store that is gone gives 503, and no certificate', async () => {
  await using running = await startServer(folder)
  const { csr } = await createCsr()
  const ott = await running.createToken()
  await running.host.store.close()
  const { status, json } = await sign(running, ott, csr)
  expect(status).toBe(503)
  expect(json).toMatchObject({ message: expect.stringContaining("status code - '503'") })
})

test('requests wait while there is no room for their lines, and are answered then', async () => {
  const room = Promise.withResolvers<void>()
  const asked = Promise.withResolvers<void>()
  const accessLines = {
    write: () => undefined,
    findDelay: () => {
      asked.resolve()
      return room.promise
    },
  }
  await using running = await startServer(folder, { accessLines })
  const { csr } = await createCsr()
  const answer = sign(running, await running.createToken(), csr)
  await asked.promise
  expect(await running.host.store.countCertificates()).toBe(0)
  room.resolve()
  expect((await answer).status).toBe(201)
})

async function findFreePort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}

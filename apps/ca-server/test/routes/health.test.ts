import { once } from 'node:events'
import { connect } from 'node:tls'
import { createConfigurationKey, importConfiguration } from '@mayfly/authority-host'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type AuthorityFolder,
  createAuthorityFolder,
  password,
} from '../support/authority-folder.ts'
import { call } from '../support/http-client.ts'
import { type RunningServer, startServer } from '../support/running-server.ts'

let folder: AuthorityFolder

beforeAll(async () => {
  folder = await createAuthorityFolder()
})

afterAll(() => folder.dispose())

const get = ({ port }: RunningServer, path: string) => call(path, { port, rootPem: folder.rootPem })

describe('health', () => {
  test.each(['/health', '/health/ready', '/health/live', '/1.0/health/ready'])(
    '%s is ok while all is well',
    async (path) => {
      await using running = await startServer(folder)
      const { status, text, headers } = await get(running, path)
      expect([status, text]).toEqual([200, '{"status":"ok"}\n'])
      expect(headers['retry-after']).toBeUndefined()
    },
  )

  test('without its store an instance lives, is not ready, and says when to ask again', async () => {
    await using running = await startServer(folder)
    await running.host.store.close()
    expect((await get(running, '/health/live')).status).toBe(200)
    for (const path of ['/health', '/health/ready']) {
      const { status, text, headers } = await get(running, path)
      expect([status, text]).toEqual([503, '{"status":"error"}\n'])
      expect(headers['retry-after']).toMatch(/^[2-6]$/)
    }
  })

  test('tells people more, nothing of it secret', async () => {
    await using running = await startServer(folder)
    const well = {
      status: 'ok',
      problems: [],
      version: expect.stringMatching(/^\d/),
      instance: 'ca-1',
      uptimeSeconds: expect.any(Number),
      database: { kind: 'sqlite', status: 'ok' },
      leases: [],
    }
    const { store } = running.host
    expect((await get(running, '/health?verbose=1')).json).toEqual(well)
    await store.leases.acquireLease({ name: 'ours', holder: 'ca-1', lifetimeMilliseconds: 60_000 })
    await store.leases.acquireLease({ name: 'its', holder: 'ca-2', lifetimeMilliseconds: 60_000 })
    expect((await get(running, '/health?verbose=1')).json).toEqual({ ...well, leases: ['ours'] })
    await store.close()
    expect(await get(running, '/health/ready?verbose=1')).toMatchObject({
      status: 503,
      json: {
        ...well,
        status: 'error',
        problems: ['database'],
        database: { kind: 'sqlite', status: 'error' },
      },
    })
  })

  test('one that cannot follow the newest configuration is not ready', async () => {
    const shared = await folder.copy()
    const { configurationPath } = shared
    await createConfigurationKey({ configurationPath, password })
    await importConfiguration({
      configurationPath,
      author: 'ops',
      comment: 'begin',
      configurationKeyPassword: async () => password,
      now: () => new Date(),
    })
    await using running = await startServer(shared)
    expect((await get(running, '/health?verbose=1')).json).toMatchObject({
      status: 'ok',
      configuration: { revision: 1, newest: 1 },
    })
    const first = await running.host.store.revisions.findRevision(1)
    if (first === undefined) throw new Error('there is no revision')
    await running.host.store.revisions.commitRevision({ ...first, number: 2 })
    await running.host.followRevision()
    expect(await get(running, '/health?verbose=1')).toMatchObject({
      status: 503,
      json: { problems: ['configuration'], configuration: { revision: 1, newest: 2 } },
    })
    expect((await get(running, '/health/live')).status).toBe(200)
    await shared.dispose()
  })

  test('an instance that is about to end is not ready, and lives to its end', async () => {
    await using running = await startServer(folder)
    const socket = connect({
      port: running.port,
      host: '127.0.0.1',
      ca: folder.rootPem,
      servername: 'localhost',
    })
    await once(socket, 'secureConnect')
    const ended = running.server.shutdown()
    socket.write('GET /health HTTP/1.1\r\nhost: x\r\nx-request-id: draining\r\n\r\n')
    const [answer] = await once(socket, 'data')
    expect(String(answer)).toMatch(/^HTTP\/1\.1 503 /)
    expect(await running.findAccessLine('draining')).toMatchObject({
      error: 'the server is shutting down',
    })
    await ended
  })
})

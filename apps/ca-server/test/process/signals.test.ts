import { once } from 'node:events'
import { connect } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type AuthorityFolder, createAuthorityFolder } from '../support/authority-folder.ts'
import { createCsr } from '../support/certificates.ts'
import { startChildServer } from '../support/child-server.ts'
import { call } from '../support/http-client.ts'
import { createToken } from '../support/running-server.ts'

let folder: AuthorityFolder

beforeAll(async () => {
  folder = await createAuthorityFolder()
})

afterAll(() => folder.dispose())

describe('the process', () => {
  test('answers what runs when SIGTERM comes, then ends with 0', async () => {
    const server = await startChildServer(folder)
    const { csr } = await createCsr()
    const tokens = await Promise.all(Array.from({ length: 30 }, () => createToken(folder)))
    const { port } = server
    const sent = tokens.map((ott) =>
      call('/sign', { port, rootPem: folder.rootPem, body: { csr, ott } }),
    )
    await Promise.race(sent)
    const code = server.stop('SIGTERM')
    const statuses = (await Promise.all(sent)).map(({ status }) => status)
    expect(statuses).toEqual(tokens.map(() => 201))
    expect(await code).toBe(0)
    expect(server.errorText()).toMatch(/\d shutting down \.\.\.\n/)
    for (const token of tokens) expect(server.errorText()).not.toContain(token.slice(-40))
  })

  test('takes over a new configuration on SIGHUP, and keeps the old when the new is broken', async () => {
    const server = await startChildServer(folder)
    const { port } = server
    const health = () => call('/health', { port, rootPem: folder.rootPem })
    server.child.kill('SIGHUP')
    await server.waitForError(/reloading \.\.\.\n[\s\S]*Serving HTTPS/)
    expect((await health()).status).toBe(200)
    const broken = await createAuthorityFolder()
    const other = await startChildServer(broken)
    await broken.rewrite((document) => {
      document.crt = '/nonexistent'
    })
    other.child.kill('SIGHUP')
    await other.waitForError('error reloading server: error reloading ca: ')
    expect(other.errorText()).toMatch(
      /reloading \.\.\.\n.*Reload failed because the CA with new configuration could not be initialized\.\n.*Continuing to run with the original configuration\.\n.*You can force a restart by sending a SIGTERM signal and then restarting the mayfly-ca\.\n.*error reloading server: error reloading ca: .*\/nonexistent/,
    )
    expect((await call('/health', { port: other.port, rootPem: broken.rootPem })).status).toBe(200)
    expect(await other.stop('SIGINT')).toBe(0)
    expect(await server.stop('SIGINT')).toBe(0)
    await broken.dispose()
  })

  test('ends at once on a second SIGTERM', async () => {
    const server = await startChildServer(folder)
    const { port } = server
    const slow = connect({ port, host: '127.0.0.1', ca: folder.rootPem, servername: 'localhost' })
    slow.on('error', () => undefined)
    await once(slow, 'secureConnect')
    slow.write('POST /sign HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n{')
    server.child.kill('SIGTERM')
    await server.waitForError('shutting down')
    expect(await server.stop('SIGTERM')).toBe(2)
  })
})

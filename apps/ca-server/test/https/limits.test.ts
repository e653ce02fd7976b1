import { once } from 'node:events'
import { connect as connectTcp, type Socket } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type AuthorityFolder, createAuthorityFolder } from '../support/authority-folder.ts'
import { call } from '../support/http-client.ts'
import { type RunningServer, startServer } from '../support/running-server.ts'

let folder: AuthorityFolder

beforeAll(async () => {
  folder = await createAuthorityFolder({ withDatabase: false })
})

afterAll(() => folder.dispose())

const short = { limits: { timeoutMilliseconds: 200 } }

async function open({ port }: RunningServer): Promise<TLSSocket> {
  const socket = connect({ port, host: '127.0.0.1', ca: folder.rootPem, servername: 'localhost' })
  // What the server cuts off may arrive as a reset.
  socket.on('error', () => undefined)
  await once(socket, 'secureConnect')
  return socket
}

async function readAll(socket: Socket): Promise<string> {
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  if (!socket.closed) await once(socket, 'close')
  return Buffer.concat(chunks).toString()
}

async function expectAlive({ port }: RunningServer): Promise<void> {
  expect((await call('/health', { port, rootPem: folder.rootPem })).status).toBe(200)
}

describe('what is no HTTP', () => {
  test.each([
    { sent: 'GARBAGE\r\n\r\n', status: '400 Bad Request' },
    { sent: 'GET /health HTTP/9.9\r\n\r\n', status: '400 Bad Request' },
    { sent: 'GET /health HTTP/1.1\r\nhost: x\r\nbroken header\r\n\r\n', status: '400 Bad Request' },
    {
      sent: 'POST /sign HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n',
      status: '400 Bad Request',
    },
    {
      sent: 'POST /sign HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n',
      status: '400 Bad Request',
    },
    {
      sent: `GET /health HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(40_000)}\r\n\r\n`,
      status: '431 Request Header Fields Too Large',
    },
  ])('is answered $status', async ({ sent, status }) => {
    await using running = await startServer(folder)
    const socket = await open(running)
    const answer = readAll(socket)
    socket.write(sent)
    expect(await answer).toBe(
      `HTTP/1.1 ${status}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n${status}`,
    )
    await expectAlive(running)
  })

  test('nor TLS is told in one line', async () => {
    await using running = await startServer(folder)
    const socket = connectTcp(running.port, '127.0.0.1')
    const ended = readAll(socket)
    socket.write('GET /health HTTP/1.0\r\n\r\n')
    await ended
    await expectAlive(running)
    const errors = running.lines.filter((line) => line.includes('TLS handshake error'))
    expect(errors).toEqual([
      expect.stringMatching(/^http: TLS handshake error from 127\.0\.0\.1:\d+: .*http request/),
    ])
  })

  test('and a client that leaves in the middle of its handshake is named', async () => {
    await using running = await startServer(folder)
    const socket = connectTcp(running.port, '127.0.0.1')
    await once(socket, 'connect')
    const { localPort } = socket
    socket.destroy()
    const errors = () => running.lines.filter((line) => line.includes('handshake error'))
    await expect.poll(errors, { timeout: 20_000 }).toHaveLength(1)
    await expectAlive(running)
    expect(errors()).toEqual([
      `http: TLS handshake error from 127.0.0.1:${localPort}: the connection was closed`,
    ])
  })

  test('and a client that leaves in the middle of a body harms nobody', async () => {
    await using running = await startServer(folder)
    const socket = await open(running)
    socket.write(
      'POST /sign HTTP/1.1\r\nhost: x\r\nx-request-id: gone\r\ncontent-length: 10\r\n\r\n{',
    )
    socket.end()
    socket.destroy()
    expect(await running.findAccessLine('gone')).toMatchObject({ status: 400 })
    await expectAlive(running)
  })
})

describe('requests one after the other on a connection', () => {
  const health = 'GET /health HTTP/1.1\r\nhost: x\r\n\r\n'
  const sign = 'POST /sign HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}'

  test('are answered in their order', async () => {
    await using running = await startServer(folder, short)
    const socket = await open(running)
    const answer = readAll(socket)
    socket.write(`${sign}${health}${sign}`)
    expect((await answer).match(/HTTP\/1\.1 \d+/g)).toEqual([
      'HTTP/1.1 400',
      'HTTP/1.1 200',
      'HTTP/1.1 400',
    ])
  })

  test('keep their answers when garbage follows, which takes the place of none', async () => {
    await using running = await startServer(folder, short)
    const socket = await open(running)
    const answer = readAll(socket)
    socket.write(`${health}${health}GARBAGE\r\n\r\n`)
    expect((await answer).match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200'])
    await expectAlive(running)
  })
})

describe('a slow client is cut off', () => {
  test.each([
    { what: 'before its handshake', sent: undefined, answer: '' },
    { what: 'before its request', sent: '', answer: /^HTTP\/1\.1 408 Request Timeout|^$/ },
    { what: 'in its header', sent: 'GET /health HTTP/1.1\r\nx:', answer: /^HTTP\/1\.1 408|^$/ },
    {
      what: 'in its body',
      sent: 'POST /sign HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n{',
      answer: /^HTTP\/1\.1 408/,
    },
    {
      what: 'after its answer',
      sent: 'GET /health HTTP/1.1\r\nhost: x\r\n\r\n',
      answer: /^HTTP\/1\.1 200 OK/,
    },
  ])('$what', async ({ sent, answer }) => {
    await using running = await startServer(folder, short)
    const socket = sent === undefined ? connectTcp(running.port, '127.0.0.1') : await open(running)
    if (sent !== undefined && sent !== '') socket.write(sent)
    expect(await readAll(socket)).toMatch(answer)
    await expectAlive(running)
  })
})

test('connections beyond the limit are closed, and there is room again later', async () => {
  await using running = await startServer(folder, { limits: { maximumConnections: 2 } })
  const held = [await open(running), await open(running)]
  const socket = connectTcp(running.port, '127.0.0.1')
  socket.on('error', () => undefined)
  expect(await readAll(socket)).toBe('')
  const further = connectTcp(running.port, '127.0.0.1')
  further.on('error', () => undefined)
  expect(await readAll(further)).toBe('')
  expect(running.lines.filter((line) => line.includes('connections are open'))).toEqual([
    'http: 2 connections are open, further ones are closed at once',
  ])
  for (const each of held) each.destroy()
  await expect
    .poll(
      async () => (await call('/health', { port: running.port, rootPem: folder.rootPem })).status,
    )
    .toBe(200)
})

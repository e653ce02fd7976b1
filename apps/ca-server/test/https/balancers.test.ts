import { once } from 'node:events'
import { connect as connectTcp, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { connect, type TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createBalancers } from '../../src/https/balancers.ts'
import { type AuthorityFolder, createAuthorityFolder } from '../support/authority-folder.ts'
import { call } from '../support/http-client.ts'
import { proxyHeader } from '../support/proxy-header.ts'
import { type RunningServer, startServer } from '../support/running-server.ts'

let behindBalancer: AuthorityFolder
let alone: AuthorityFolder

beforeAll(async () => {
  alone = await createAuthorityFolder({ withDatabase: false })
  behindBalancer = await alone.copy()
  await behindBalancer.rewrite((document) => {
    document.mayfly = { proxyProtocol: ['127.0.0.1'] }
  })
})

afterAll(() => Promise.all([alone.dispose(), behindBalancer.dispose()]))

const header = proxyHeader({ client: '192.0.2.7', port: 40_001 })

function open({ port }: RunningServer): Socket {
  const socket = connectTcp({ port, host: '127.0.0.1', noDelay: true })
  socket.on('error', () => undefined)
  return socket
}

/** Begins TLS on a connection, as a client does behind a balancer. */
function secure(socket: Duplex): TLSSocket {
  return connect({ socket, ca: alone.rootPem, servername: 'localhost' })
}

/** Sends these octets together with the first that are written, as a balancer may. */
function joinFirst(socket: Socket, octets: Uint8Array): Duplex {
  let before = octets
  const joined = new Duplex({
    read: () => undefined,
    write: (chunk: Uint8Array, _encoding, done) => {
      socket.write(Buffer.concat([before, chunk]), done)
      before = Buffer.alloc(0)
    },
  })
  socket.on('data', (chunk) => joined.push(chunk)).on('end', () => joined.push(null))
  return joined
}

async function ask(socket: TLSSocket, requestId: string): Promise<string> {
  const ended = readAll(socket)
  socket.write(
    `GET /health HTTP/1.1\r\nhost: x\r\nx-request-id: ${requestId}\r\nconnection: close\r\n\r\n`,
  )
  return (await ended).slice(0, 12)
}

async function readAll(socket: Socket): Promise<string> {
  let text = ''
  socket.on('data', (octets: Buffer) => {
    text += octets.toString()
  })
  socket.on('error', () => undefined)
  await new Promise<void>((resolve) => {
    socket.once('end', resolve).once('close', resolve)
  })
  return text
}

const errorsOf = ({ lines }: RunningServer): readonly string[] =>
  lines.filter((line) => line.includes('error from'))

describe('a connection of a balancer', () => {
  test.each([
    { what: 'a client', sent: header, address: '192.0.2.7' },
    {
      what: 'a client by IPv6',
      sent: proxyHeader({ client: '2001:db8::7', port: 1 }),
      address: '2001:db8::7',
    },
    {
      what: 'a client in the form of IPv4 for IPv6',
      sent: proxyHeader({ client: '::ffff:c000:207', port: 1 }),
      address: '192.0.2.7',
    },
    { what: 'itself', sent: proxyHeader({ command: 0x20 }), address: '127.0.0.1' },
    { what: 'nobody', sent: proxyHeader(), address: '127.0.0.1' },
  ])('that names $what shows $address in the log', async ({ sent, address }) => {
    await using running = await startServer(behindBalancer)
    const socket = open(running)
    socket.write(sent)
    expect(await ask(secure(socket), 'named')).toBe('HTTP/1.1 200')
    expect(await running.findAccessLine('named')).toMatchObject({ 'remote-address': address })
    expect(errorsOf(running)).toEqual([])
  })

  test('may send its header octet by octet, and the client right behind it', async () => {
    await using running = await startServer(behindBalancer)
    const relay = open(running)
    for (const octet of header.subarray(0, -1)) {
      await new Promise((resolve) => relay.write(Buffer.from([octet]), resolve))
    }
    const client = secure(joinFirst(relay, header.subarray(-1)))
    expect(await ask(client, 'slow')).toBe('HTTP/1.1 200')
    expect(await running.findAccessLine('slow')).toMatchObject({ 'remote-address': '192.0.2.7' })
  })

  test('whose client speaks no TLS is told with the address of the client', async () => {
    await using running = await startServer(behindBalancer)
    const socket = open(running)
    const ended = readAll(socket)
    socket.write(Buffer.concat([header, Buffer.from('GET /health HTTP/1.0\r\n\r\n')]))
    await ended
    expect(errorsOf(running)).toEqual([
      expect.stringMatching(/^http: TLS handshake error from 192\.0\.2\.7:40001: /),
    ])
  })

  test('whose client leaves before its handshake is told with the address of the client', async () => {
    await using running = await startServer(behindBalancer)
    const socket = open(running)
    const ended = readAll(socket)
    socket.end(header)
    await ended
    await expect
      .poll(() => errorsOf(running), { timeout: 20_000 })
      .toEqual(['http: TLS handshake error from 192.0.2.7:40001: the connection was closed'])
  })

  test.each([
    { what: 'TLS without a header', sent: '\x16\x03\x01\x00', reason: 'none was sent' },
    {
      what: 'a header of version 1',
      sent: 'PROXY TCP4 192.0.2.7 192.0.2.1 1 443\r\n',
      reason: 'version 1 was sent, version 2 is needed',
    },
    {
      what: 'half a header, and its end',
      sent: header.subarray(0, 20),
      reason: 'it ends in the middle',
    },
  ])('with $what is closed, and told in one line', async ({ sent, reason }) => {
    await using running = await startServer(behindBalancer)
    const socket = open(running)
    const ended = readAll(socket)
    socket.end(sent)
    expect(await ended).toBe('')
    expect(errorsOf(running)).toEqual([
      expect.stringMatching(
        new RegExp(`^http: PROXY protocol header error from 127\\.0\\.0\\.1:\\d+: ${reason}$`),
      ),
    ])
  })

  test('that sends nothing is closed after the time for a handshake', async () => {
    await using running = await startServer(behindBalancer, {
      limits: { timeoutMilliseconds: 200 },
    })
    expect(await readAll(open(running))).toBe('')
    expect(errorsOf(running)).toEqual([expect.stringMatching(/: not complete after 0\.2 s$/)])
  })

  test('that only looks whether the port is open is no news', async () => {
    await using running = await startServer(behindBalancer)
    const socket = open(running)
    await once(socket, 'connect')
    const ended = readAll(socket)
    socket.end()
    await ended
    expect(running.lines.filter((line) => line.includes('http:'))).toEqual([])
  })

  test('counts among the connections, and does not hold up the end', async () => {
    await using running = await startServer(behindBalancer, {
      limits: { maximumConnections: 1, silentGraceMilliseconds: 10 },
    })
    const held = open(running)
    held.write(header.subarray(0, 5))
    await once(held, 'connect')
    expect(await readAll(open(running))).toBe('')
    const ended = readAll(held)
    await running.server.shutdown()
    expect(await ended).toBe('')
  })
})

test('a header of anyone else breaks the handshake, and is not believed', async () => {
  await using running = await startServer(alone)
  const socket = open(running)
  const ended = readAll(socket)
  socket.write(header)
  await ended
  expect(errorsOf(running)).toEqual([
    expect.stringMatching(/^http: TLS handshake error from 127\.0\.0\.1:\d+: /),
  ])
  expect(running.accessLines).toEqual([])
})

test('a reload makes a balancer of an address, and takes it back', async () => {
  const folder = await alone.copy()
  await using running = await startServer(folder)
  const plain = { port: running.port, rootPem: folder.rootPem }
  expect((await call('/health', plain)).status).toBe(200)
  await folder.rewrite((document) => {
    document.mayfly = { proxyProtocol: ['127.0.0.0/8'] }
  })
  await running.server.reload()
  await expect(call('/health', plain)).rejects.toThrow()
  await folder.rewrite((document) => {
    document.mayfly = {}
  })
  await running.server.reload()
  expect((await call('/health', plain)).status).toBe(200)
  await folder.dispose()
})

test.each([
  { named: [], address: '127.0.0.1', found: false },
  { named: ['10.0.0.5'], address: '10.0.0.5', found: true },
  { named: ['10.0.0.5'], address: '10.0.0.6', found: false },
  { named: ['10.0.0.5'], address: '::ffff:10.0.0.5', found: true },
  { named: ['10.1.0.0/16'], address: '10.1.255.255', found: true },
  { named: ['10.1.0.0/16'], address: '10.2.0.0', found: false },
  { named: ['::1', 'fe80::/64'], address: 'fe80::1%eth0', found: true },
  { named: ['::1', 'fe80::/64'], address: '10.0.0.5', found: false },
  { named: ['10.0.0.5'], address: undefined, found: false },
])('of $named $address is a balancer: $found', ({ named, address, found }) => {
  expect(createBalancers(named)({ remoteAddress: address })).toBe(found)
})

import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, connect as connectTcp, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer as createTlsServer } from 'node:tls'
import { promisify } from 'node:util'
import { type CaClient, createCaClient } from '@mayfly/ca-client'
import { encodeCertificatePem } from '@mayfly/x509-profiles'
import { afterEach, describe, expect, test } from 'vitest'
import {
  type FakeCa,
  hangUp,
  json,
  type Reply,
  signAnswer,
  startFakeCa,
} from './support/fake-ca.ts'
import { createCsr, createPki, generateKey } from './support/pki.ts'

const disposals: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const dispose of disposals.splice(0)) await dispose()
})

async function start(options?: Parameters<typeof startFakeCa>[0]): Promise<FakeCa> {
  const ca = await startFakeCa(options)
  ca.on('GET /health', json({ status: 'ok' }))
  disposals.push(async () => ca[Symbol.asyncDispose]())
  return ca
}

/** A client whose pauses take no time and are written down. */
function connect(options: Parameters<typeof createCaClient>[0]): {
  client: CaClient
  pauses: number[]
} {
  const pauses: number[] = []
  const client = createCaClient({ delay: async (pause) => void pauses.push(pause), ...options })
  disposals.push(() => client.close())
  return { client, pauses }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

describe('trust', () => {
  test('a CA below the pinned root is trusted', async () => {
    const { url, rootPem } = await start()
    const { client } = connect({ url, roots: rootPem })
    expect(await client.health()).toEqual({ status: 'ok' })
  })

  test('a CA below another root is not', async () => {
    const { url } = await start()
    const { root } = await createPki('Other')
    const { client, pauses } = connect({ url, roots: [root] })
    await expect(client.health()).rejects.toMatchObject({
      code: 'tls_untrusted',
      friendly: false,
      message: `client GET ${url}/health failed: tls: failed to verify certificate: x509: certificate signed by unknown authority`,
    })
    expect(pauses).toEqual([])
  })

  test.each([
    {
      what: 'no IP address, asked by one',
      options: { subjectAltNames: [{ type: 'dns', value: 'localhost' }] },
      host: '127.0.0.1',
      reason:
        "x509: cannot validate certificate for 127.0.0.1 because it doesn't contain any IP SANs",
    },
    {
      what: 'other addresses',
      options: {
        subjectAltNames: [
          { type: 'ip', value: '10.0.0.1' },
          { type: 'ip', value: '10.0.0.2' },
        ],
      },
      host: '127.0.0.1',
      reason: 'x509: certificate is valid for 10.0.0.1, 10.0.0.2, not 127.0.0.1',
    },
    {
      what: 'other names',
      options: {
        subjectAltNames: [
          { type: 'dns', value: 'a.internal' },
          { type: 'dns', value: 'b.internal' },
        ],
      },
      host: 'localhost',
      reason: 'x509: certificate is valid for a.internal, b.internal, not localhost',
    },
    {
      what: 'the right common name only',
      options: { commonName: 'localhost', subjectAltNames: [] },
      host: 'localhost',
      reason: 'x509: certificate is not valid for any names, but wanted to match localhost',
    },
    {
      what: 'its end behind it',
      options: { hours: [-3, -1] },
      host: 'localhost',
      reason: 'x509: certificate has expired or is not yet valid',
    },
    {
      what: 'its beginning ahead',
      options: { hours: [1, 3] },
      host: 'localhost',
      reason: 'x509: certificate has expired or is not yet valid',
    },
  ] as const)('a CA whose certificate has $what is not', async ({ options, host, reason }) => {
    const ca = await start(options)
    const url = ca.url.replace('localhost', host)
    const { client } = connect({ url, roots: ca.rootPem })
    await expect(client.health()).rejects.toMatchObject({
      code: 'tls_untrusted',
      message: `client GET ${url}/health failed: tls: failed to verify certificate: ${reason}`,
    })
    expect(ca.requests).toEqual([])
  })

  test('neither the environment’s roots nor its switch against verification change that', async () => {
    const { url, rootPem } = await start()
    const { root } = await createPki('Other')
    const folder = mkdtempSync(join(tmpdir(), 'mayfly-ca-client-'))
    disposals.push(() => rmSync(folder, { recursive: true }))
    const environmentRoot = join(folder, 'root.crt')
    writeFileSync(environmentRoot, rootPem)
    const script = `
      const { createCaClient } = await import(${JSON.stringify(entryPoint)})
      const roots = ${JSON.stringify(encodeCertificatePem(root))}
      const client = createCaClient({ url: '${url}', roots })
      console.log(await client.health().then(() => 'trusted', ({ code }) => code))
    `
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '--eval', script],
      {
        env: {
          ...process.env,
          NODE_TLS_REJECT_UNAUTHORIZED: '0',
          NODE_EXTRA_CA_CERTS: environmentRoot,
        },
      },
    )
    expect(stdout.trim()).toBe('tls_untrusted')
  })

  test('a client without roots cannot be made', async () => {
    expect(() => createCaClient({ url: 'https://localhost', roots: [] })).toThrow(TypeError)
    expect(() => createCaClient({ url: 'https://localhost', roots: 'no PEM' })).toThrow(
      expect.objectContaining({ code: 'pem_malformed' }),
    )
  })

  test('a server that speaks HTTP is called that', async () => {
    const server = createHttpServer((_, response) => response.end('hello'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    disposals.push(() => void server.close())
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
    const { root } = await createPki()
    await expect(connect({ url, roots: [root] }).client.health()).rejects.toMatchObject({
      code: 'tls_untrusted',
      message: `client GET ${url}/health failed: http: server gave HTTP response to HTTPS client`,
    })
  })
})

test('a server that knows no TLS 1.2 is refused', async () => {
  const { root } = await createPki()
  const server = createTlsServer({
    minVersion: 'TLSv1',
    maxVersion: 'TLSv1.1',
    ciphers: 'DEFAULT@SECLEVEL=0',
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  disposals.push(() => void server.close())
  const url = `https://localhost:${(server.address() as AddressInfo).port}`
  await expect(connect({ url, roots: [root] }).client.health()).rejects.toMatchObject({
    code: 'tls_untrusted',
    message: `client GET ${url}/health failed: remote error: tls: protocol version`,
  })
})

describe('an unreachable CA', () => {
  test('is asked three times, at growing distances, and then named', async () => {
    const port = await freePort()
    const { root } = await createPki()
    const { client, pauses } = connect({ url: `https://localhost:${port}`, roots: [root] })
    await expect(client.health()).rejects.toMatchObject({
      code: 'unreachable',
      friendly: false,
      message: `client GET https://localhost:${port}/health failed: dial tcp 127.0.0.1:${port}: connect: connection refused`,
    })
    expect(pauses).toHaveLength(2)
    expect(pauses[0]).toBeGreaterThanOrEqual(100)
    expect(pauses[0]).toBeLessThan(200)
    expect(pauses[1]).toBeGreaterThanOrEqual(200)
    expect(pauses[1]).toBeLessThan(400)
  })

  test('is asked to sign again only while nothing was sent', async () => {
    const port = await freePort()
    const { root } = await createPki()
    const { client, pauses } = connect({ url: `https://localhost:${port}`, roots: [root] })
    const csr = await createCsr(generateKey())
    await expect(client.sign({ csr, oneTimeToken: 'token' })).rejects.toMatchObject({
      code: 'unreachable',
      message: `client POST https://localhost:${port}/sign failed: dial tcp 127.0.0.1:${port}: connect: connection refused`,
    })
    expect(pauses).toHaveLength(2)
  })

  test('is not looked for again when its name does not exist', async () => {
    const { root } = await createPki()
    const { client, pauses } = connect({ url: 'https://ca.invalid', roots: [root] })
    await expect(client.health()).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('failed: dial tcp: lookup ca.invalid: '),
    })
    expect(pauses.length).toBeLessThanOrEqual(2)
  })
})

describe('a lost connection', () => {
  test('makes a GET again', async () => {
    const ca = await start()
    let calls = 0
    ca.on('GET /health', (response, request) => {
      calls += 1
      return calls < 3 ? hangUp(response, request) : json({ status: 'ok' })(response, request)
    })
    const { client, pauses } = connect({ url: ca.url, roots: ca.rootPem })
    expect(await client.health()).toEqual({ status: 'ok' })
    expect(pauses).toHaveLength(2)
  })

  test('makes a POST never again: the token may be spent', async () => {
    const ca = await start()
    ca.on('POST /sign', hangUp)
    const { client, pauses } = connect({ url: ca.url, roots: ca.rootPem })
    const csr = await createCsr(generateKey())
    await expect(client.sign({ csr, oneTimeToken: 'token' })).rejects.toMatchObject({
      code: 'unreachable',
      message: `client POST ${ca.url}/sign failed: connection reset by peer`,
    })
    expect(ca.requests).toHaveLength(1)
    expect(pauses).toEqual([])
  })

  test('in the handshake makes a POST again: nothing was sent', async () => {
    const ca = await start()
    const key = generateKey()
    const { answer } = await signAnswer(ca, key)
    ca.on('POST /sign', json(answer, 201))
    let connections = 0
    const relay = createServer((client) => {
      connections += 1
      // Cut when the first octets of the handshake come.
      if (connections < 3) return client.once('data', () => client.destroy())
      const upstream = connectTcp(Number(new URL(ca.url).port), '127.0.0.1')
      return client.pipe(upstream).pipe(client)
    })
    await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve))
    disposals.push(() => void relay.close())
    const url = `https://localhost:${(relay.address() as AddressInfo).port}`
    const { client, pauses } = connect({ url, roots: ca.rootPem })
    await client.sign({ csr: await createCsr(key), oneTimeToken: 'token' })
    expect([connections, pauses.length, ca.requests.length]).toEqual([3, 2, 1])
  })

  test('in the middle of an answer is seen', async () => {
    const ca = await start()
    ca.on('GET /health', (response) => {
      response.writeHead(200, { 'content-length': '1000' })
      response.write('{"status":', () => response.socket?.destroy())
    })
    const { client } = connect({ url: ca.url, roots: ca.rootPem })
    await expect(client.health()).rejects.toMatchObject({ code: 'unreachable' })
    expect(ca.requests).toHaveLength(3)
  })
})

describe('a CA that cannot serve now', () => {
  const unavailable = (headers: Record<string, string>): Reply => {
    return (response) => {
      response.writeHead(503, { 'content-type': 'application/json', ...headers })
      response.end('{"status":503,"message":"not now"}')
    }
  }

  test('is asked again when it says, and may then serve', async () => {
    const ca = await start()
    const key = generateKey()
    const { answer } = await signAnswer(ca, key)
    ca.on('POST /sign', (response, request) => {
      const isSecond = ca.requests.length > 1
      return (isSecond ? json(answer, 201) : unavailable({ 'retry-after': '3' }))(response, request)
    })
    const { client, pauses } = connect({ url: ca.url, roots: ca.rootPem })
    await client.sign({ csr: await createCsr(key), oneTimeToken: 'token' })
    expect(pauses).toHaveLength(1)
    expect(pauses[0]).toBeGreaterThanOrEqual(3100)
    expect(pauses[0]).toBeLessThan(3200)
  })

  test.each([
    { headers: { 'retry-after': '10' }, requests: 3, when: 'in 10 s' },
    { headers: { 'retry-after': '11' }, requests: 1, when: 'in 11 s' },
    { headers: { 'retry-after': '-1' }, requests: 1, when: 'later' },
    { headers: { 'retry-after': 'Mon, 23 Nov 2026 19:00:00 GMT' }, requests: 1, when: 'later' },
    { headers: {}, requests: 1, when: 'later' },
  ])('and says $headers is asked $requests times', async ({ headers, requests, when }) => {
    const ca = await start()
    ca.on('POST /sign', unavailable(headers))
    const { client } = connect({ url: ca.url, roots: ca.rootPem })
    const csr = await createCsr(generateKey())
    await expect(client.sign({ csr, oneTimeToken: 'token' })).rejects.toMatchObject({
      code: 'refused',
      status: 503,
      message: 'not now',
      hint: expect.stringContaining(`trying again ${when} does no harm`),
    })
    expect(ca.requests).toHaveLength(requests)
  })

  test('says so at once to who asks for its health', async () => {
    const ca = await start()
    ca.on('GET /health', unavailable({ 'retry-after': '1' }))
    const { client } = connect({ url: ca.url, roots: ca.rootPem })
    await expect(client.health()).rejects.toMatchObject({ status: 503 })
    expect(ca.requests).toHaveLength(1)
  })

  test('is told from one whose answer cannot be read', async () => {
    const ca = await start()
    const { client } = connect({ url: ca.url, roots: ca.rootPem })
    ca.on('GET /health', json({ status: 'error' }, 503))
    await expect(client.health()).rejects.toMatchObject({ code: 'not_ready', status: 503 })
    ca.on('GET /health', json({ status: 'error' }, 500))
    await expect(client.health()).rejects.toMatchObject({ code: 'malformed_answer', status: 500 })
  })
})

describe('an answer that does not come', () => {
  test('is waited for as long as was said', async () => {
    const ca = await start()
    ca.on('GET /health', () => undefined)
    const { client, pauses } = connect({ url: ca.url, roots: ca.rootPem, timeoutMilliseconds: 100 })
    await expect(client.health()).rejects.toMatchObject({
      code: 'timeout',
      message: `client GET ${ca.url}/health failed: no answer within 0.1 s`,
    })
    expect(pauses).toEqual([])
  })

  test('is waited for in the middle of it, too', async () => {
    const ca = await start()
    ca.on('GET /health', (response) => void response.write('{"status":'))
    const { client } = connect({ url: ca.url, roots: ca.rootPem, timeoutMilliseconds: 200 })
    await expect(client.health()).rejects.toMatchObject({ code: 'timeout' })
  })

  test('ends with the client', async () => {
    const ca = await start()
    const { client } = connect({ url: ca.url, roots: ca.rootPem })
    ca.on('GET /health', () => client.close())
    await expect(client.health()).rejects.toMatchObject({
      code: 'unreachable',
      message: `client GET ${ca.url}/health failed: the client was closed`,
    })
    await expect(client.roots()).rejects.toMatchObject({ code: 'unreachable' })
  })
})

const entryPoint = new URL('../src/index.ts', import.meta.url).href

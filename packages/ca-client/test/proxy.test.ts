import { createHash, X509Certificate } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type CaClientOptions, createCaClient, loadRootByFingerprint } from '@mayfly/ca-client'
import { encodeCertificatePem } from '@mayfly/x509-profiles'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type ConnectProxy, startConnectProxy } from './support/connect-proxy.ts'
import { type FakeCa, json, signAnswer, startFakeCa } from './support/fake-ca.ts'
import { createCsr, createPki, generateKey } from './support/pki.ts'

let ca: FakeCa
let proxy: ConnectProxy
/** A name that only the proxy can reach. */
const url = 'https://ca.test'

beforeAll(async () => {
  ca = await startFakeCa({
    subjectAltNames: [
      { type: 'dns', value: 'ca.test' },
      { type: 'dns', value: 'localhost' },
      { type: 'ip', value: '127.0.0.1' },
    ],
  })
  ca.on('GET /health', json({ status: 'ok' }))
  proxy = await startConnectProxy(Number(new URL(ca.url).port))
})
afterAll(async () => {
  await proxy[Symbol.asyncDispose]()
  await ca[Symbol.asyncDispose]()
})
beforeEach(() => {
  proxy.tunnels.length = 0
  ca.requests.length = 0
})

const delay = async () => undefined

async function health(options: Partial<CaClientOptions>): Promise<unknown> {
  const client = createCaClient({ url, roots: ca.rootPem, delay, ...options })
  try {
    return await client.health()
  } finally {
    client.close()
  }
}

describe('a proxy of the environment', () => {
  test.each([
    ['HTTPS_PROXY', (port: number) => `http://127.0.0.1:${port}`],
    ['https_proxy', (port: number) => `http://127.0.0.1:${port}`],
    ['HTTPS_PROXY', (port: number) => ` 127.0.0.1:${port} `],
  ])('named by %s is asked for a tunnel to the CA', async (name, address) => {
    const proxyEnvironment = { [name]: address(proxy.port) }
    expect(await health({ proxyEnvironment })).toEqual({ status: 'ok' })
    expect(proxy.tunnels.map(({ target }) => target)).toEqual(['ca.test:443'])
  })

  test('is not used unless the caller hands the environment over', async () => {
    await expect(health({})).rejects.toMatchObject({ code: 'unreachable' })
    expect(proxy.tunnels).toEqual([])
  })

  test.each(['ca.test', '.test', '*', 'other.test, ca.test'])(
    'is passed by for a host of NO_PROXY=%s',
    async (exceptions) => {
      const proxyEnvironment = {
        HTTPS_PROXY: `http://127.0.0.1:${proxy.port}`,
        NO_PROXY: exceptions,
      }
      await expect(health({ proxyEnvironment })).rejects.toMatchObject({ code: 'unreachable' })
      expect(proxy.tunnels).toEqual([])
    },
  )

  test.each(['localhost', '127.0.0.1'])('is passed by for %s', async (host) => {
    const proxyEnvironment = { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` }
    const own = ca.url.replace('localhost', host)
    expect(await health({ url: own, proxyEnvironment })).toEqual({ status: 'ok' })
    expect(proxy.tunnels).toEqual([])
  })

  test('gets its user name and password, and they are in no message', async () => {
    const proxyEnvironment = { HTTPS_PROXY: `http://me:s3cret@127.0.0.1:${proxy.port}` }
    await health({ proxyEnvironment })
    expect(proxy.tunnels[0]?.headers['proxy-authorization']).toBe(
      `Basic ${Buffer.from('me:s3cret').toString('base64')}`,
    )
    for (const HTTPS_PROXY of ['http://me:s3cret@:bad', 'socks5://me:s3cret@127.0.0.1:1']) {
      expect(() =>
        createCaClient({ url, roots: ca.rootPem, proxyEnvironment: { HTTPS_PROXY } }),
      ).toThrow(
        expect.objectContaining({
          code: 'url_invalid',
          message: expect.not.stringContaining('s3cret'),
        }),
      )
    }
  })

  test('that nobody listens at is named', async () => {
    const other = await startConnectProxy(1)
    await other[Symbol.asyncDispose]()
    const proxyEnvironment = { HTTPS_PROXY: `http://me:s3cret@127.0.0.1:${other.port}` }
    await expect(health({ proxyEnvironment })).rejects.toMatchObject({
      code: 'unreachable',
      message: `client GET ${url}/health failed: dial tcp 127.0.0.1:${other.port}: connect: connection refused`,
    })
  })
})

test.each([403, 407])('a proxy that answers %i is told from the CA', async (status) => {
  const server = createServer()
  server.on('connect', (_, client) => client.end(`HTTP/1.1 ${status} No\u001b[2J\r\n\r\n`))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const proxyEnvironment = { HTTPS_PROXY: `http://me:s3cret@127.0.0.1:${port}` }
  await expect(health({ proxyEnvironment })).rejects.toMatchObject({
    code: 'unreachable',
    message: `client GET ${url}/health failed: Failed to establish tunnel to ca.test:443 via http://127.0.0.1:${port}/: HTTP/1.1 ${status} No\uFFFD[2J`,
  })
  server.close()
})

describe('through a proxy', () => {
  const proxyEnvironment = () => ({ HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` })

  test('a CA below another root is not trusted', async () => {
    const { root } = await createPki('Other')
    await expect(
      health({ roots: [root], proxyEnvironment: proxyEnvironment() }),
    ).rejects.toMatchObject({ code: 'tls_untrusted' })
    expect(ca.requests).toEqual([])
  })

  test('a CA whose certificate is for another name is not trusted', async () => {
    await expect(
      health({ url: 'https://other.test', proxyEnvironment: proxyEnvironment() }),
    ).rejects.toMatchObject({ code: 'tls_untrusted' })
    expect(ca.requests).toEqual([])
  })

  test('a token is sealed, and a certificate is shown to the CA', async () => {
    const client = createCaClient({
      url,
      roots: ca.rootPem,
      proxyEnvironment: proxyEnvironment(),
    })
    const key = generateKey()
    const { certificate, answer } = await signAnswer(ca, key)
    ca.on('POST /sign', json(answer, 201))
    ca.on('POST /renew', json(answer, 201))
    await client.sign({ csr: await createCsr(key), oneTimeToken: 'the-one-time-token' })
    await client.renew({
      certificateChain: [certificate, ca.pki.intermediate],
      privateKey: key,
    })
    client.close()
    const shown = ca.requests.at(-1)?.clientCertificate
    expect(shown && new X509Certificate(shown).subject).toBe('CN=web.internal')
    expect(proxy.sent().includes('the-one-time-token')).toBe(false)
    expect(proxy.tunnels.map(({ target }) => target)).toEqual(['ca.test:443', 'ca.test:443'])
  })

  test('a root is fetched and held to its fingerprint', async () => {
    const fingerprint = createHash('sha256').update(ca.pki.root.der).digest('hex')
    ca.on(`GET /root/${fingerprint}`, json({ ca: ca.rootPem }))
    const options = { proxyEnvironment: proxyEnvironment() }
    expect((await loadRootByFingerprint(url, fingerprint, options)).der).toEqual(ca.pki.root.der)
    ca.on(`GET /root/${fingerprint}`, json({ ca: encodeCertificatePem(ca.pki.intermediate) }))
    await expect(loadRootByFingerprint(url, fingerprint, options)).rejects.toMatchObject({
      code: 'root_mismatch',
    })
  })
})

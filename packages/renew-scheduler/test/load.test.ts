import { createPublicKey, type KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import {
  createServer,
  type Agent as HttpsAgent,
  request as httpsRequest,
  type Server,
} from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TLSSocket } from 'node:tls'
import { encodeCertificatePem } from '@mayfly/x509-profiles'
import autocannon from 'autocannon'
import { request } from 'undici'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createAgents } from '../examples/client-agent.ts'
import { startServer } from '../examples/https-server.ts'
import { generateKey, type RenewingCa, startRenewingCa } from './support/renewing-ca.ts'

const renewals = 10

let ca: RenewingCa
let folder: string
let privateKey: KeyObject
let paths: { certificate: string; key: string; ca: { url: string; root: string } }

beforeAll(async () => {
  ca = await startRenewingCa()
  folder = mkdtempSync(join(tmpdir(), 'mayfly-load-'))
  privateKey = generateKey()
  const [certificate, key, root] = ['web.crt', 'web.key', 'root'].map((name) => join(folder, name))
  paths = { certificate: certificate ?? '', key: key ?? '', ca: { url: ca.url, root: root ?? '' } }
  const leaf = {
    publicKey: createPublicKey(privateKey),
    subjectAltNames: [{ type: 'dns', value: 'localhost' }],
  } as const
  ca.renewWith(() => ca.issue(leaf))
  const pem = [await ca.issue(leaf), ca.intermediate].map(encodeCertificatePem).join('')
  writeFileSync(paths.certificate, pem)
  writeFileSync(paths.key, privateKey.export({ format: 'pem', type: 'pkcs8' }))
  writeFileSync(paths.ca.root, encodeCertificatePem(ca.root))
})
afterAll(async () => {
  await ca[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return `https://localhost:${port}`
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
}

describe(`through ${renewals} renewals no request fails`, () => {
  test('of a server under load, on standing connections and on new ones', async () => {
    const { server, kept } = await startServer(paths)
    const url = await listen(server)
    const served = new Set([kept.current.certificate.serialNumber])
    let counted = 0
    server.on('request', () => {
      counted += 1
    })
    const load = { url, duration: 120, servername: 'localhost' }
    const loads = [
      fire({ ...load, connections: 10 }),
      fire({ ...load, connections: 4, reconnectRate: 2 }),
    ]

    for (let renewal = 0; renewal < renewals; renewal += 1) {
      const before = kept.current
      kept.renewNow()
      // Paced by the requests themselves: each certificate serves some hundred.
      while (kept.current === before) await once(server, 'request')
      for (const until = counted + 300; counted < until; ) await once(server, 'request')
      served.add(kept.current.certificate.serialNumber)
    }
    for (const { stop } of loads) stop()
    for (const result of await Promise.all(loads.map(({ ended }) => ended))) {
      expect(result).toMatchObject({ errors: 0, timeouts: 0, non2xx: 0 })
      expect(result.requests.total).toBeGreaterThan(100)
    }
    expect(served.size).toBe(renewals + 1)
    expect(await presented(url)).toBe(kept.current.certificate.serialNumber)
    await kept.stop()
    await close(server)
  })

  test('of a client’s agents, whose requests under way are finished', async () => {
    const identity = {
      key: readFileSync(paths.key),
      cert: readFileSync(paths.certificate),
      ca: readFileSync(paths.ca.root),
    }
    const shown = new Set<string>()
    const options = { ...identity, requestCert: true, rejectUnauthorized: true }
    const server = createServer(options, ({ socket }, response) => {
      if (socket instanceof TLSSocket) shown.add(socket.getPeerCertificate().serialNumber)
      // The answer is under way for a few turns, so that swaps come in the midst of requests.
      setImmediate(() => setImmediate(() => response.end('hello\n')))
    })
    const url = await listen(server)
    const agents = await createAgents(paths)
    let [succeeded, isOver] = [0, false]
    async function call(send: () => Promise<number>): Promise<void> {
      while (!isOver) {
        expect(await send()).toBe(200)
        succeeded += 1
      }
    }
    const callers = Array.from({ length: 8 }, (_, index) =>
      call(index % 2 === 0 ? () => viaUndici(url, agents) : () => viaHttps(url, agents.agent)),
    )
    while (succeeded < 100) await once(server, 'request')
    for (let renewal = 0; renewal < renewals; renewal += 1) {
      const before = agents.kept.current
      agents.kept.renewNow()
      while (agents.kept.current === before) await once(server, 'request')
      for (const until = succeeded + 100; succeeded < until; ) await once(server, 'request')
    }
    isOver = true
    await Promise.all(callers)
    expect(shown.size).toBe(renewals + 1)
    await agents.kept.stop()
    await agents.dispatcher.close()
    agents.agent.destroy()
    await close(server)
  })
})

function fire(options: autocannon.Options) {
  const { promise: ended, resolve, reject } = Promise.withResolvers<autocannon.Result>()
  const instance = autocannon(options, (error, result) => (error ? reject(error) : resolve(result)))
  return { ended, stop: () => instance.stop?.() }
}

async function viaUndici(
  url: string,
  agents: { readonly dispatcher: NonNullable<Parameters<typeof request>[1]>['dispatcher'] },
): Promise<number> {
  const { dispatcher } = agents
  const { statusCode, body } = await request(url, { ...(dispatcher && { dispatcher }) })
  await body.text()
  return statusCode
}

function viaHttps(url: string, agent: HttpsAgent): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = httpsRequest(url, { agent }, (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode ?? 0))
    })
    sent.on('error', reject)
    sent.end()
  })
}

/** The serial number of the certificate that a new connection is shown. */
function presented(url: string): Promise<bigint> {
  return new Promise((resolve, reject) => {
    const sent = httpsRequest(
      url,
      { agent: false, ca: readFileSync(paths.ca.root) },
      (response) => {
        const { socket } = response
        if (socket instanceof TLSSocket) {
          resolve(BigInt(`0x${socket.getPeerCertificate().serialNumber}`))
        }
        response.destroy()
      },
    )
    sent.on('error', reject)
    sent.end()
  })
}

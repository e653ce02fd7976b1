import { createPublicKey, type KeyObject } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { TLSSocket } from 'node:tls'
import { type Certificate, encodeCertificatePem, type GeneralName } from '@mayfly/x509-profiles'
import { createPki, generateKey, type Pki, pemOf } from './pki.ts'

/** What the fake was asked. */
interface SeenRequest {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
  /** DER of the certificate shown in the handshake. */
  readonly clientCertificate: Buffer | undefined
}

export type Reply = (response: ServerResponse, request: SeenRequest) => void | Promise<void>

/**
 * A CA as the network shows it: HTTPS on loopback, with answers that each test writes. Unknown paths get
 * step-ca's 404.
 */
export interface FakeCa extends AsyncDisposable {
  readonly url: string
  readonly pki: Pki
  readonly rootPem: string
  readonly requests: SeenRequest[]
  /** Says what to do from now on at `GET /health` and the like. */
  on(route: string, reply: Reply): void
}

export interface FakeCaOptions {
  readonly commonName?: string
  readonly subjectAltNames?: readonly GeneralName[]
  readonly hours?: readonly [notBefore: number, notAfter: number]
}

export async function startFakeCa(options: FakeCaOptions = {}): Promise<FakeCa> {
  const pki = await createPki()
  const key = generateKey()
  const certificate = await pki.issueLeaf({
    commonName: options.commonName ?? 'Fake CA',
    subjectAltNames: options.subjectAltNames ?? [
      { type: 'dns', value: 'localhost' },
      { type: 'ip', value: '127.0.0.1' },
    ],
    publicKey: createPublicKey(key),
    ...(options.hours && { hours: options.hours }),
  })
  const requests: SeenRequest[] = []
  const replies = new Map<string, Reply>()
  const server = createServer(
    {
      key: pemOf(key),
      cert: [certificate, pki.intermediate].map(encodeCertificatePem).join(''),
      ca: encodeCertificatePem(pki.root),
      requestCert: true,
      rejectUnauthorized: false,
    },
    async (incoming, response) => {
      const request = await readRequest(incoming)
      requests.push(request)
      const reply = replies.get(`${request.method} ${request.path}`) ?? notFound
      await reply(response, request)
    },
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `https://localhost:${port}`,
    pki,
    rootPem: encodeCertificatePem(pki.root),
    requests,
    on: (route, reply) => replies.set(route, reply),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Answers JSON as step-ca does. */
export function json(value: unknown, status = 200): Reply {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', 'x-request-id': 'req-1' })
    response.end(`${JSON.stringify(value)}\n`)
  }
}

/** Answers some text. */
export function plain(body: string | Uint8Array, status = 200, type = 'text/html'): Reply {
  return (response) => {
    response.writeHead(status, { 'content-type': type })
    response.end(body)
  }
}

/** Drops the connection without an answer. */
export const hangUp: Reply = (response) => {
  response.socket?.destroy()
}

/** Issues for `web.internal` as /sign, /renew and /rekey answer. */
export async function signAnswer(
  { pki }: FakeCa,
  key: KeyObject,
): Promise<{ certificate: Certificate; answer: Record<string, unknown> }> {
  const certificate = await pki.issueLeaf({
    commonName: 'web.internal',
    subjectAltNames: [{ type: 'dns', value: 'web.internal' }],
    publicKey: createPublicKey(key),
  })
  const [crt, ca] = [certificate, pki.intermediate].map(encodeCertificatePem)
  return { certificate, answer: { crt, ca, certChain: [crt, ca], tlsOptions: { minVersion: 1.2 } } }
}

const notFound = plain('404 page not found\n', 404)

async function readRequest(incoming: IncomingMessage): Promise<SeenRequest> {
  const { socket } = incoming
  const peer = socket instanceof TLSSocket ? socket.getPeerCertificate() : undefined
  return {
    method: incoming.method ?? '',
    path: incoming.url ?? '',
    headers: incoming.headers,
    body: await text(incoming),
    clientCertificate: peer?.raw,
  }
}

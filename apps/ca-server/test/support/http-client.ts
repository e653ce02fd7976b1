import type { IncomingHttpHeaders } from 'node:http'
import { Agent, request } from 'node:https'
import type { TLSSocket } from 'node:tls'

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  /** The body as JSON. */
  readonly json: unknown
  /** Whether the connection resumed a TLS session. */
  readonly isResumed: boolean
  readonly protocol: string | null
}

export interface CallOptions {
  readonly port: number
  readonly rootPem: string
  readonly method?: string
  readonly headers?: Record<string, string>
  /** Text and octets as they are; anything else as JSON. */
  readonly body?: unknown
  /** The client's certificate and key, PEM. */
  readonly cert?: string
  readonly key?: string
  readonly agent?: Agent
  readonly tlsVersion?: 'TLSv1.2' | 'TLSv1.3'
  readonly session?: Buffer
  readonly onSession?: (session: Buffer) => void
  /** Gives up. */
  readonly signal?: AbortSignal
}

/** Sends one request over a connection of its own, unless an agent keeps one. */
export async function call(path: string, options: CallOptions): Promise<Answer> {
  const { body, tlsVersion } = options
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const outgoing = request(
    {
      host: '127.0.0.1',
      port: options.port,
      path,
      method: options.method ?? (body === undefined ? 'GET' : 'POST'),
      headers: options.headers ?? {},
      ca: options.rootPem,
      servername: 'localhost',
      agent: options.agent ?? false,
      ...(options.cert === undefined ? {} : { cert: options.cert, key: options.key }),
      ...(tlsVersion === undefined ? {} : { minVersion: tlsVersion, maxVersion: tlsVersion }),
      ...(options.session === undefined ? {} : { session: options.session }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    },
    (response) => {
      const chunks: Buffer[] = []
      const socket = response.socket as TLSSocket
      const { onSession } = options
      const isResumed = socket.isSessionReused()
      const protocol = socket.getProtocol()
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        if (onSession !== undefined) {
          const session = socket.getSession()
          if (session !== undefined) onSession(session)
        }
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text,
          json: tryParse(text),
          isResumed,
          protocol,
        })
      })
    },
  )
  outgoing.on('error', reject)
  if (options.onSession !== undefined) {
    outgoing.on('socket', (socket) => socket.on('session', options.onSession ?? (() => undefined)))
  }
  outgoing.end(isPlain(body) ? body : JSON.stringify(body))
  return promise
}

/** Keeps one connection open between calls. */
export function keepOneConnection(): Agent {
  return new Agent({ keepAlive: true, maxSockets: 1 })
}

function isPlain(body: unknown): body is string | Uint8Array | undefined {
  return body === undefined || typeof body === 'string' || body instanceof Uint8Array
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

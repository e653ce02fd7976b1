import type { IncomingMessage } from 'node:http'
import { type Agent, request } from 'node:https'
import { CaClientError } from '../errors.ts'
import { type ConnectionFailure, describeConnectionFailure } from './connection-failure.ts'

/** One request and how to connect for it. */
export interface Exchange {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | undefined
  /** Connects, and says whom to trust. */
  readonly agent: Agent
  readonly timeoutMilliseconds: number
  readonly signal?: AbortSignal | undefined
}

export interface Answer {
  readonly status: number
  readonly contentType: string
  readonly requestId: string | undefined
  /** When to ask again (RFC 9110 §10.2.3), where the answer says so in seconds. */
  readonly retryAfterSeconds: number | undefined
  readonly body: string
}

/** More is refused: no answer of a CA comes near it. */
const maximumAnswerOctets = 16 * 1024 * 1024

/** Thrown in place of node:https's error, with that as its cause. */
export class ExchangeError extends Error {
  override readonly name = 'ExchangeError'
  readonly failure: ConnectionFailure

  constructor(failure: ConnectionFailure, cause: unknown) {
    super(failure.text, { cause })
    this.failure = failure
  }
}

/**
 * Sends a request and reads the whole answer, whatever its status. Redirects are not followed.
 *
 * @throws {ExchangeError} when there is no answer.
 * @throws {CaClientError} `malformed_answer` when it is too large or not UTF-8.
 */
export async function exchange(options: Exchange): Promise<Answer> {
  const timeout = AbortSignal.timeout(options.timeoutMilliseconds)
  const signal = AbortSignal.any([timeout, ...(options.signal ? [options.signal] : [])])
  const progress: Progress = { isHandshaking: false }
  try {
    const response = await send(options, signal, progress)
    return {
      status: response.statusCode ?? 0,
      contentType: response.headers['content-type'] ?? '',
      requestId: requestIdOf(response),
      retryAfterSeconds: retryAfterOf(response),
      body: await readBody(response),
    }
  } catch (cause) {
    if (cause instanceof CaClientError) throw cause
    const failure = describeFailure(cause, options, timeout)
    const isUnsent = failure.isUnsent || progress.isHandshaking
    throw new ExchangeError({ ...failure, isUnsent }, cause)
  }
}

interface Progress {
  /** Whether it is certain that nothing of the request has left yet. */
  isHandshaking: boolean
}

function send(
  options: Exchange,
  signal: AbortSignal,
  progress: Progress,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const outgoing = request(options.url, {
      method: options.method,
      agent: options.agent,
      signal,
      headers: {
        ...options.headers,
        ...(options.body !== undefined && {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(options.body),
        }),
      },
    })
    outgoing.on('socket', (socket) => {
      if (!socket.connecting) return
      progress.isHandshaking = true
      socket.once('secureConnect', () => {
        progress.isHandshaking = false
      })
    })
    outgoing.on('response', resolve)
    outgoing.on('error', reject)
    outgoing.end(options.body)
  })
}

async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response) {
    length += chunk.length
    if (length > maximumAnswerOctets) {
      throw new CaClientError(
        'malformed_answer',
        `the answer exceeds ${maximumAnswerOctets} octets`,
      )
    }
    chunks.push(chunk)
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))
  } catch (cause) {
    throw new CaClientError('malformed_answer', 'the answer is not UTF-8 text', { cause })
  }
}

function describeFailure(
  error: unknown,
  { timeoutMilliseconds, signal }: Exchange,
  timeout: AbortSignal,
): ConnectionFailure {
  const final = { isUnsent: false, isPassing: false }
  if (signal?.aborted) return { ...final, code: 'unreachable', text: 'the client was closed' }
  if (timeout.aborted) {
    return { ...final, code: 'timeout', text: `no answer within ${timeoutMilliseconds / 1000} s` }
  }
  return describeConnectionFailure(error)
}

function retryAfterOf({ headers }: IncomingMessage): number | undefined {
  const header = headers['retry-after']
  return header !== undefined && /^\d{1,6}$/.test(header) ? Number(header) : undefined
}

function requestIdOf(response: IncomingMessage): string | undefined {
  const header = response.headers['x-request-id']
  return typeof header === 'string' ? header : undefined
}

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RequestHandler } from '../https/listener.ts'
import type { PeerCertificates } from '../https/peer-certificate.ts'
import type { AccessLog } from '../log/access-log.ts'
import type { LineWriter } from '../log/line-writer.ts'
import { findEndpoint } from '../routes/index.ts'
import type { RouteContext, RouteRequest } from '../routes/route.ts'
import type { Answer } from './answer.ts'
import { answerError } from './error-answer.ts'
import { loadBody } from './request-body.ts'
import { chooseRequestId } from './request-id.ts'

/** What is in force when a request comes; a reload puts another one in its place. */
export interface Running extends RouteContext {
  /** Absent when the configuration has no `logger`. */
  readonly accessLog?: AccessLog
}

export interface RequestHandlerOptions {
  readonly findRunning: () => Running
  readonly findPeerCertificate: PeerCertificates
  /** Where the access log goes: no request is begun while there is no room for its line. */
  readonly accessLines: Pick<LineWriter, 'findDelay'>
  readonly now: () => Date
  /** Milliseconds of a clock that is never set. */
  readonly monotonicMilliseconds: () => number
  readonly random: (length: number) => Uint8Array
}

/** Returns what answers every request: route, answer, one line in the access log when it is done. */
export function createRequestHandler(options: RequestHandlerOptions): RequestHandler {
  return async (request, response, address) => {
    const running = options.findRunning()
    const startedAt = options.now()
    const started = options.monotonicMilliseconds()
    const { logger } = running.configuration
    const traceHeader = logger?.traceHeader ?? 'X-Smallstep-Id'
    const requestId = chooseRequestId(request.headers, traceHeader, options.random)
    // A socket for both families shows IPv4 in the form of RFC 4291 §2.5.5.2.
    const remoteAddress = address.replace(/^::ffff:/, '')
    // The client may be gone before the answer is known, so this is waited for from the beginning.
    const closed = new Promise<void>((resolve) => response.once('close', resolve))
    const delay = options.accessLines.findDelay()
    if (delay !== undefined) await delay
    const answer = await findAnswer(request, running, { ...options, requestId })
    const log = running.accessLog
    if (log !== undefined) {
      void closed.then(() => {
        log({
          requestId,
          remoteAddress,
          startedAt,
          durationNanoseconds: (options.monotonicMilliseconds() - started) * 1e6,
          method: request.method ?? '',
          target: request.url ?? '',
          protocol: `HTTP/${request.httpVersion}`,
          status: answer.status,
          size: Buffer.byteLength(answer.body),
          referer: request.headers.referer ?? '',
          userAgent: request.headers['user-agent'] ?? '',
          fields: answer.logFields,
        })
      })
    }
    const retryAfter = answer.status === 503 ? drawRetryAfter(options.random) : undefined
    sendAnswer(response, answer, { requestId, retryAfter, isHead: request.method === 'HEAD' })
  }
}

async function findAnswer(
  request: IncomingMessage,
  running: Running,
  options: Pick<RequestHandlerOptions, 'findPeerCertificate'> & { readonly requestId: string },
): Promise<Answer> {
  const target = originForm(request.url ?? '')
  const question = target.indexOf('?')
  const found = findEndpoint(question < 0 ? target : target.slice(0, question))
  if (found === undefined) return notFound
  const { endpoint, parameter } = found
  const method = request.method === 'HEAD' ? 'GET' : request.method
  if (method !== endpoint.method) return notAllowed(endpoint.method)
  const routeRequest: RouteRequest = {
    requestId: options.requestId,
    parameter,
    query: new URLSearchParams(question < 0 ? '' : target.slice(question + 1)),
    authorization: request.headers.authorization,
    loadBody: () => loadBody(request),
    findPeerCertificate: () => options.findPeerCertificate(request.socket),
  }
  try {
    return await endpoint.route(routeRequest, running)
  } catch (error) {
    return answerError(error)
  }
}

/** What is sent as to a proxy, `https://host/path`, means its path (RFC 9112 §3.2.2). */
function originForm(target: string): string {
  return target.replace(/^https?:\/\/[^/?]*/i, '')
}

/** Two to six seconds (RFC 9110 §10.2.3): what is passing may have passed, and not all come back at once. */
function drawRetryAfter(random: (length: number) => Uint8Array): string {
  return String(2 + ((random(1)[0] ?? 0) % 5))
}

function sendAnswer(
  response: ServerResponse,
  { status, contentType, headers, body }: Answer,
  options: {
    readonly requestId: string
    readonly retryAfter: string | undefined
    readonly isHead: boolean
  },
): void {
  const { requestId, retryAfter, isHead } = options
  response.writeHead(status, {
    ...(contentType === '' ? {} : { 'Content-Type': contentType }),
    ...headers,
    ...(retryAfter === undefined ? {} : { 'Retry-After': retryAfter }),
    'X-Request-Id': requestId,
    'Content-Length': Buffer.byteLength(body),
  })
  response.end(isHead ? undefined : body)
}

const notFound: Answer = {
  status: 404,
  contentType: 'text/plain; charset=utf-8',
  headers: { 'X-Content-Type-Options': 'nosniff' },
  body: '404 page not found\n',
}

function notAllowed(method: string): Answer {
  return { status: 405, contentType: '', headers: { Allow: method }, body: '' }
}

import type { IncomingMessage } from 'node:http'
import type { z } from 'zod'
import { RequestError } from './request-error.ts'

/** The most octets that a request's body may have. */
const maximumBodyOctets = 1024 * 1024

/**
 * Reads the whole body of a request.
 *
 * @throws {RequestError} `body_too_large` as soon as that is known, `body_interrupted` when the client goes away.
 */
export function loadBody(request: IncomingMessage): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  const chunks: Buffer[] = []
  let length = 0
  const tooLarge = (): void => {
    // What still comes is read and dropped, so that the client lives to read the refusal.
    request.removeAllListeners('data').resume()
    reject(
      new RequestError('body_too_large', `the body is larger than ${maximumBodyOctets} octets`),
    )
  }
  if (Number(request.headers['content-length'] ?? 0) > maximumBodyOctets) {
    tooLarge()
    return promise
  }
  request.on('data', (chunk: Buffer) => {
    length += chunk.length
    if (length > maximumBodyOctets) tooLarge()
    else chunks.push(chunk)
  })
  request.once('end', () =>
    resolve(chunks.length === 1 ? asBuffer(chunks[0]) : Buffer.concat(chunks)),
  )
  const interrupted = (cause?: unknown): void =>
    reject(new RequestError('body_interrupted', 'the client went away', { cause }))
  request.once('error', interrupted)
  request.once('close', () => {
    if (!request.complete) interrupted()
  })
  if (request.destroyed) interrupted()
  return promise
}

/**
 * Reads a JSON body by its schema; members that the schema does not name are ignored.
 *
 * @throws {RequestError} `body_malformed` with step's text.
 */
export function parseBody<Schema extends z.ZodType>(
  schema: Schema,
  body: Uint8Array,
): z.output<Schema> {
  const outcome = schema.safeParse(parseJson(body))
  if (outcome.success) return outcome.data
  const [issue] = outcome.error.issues
  const cause = new Error(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'malformed'}`)
  throw new RequestError('body_malformed', 'error decoding json', { cause })
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(strictUtf8.decode(body))
  } catch {
    // The parser's own message quotes the text around the mistake, which may be a token.
    const cause = new Error(`${body.length} octets that are no JSON`)
    throw new RequestError('body_malformed', 'error decoding json', { cause })
  }
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true })

function asBuffer(chunk: Buffer | undefined): Buffer {
  return chunk ?? Buffer.alloc(0)
}

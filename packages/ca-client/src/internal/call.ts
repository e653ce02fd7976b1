import { CaClientError } from '../errors.ts'
import { refusalOf } from './answers.ts'
import { type Exchange, ExchangeError } from './exchange.ts'
import { type Delay, exchangeWithRetries } from './retry.ts'

/**
 * Asks the CA and reads its answer.
 *
 * @throws {CaClientError} with the message as users know it: `client GET https://… failed: …`, or the
 * CA's own.
 */
export async function call<T>(
  request: Exchange,
  delay: Delay,
  parse: (body: string) => T,
): Promise<T> {
  try {
    const answer = await exchangeWithRetries(request, delay)
    if (answer.status < 200 || answer.status > 299) throw refusalOf(answer)
    return parse(answer.body)
  } catch (error) {
    throw withContext(request, error)
  }
}

function withContext({ method, url }: Exchange, error: unknown): unknown {
  const prefix = `client ${method} ${url} failed`
  if (error instanceof ExchangeError) {
    const { code, text } = error.failure
    return new CaClientError(code, `${prefix}: ${text}`, { cause: error.cause })
  }
  if (error instanceof CaClientError && error.code === 'malformed_answer') {
    const { code, message, cause, status, requestId } = error
    return new CaClientError(code, `${prefix}: ${message}`, {
      cause,
      requestId,
      ...(status !== undefined && { status }),
    })
  }
  return error
}

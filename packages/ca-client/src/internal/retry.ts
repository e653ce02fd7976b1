import { randomInt } from 'node:crypto'
import { type Answer, type Exchange, ExchangeError, exchange } from './exchange.ts'

export type Delay = (milliseconds: number) => Promise<void>

const attempts = 3
const firstDelayMilliseconds = 100

/** A CA that wants to be asked later than this is not waited for. */
const maximumRetryAfterSeconds = 10

/**
 * Does the exchange, up to three times: again after a passing failure of a GET, which changes nothing at
 * the CA, and after a POST only when no connection came about. The pauses double and are jittered. A POST that the CA
 * cannot serve now (503) is sent again when the CA says after how long, within bounds.
 */
export async function exchangeWithRetries(options: Exchange, delay: Delay): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const answer = await exchange(options)
      const pause = attempt === attempts ? undefined : findPause(options, answer)
      if (pause === undefined) return answer
      await delay(pause)
    } catch (error) {
      if (attempt === attempts || !mayRepeat(options, error)) throw error
      const ceiling = firstDelayMilliseconds * 2 ** attempt
      await delay(randomInt(ceiling / 2, ceiling))
    }
  }
}

/** Health alone is a GET that is answered so, and whoever asks for it wants to know. */
function findPause(
  { method }: Exchange,
  { status, retryAfterSeconds = Number.POSITIVE_INFINITY }: Answer,
): number | undefined {
  if (method !== 'POST' || status !== 503) return undefined
  if (retryAfterSeconds > maximumRetryAfterSeconds) return undefined
  return retryAfterSeconds * 1000 + randomInt(firstDelayMilliseconds, 2 * firstDelayMilliseconds)
}

function mayRepeat({ method }: Exchange, error: unknown): boolean {
  if (!(error instanceof ExchangeError)) return false
  const { isPassing, isUnsent } = error.failure
  return isPassing && (method === 'GET' || isUnsent)
}

import { randomInt } from 'node:crypto'
import { type Answer, type Exchange, ExchangeError, exchange } from './exchange.ts'

export type Delay = (milliseconds: number) => Promise<void>

const attempts = 3
const firstDelayMilliseconds = 100

/**
 * Does the exchange, up to three times: again after a passing failure of a GET, which changes nothing at
 * the CA, and after a POST only when no connection came about. The pauses double and are jittered.
 */
export async function exchangeWithRetries(options: Exchange, delay: Delay): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await exchange(options)
    } catch (error) {
      if (attempt === attempts || !mayRepeat(options, error)) throw error
      const ceiling = firstDelayMilliseconds * 2 ** attempt
      await delay(randomInt(ceiling / 2, ceiling))
    }
  }
}

function mayRepeat({ method }: Exchange, error: unknown): boolean {
  if (!(error instanceof ExchangeError)) return false
  const { isPassing, isUnsent } = error.failure
  return isPassing && (method === 'GET' || isUnsent)
}

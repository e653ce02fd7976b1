import type { Clock } from './clock.ts'

/** The longest that `setTimeout` can wait; it takes more for nothing. */
const longestTimerMilliseconds = 2 ** 31 - 1

/**
 * The clock of this machine.
 *
 * @param options.keepsAlive whether a wait keeps the process from ending, default true.
 */
export function createSystemClock({
  keepsAlive = true,
}: {
  readonly keepsAlive?: boolean | undefined
} = {}): Clock {
  async function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
    for (let left = milliseconds; left > 0 && !signal.aborted; left -= longestTimerMilliseconds) {
      await waitOnce(Math.min(left, longestTimerMilliseconds), signal, keepsAlive)
    }
  }
  return { now: () => new Date(), wait }
}

function waitOnce(milliseconds: number, signal: AbortSignal, keepsAlive: boolean): Promise<void> {
  return new Promise((resolve) => {
    function end() {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, milliseconds)
    if (!keepsAlive) timer.unref()
    signal.addEventListener('abort', end)
  })
}

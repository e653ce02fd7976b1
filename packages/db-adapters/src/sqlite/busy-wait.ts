import { randomInt } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { isBusy } from './sqlite-error.ts'

/**
 * Does `work` again while other connections hold the lock, until `deadline` (by `performance.now()`), and
 * throws the last error then. It blocks its thread, which must be the writer's own.
 */
export function waitWhileBusy<T>(deadline: number, work: () => T): T {
  for (let attempt = 0; ; attempt++) {
    try {
      return work()
    } catch (error) {
      if (!isBusy(error) || performance.now() >= deadline) throw error
      Atomics.wait(sleeper, 0, 0, pauseMilliseconds(attempt))
    }
  }
}

/** As {@link waitWhileBusy}, without blocking the thread. */
export async function retryWhileBusy<T>(deadline: number, work: () => T): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return work()
    } catch (error) {
      if (!isBusy(error) || performance.now() >= deadline) throw error
      await setTimeout(pauseMilliseconds(attempt))
    }
  }
}

/** Nobody wakes it: waiting on it is sleeping. */
const sleeper = new Int32Array(new SharedArrayBuffer(4))

/**
 * Short at first, since a commit takes a millisecond or two; at most 16 ms later. The jitter keeps a waiter
 * from always looking while a busy writer is between its lock and its commit.
 */
function pauseMilliseconds(attempt: number): number {
  const ceiling = Math.min(2 ** Math.floor(attempt / 8), 16)
  return (ceiling * randomInt(100, 1000)) / 1000
}

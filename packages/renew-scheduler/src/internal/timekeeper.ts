import type { Clock } from '../clock.ts'

/** A moment to measure from. */
export interface Mark {
  readonly wall: number
  readonly waited: number
}

/**
 * Measures how much time has gone by, in milliseconds: by the clock on the wall or by the waits made, whichever says more. So
 * a machine that slept is noticed, and a clock that is set back does not put a renewal off.
 */
export interface Timekeeper {
  now(): Date
  mark(): Mark
  since(mark: Mark): number
  wait(milliseconds: number, signal: AbortSignal): Promise<void>
}

/** @throws {TypeError} when the clock tells no time. */
export function createTimekeeper(clock: Clock): Timekeeper {
  let waited = 0
  let last = clock.now()
  if (Number.isNaN(last.getTime())) throw new TypeError('the clock tells no time')
  /** A clock that tells no time later on stands still. */
  function now(): Date {
    const date = clock.now()
    if (!Number.isNaN(date.getTime())) last = date
    return last
  }
  return {
    now,
    mark: () => ({ wall: now().getTime(), waited }),
    since: (mark) => Math.max(now().getTime() - mark.wall, waited - mark.waited),
    async wait(milliseconds, signal) {
      await clock.wait(milliseconds, signal)
      if (!signal.aborted) waited += milliseconds
    },
  }
}

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

export function createTimekeeper(clock: Clock): Timekeeper {
  let waited = 0
  return {
    now: () => clock.now(),
    mark: () => ({ wall: clock.now().getTime(), waited }),
    since: (mark) => Math.max(clock.now().getTime() - mark.wall, waited - mark.waited),
    async wait(milliseconds, signal) {
      await clock.wait(milliseconds, signal)
      if (!signal.aborted) waited += milliseconds
    },
  }
}

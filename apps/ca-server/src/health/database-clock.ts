import type { Store } from '@mayfly/db-adapters'
import type { SetTimer } from '../https/serving-certificate.ts'
import type { ProcessLog } from '../log/process-log.ts'

/** How far this machine's clock is from the database's, as it was found the last time. */
export interface DatabaseClock {
  /** Positive where this machine is ahead; `undefined` while nothing is known, or there is no other clock. */
  readonly offsetSeconds: number | undefined
  /** @throws {Error} saying how far the clocks are apart, when that is too far to go on. */
  assertClose(): void
  /** Looks no more. */
  stop(): void
}

export interface DatabaseClockOptions {
  readonly store: Pick<Store, 'kind' | 'readClock'>
  readonly log: ProcessLog
  readonly now: () => Date
  readonly monotonicMilliseconds: () => number
  readonly setTimer: SetTimer
}

/** What the clocks of instances may differ by, either way: what is pruned by the one is judged by the other. */
const maximumOffsetSeconds = 30

const periodMilliseconds = 10_000

/**
 * Looks at the database's clock now and every ten seconds. An answer that took long says little: half of the time it took
 * counts in favour of this machine's clock. A look that fails changes nothing.
 */
export function watchDatabaseClock(options: DatabaseClockOptions): DatabaseClock {
  const { store, log, now, monotonicMilliseconds, setTimer } = options
  let offsetSeconds: number | undefined
  let isFar = false
  let isStopped = false
  let cancel = (): void => undefined

  async function look(): Promise<void> {
    const begun = monotonicMilliseconds()
    const theirs = await store.readClock().catch(() => undefined)
    if (isStopped) return
    const doubtSeconds = (monotonicMilliseconds() - begun) / 2000
    if (theirs !== undefined) judge((now().getTime() - theirs.getTime()) / 1000, doubtSeconds)
    cancel = setTimer(() => void look(), periodMilliseconds)
  }

  function judge(differenceSeconds: number, doubtSeconds: number): void {
    offsetSeconds = differenceSeconds - doubtSeconds
    const wasFar = isFar
    isFar = Math.abs(offsetSeconds) - doubtSeconds > maximumOffsetSeconds
    if (isFar && !wasFar) log(`clock: ${describe(offsetSeconds)}: not ready until that is mended`)
    if (wasFar && !isFar) log(`clock: ${describe(offsetSeconds)}: near enough again`)
  }

  // A database in a file, or none, has this machine's clock.
  if (store.kind === 'mysql' || store.kind === 'postgresql') void look()
  return {
    get offsetSeconds() {
      return offsetSeconds
    },
    assertClose: () => {
      if (isFar && offsetSeconds !== undefined) throw new Error(describe(offsetSeconds))
    },
    stop: () => {
      isStopped = true
      cancel()
    },
  }
}

function describe(offsetSeconds: number): string {
  const direction = offsetSeconds < 0 ? 'behind' : 'ahead of'
  return `this machine's clock is ${Math.abs(offsetSeconds).toFixed(1)} s ${direction} the database's`
}

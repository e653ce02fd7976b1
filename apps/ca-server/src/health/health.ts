import type { Store } from '@mayfly/db-adapters'
import { version } from '../version.ts'
import { type DatabaseClockOptions, watchDatabaseClock } from './database-clock.ts'
import { createStoreCheck } from './store-check.ts'

/** What probes are told. */
export interface Health {
  /** Rejects with what keeps this instance from serving. However many ask, the database has little to do. */
  assertReady(): Promise<void>
  /** Tells more, for people. */
  describe(): Promise<HealthReport>
  /** From now on this instance is not ready: it is about to end. */
  drain(): void
  /** Ends what is done periodically. */
  stop(): void
}

/** The state of an instance; nothing in it is secret. */
export interface HealthReport {
  readonly status: 'ok' | 'error'
  /** What is wrong, in one word each. */
  readonly problems: readonly Problem[]
  readonly version: string
  readonly instance: string
  readonly uptimeSeconds: number
  readonly database: {
    readonly kind: Store['kind']
    readonly status: 'ok' | 'error'
    /** Positive where this machine's clock is ahead. */
    readonly clockOffsetSeconds?: number
  }
  /** The names of those that this instance holds. */
  readonly leases: readonly string[]
}

type Problem = 'database' | 'clock' | 'draining'

export interface HealthOptions extends DatabaseClockOptions {
  readonly store: Pick<Store, 'kind' | 'readClock' | 'ping' | 'leases'>
  /** The name of this instance. */
  readonly instance: string
}

/** Begins to watch over an instance. */
export function createHealth(options: HealthOptions): Health {
  const { store, instance, monotonicMilliseconds, setTimer } = options
  const startedAt = monotonicMilliseconds()
  const checkStore = createStoreCheck(store, setTimer)
  const clock = watchDatabaseClock(options)
  let isDraining = false

  const checks: readonly (readonly [Problem, () => void | Promise<void>])[] = [
    [
      'draining',
      () => {
        if (isDraining) throw new Error('the server is shutting down')
      },
    ],
    ['clock', clock.assertClose],
    ['database', checkStore],
  ]

  async function assertReady(): Promise<void> {
    for (const [, check] of checks) await check()
  }

  async function describe(): Promise<HealthReport> {
    const problems: Problem[] = []
    for (const [problem, check] of checks) {
      try {
        await check()
      } catch {
        problems.push(problem)
      }
    }
    const { kind } = store
    const { offsetSeconds } = clock
    return {
      status: problems.length === 0 ? 'ok' : 'error',
      problems,
      version,
      instance,
      uptimeSeconds: Math.floor((monotonicMilliseconds() - startedAt) / 1000),
      database: {
        kind,
        status: problems.includes('database') ? 'error' : 'ok',
        ...(offsetSeconds === undefined
          ? {}
          : { clockOffsetSeconds: Math.round(offsetSeconds * 1000) / 1000 }),
      },
      leases: problems.includes('database') ? [] : await findOwnLeases(options),
    }
  }

  return {
    assertReady,
    describe,
    drain: () => {
      isDraining = true
    },
    stop: clock.stop,
  }
}

/** A database that has none, or cannot be asked now, has none of ours. */
async function findOwnLeases({ store, instance }: HealthOptions): Promise<readonly string[]> {
  const leases = await store.leases.listLeases().catch(() => [])
  return leases.filter(({ holder }) => holder === instance).map(({ name }) => name)
}

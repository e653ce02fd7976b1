import type { AuthorityHost } from '@mayfly/authority-host'
import type { Store } from '@mayfly/db-adapters'
import { version } from '../version.ts'
import { type DatabaseClockOptions, watchDatabaseClock } from './database-clock.ts'
import { createStoreQuestion } from './store-question.ts'

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
interface HealthReport {
  readonly status: 'ok' | 'error'
  /** What is wrong, in one word each. */
  readonly problems: readonly Problem[]
  readonly version: string
  readonly instance: string
  readonly uptimeSeconds: number
  /** Of the shared configuration: the revision in force and the newest seen; absent where the file holds everything. */
  readonly configuration?: { readonly revision: number; readonly newest: number }
  readonly database: {
    readonly kind: Store['kind']
    readonly status: 'ok' | 'error'
    /** Positive where this machine's clock is ahead. */
    readonly clockOffsetSeconds?: number
  }
  /** The names of those that this instance holds. */
  readonly leases: readonly string[]
}

type Problem = 'draining' | 'clock' | 'configuration' | 'database'

export interface HealthOptions extends Omit<DatabaseClockOptions, 'store'> {
  readonly host: Pick<AuthorityHost, 'store' | 'revision' | 'newestRevision' | 'revisionRefusal'>
  /** The name of this instance. */
  readonly instance: string
}

/** Begins to watch over an instance. */
export function createHealth(options: HealthOptions): Health {
  const { host, instance, monotonicMilliseconds, setTimer } = options
  const { store } = host
  const startedAt = monotonicMilliseconds()
  const checkStore = createStoreQuestion(() => store.ping(), setTimer)
  const listLeases = createStoreQuestion(() => store.leases.listLeases(), setTimer)
  const clock = watchDatabaseClock({ ...options, store })
  let isDraining = false

  const checks: readonly (readonly [Problem, () => void | Promise<void>])[] = [
    [
      'draining',
      () => {
        if (isDraining) throw new Error('the server is shutting down')
      },
    ],
    ['clock', clock.assertClose],
    [
      'configuration',
      () => {
        if (host.revisionRefusal !== undefined) throw host.revisionRefusal
      },
    ],
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
      ...describeConfiguration(host),
      database: {
        kind,
        status: problems.includes('database') ? 'error' : 'ok',
        ...(offsetSeconds === undefined
          ? {}
          : { clockOffsetSeconds: Math.round(offsetSeconds * 1000) / 1000 }),
      },
      leases: problems.includes('database') ? [] : await findOwnLeases(listLeases, instance),
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

function describeConfiguration({
  revision,
  newestRevision,
}: HealthOptions['host']): Pick<HealthReport, 'configuration'> {
  if (revision === undefined) return {}
  return { configuration: { revision, newest: newestRevision ?? revision } }
}

/** A database that has none, or cannot be asked now, has none of ours. */
async function findOwnLeases(
  listLeases: () => ReturnType<Store['leases']['listLeases']>,
  instance: string,
): Promise<readonly string[]> {
  const leases = await listLeases().catch(() => [])
  return leases.filter(({ holder }) => holder === instance).map(({ name }) => name)
}

import {
  createPeriodicWork,
  type PeriodicWork,
  type PeriodicWorkEvent,
  type PeriodicWorkOptions,
} from '@mayfly/authority-host'
import { createMemoryStore, type Store } from '@mayfly/db-adapters'
import { buildIssuance } from '@mayfly/db-adapters/contract'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openStore } from '../src/open-store.ts'
import { createFolder, type Folder } from './support/folder.ts'
import { findSharedDatabases, type SharedDatabase } from './support/shared-database.ts'

const kinds = await findSharedDatabases()
const rules = { certificatesSeconds: 90 * 86_400, renewalAfterExpirySeconds: 30 * 86_400 }

describe.each(kinds)('periodic work on $type', ({ type, table, missing, create }) => {
  const leases = table.replace('configuration', 'leases')
  let folder: Folder
  let database: SharedDatabase
  let stores: readonly [Store, Store]
  let instances: Instance[]

  beforeEach(async ({ skip }) => {
    if (missing !== undefined) skip(missing)
    folder = await createFolder()
    database = create(folder)
    const open = () =>
      openStore(database.db as Parameters<typeof openStore>[0], {
        dangerouslyAllowUnsyncedCommits: false,
        dangerouslyDiscardHistory: true,
      })
    stores = [await open(), await open()]
    instances = []
  })

  afterEach(async () => {
    for (const { work } of instances ?? []) await work.stop()
    for (const store of stores ?? []) await store.close()
    await database?.[Symbol.asyncDispose]()
    await folder?.[Symbol.asyncDispose]()
  })

  function start(store: Store, more: Partial<PeriodicWorkOptions> = {}): Instance {
    const instance = startInstance({ store, holder: `node-${instances.length + 1}`, ...more })
    instances.push(instance)
    return instance
  }

  test('deletes what is due, and tells what', async () => {
    const [store] = stores
    await store.commitIssuance(buildIssuance({ certificate: { notAfter: new Date(0) } }))
    const { timers, events } = start(store)
    await timers.runUntil(() => events.some(({ kind }) => kind === 'pruned'))
    expect(events.at(-1)).toMatchObject({
      kind: 'pruned',
      result: { status: 'done', counts: { certificates: 1 } },
    })
    expect(await store.countCertificates()).toBe(0)
  })

  if (type === 'sqlite') {
    test('holds its lease only while it works', async () => {
      const [store] = stores
      const { timers, events } = start(store)
      expect(await store.leases.listLeases()).toEqual([])
      await timers.runUntil(() => events.some(({ kind }) => kind === 'pruned'))
      await expect.poll(() => store.leases.listLeases()).toEqual([])
      await expect.poll(() => timers.waiting).toEqual([600_000])
      events.length = 0
      await timers.runUntil(() => events.some(({ kind }) => kind === 'pruned'))
    })
  } else {
    test('is done by one of two, until it dies', async () => {
      const one = start(stores[0])
      await one.timers.runUntil(() => one.events.some(({ kind }) => kind === 'lease_taken'))
      const other = start(stores[1])
      await other.timers.run(20)
      expect(other.events).toEqual([])
      const [lease] = await stores[0].leases.listLeases()
      expect(lease).toMatchObject({ name: 'retention', holder: 'node-1' })
      // Dead: it prolongs its lease no more, which ends by the clock of the database.
      await database.run(`update ${leases} set expires_at = 0`)
      await other.timers.runUntil(() => other.events.some(({ kind }) => kind === 'pruned'))
      expect(other.events[0]).toEqual({ kind: 'lease_taken' })
      // It was only paused: it learns of it, and does nothing any more.
      await one.timers.runUntil(() => one.events.some(({ kind }) => kind === 'lease_lost'))
      const told = one.events.length
      await one.timers.run(20)
      expect(one.events).toHaveLength(told)
    })

    test('that stops leaves its lease to the next', async () => {
      const one = start(stores[0])
      await one.timers.runUntil(() => one.events.some(({ kind }) => kind === 'lease_taken'))
      await one.work.stop()
      expect(await stores[1].leases.listLeases()).toEqual([])
      const other = start(stores[1])
      await other.timers.runUntil(() => other.events.some(({ kind }) => kind === 'lease_taken'))
    })
  }

  test('deletes nothing when it is told not to, or when the clocks are far apart', async () => {
    const [store] = stores
    await store.commitIssuance(buildIssuance({ certificate: { notAfter: new Date(0) } }))
    let wanted: typeof rules | undefined
    const { timers, events } = start(store, {
      rules: () => wanted,
      now: () => new Date(Date.now() + 3_600_000),
    })
    await timers.run(20)
    wanted = rules
    await timers.runUntil(() => events.some(({ kind }) => kind === 'clock_off'))
    const told = events.find((event) => event.kind === 'clock_off')
    expect(told?.offsetSeconds).toBeCloseTo(3600, -2)
    expect(await store.countCertificates()).toBe(1)
  })

  test('goes on after a failure, of which it tells once', async () => {
    const [store] = stores
    let isBroken = true
    const acquireLease: Store['leases']['acquireLease'] = async (wish) => {
      if (isBroken) throw new Error('the database is away')
      return store.leases.acquireLease(wish)
    }
    const { timers, events } = start(withLeases(store, { ...store.leases, acquireLease }))
    await timers.run(10)
    expect(events).toMatchObject([{ kind: 'failed', error: { message: 'the database is away' } }])
    isBroken = false
    await timers.runUntil(() => events.some(({ kind }) => kind === 'pruned'))
  })
})

test('without a database there is no periodic work', async () => {
  await using store = createMemoryStore()
  const { work, timers, events } = startInstance({ store, holder: 'node-1' })
  expect(timers.waiting).toEqual([])
  await work.stop()
  expect(events).toEqual([])
})

interface Instance {
  readonly work: PeriodicWork
  readonly timers: Timers
  readonly events: PeriodicWorkEvent[]
}

function startInstance(
  options: Pick<PeriodicWorkOptions, 'store' | 'holder'> & Partial<PeriodicWorkOptions>,
): Instance {
  const timers = new Timers()
  const events: PeriodicWorkEvent[] = []
  const work = createPeriodicWork({
    rules: () => rules,
    onEvent: (event) => events.push(event),
    now: () => new Date(),
    random: (length) => new Uint8Array(length),
    setTimer: timers.set,
    ...options,
  })
  return { work, timers, events }
}

/** Timers that are due when the test says so. */
class Timers {
  #waiting: { readonly callback: () => void; readonly milliseconds: number }[] = []

  get waiting(): readonly number[] {
    return this.#waiting.map(({ milliseconds }) => milliseconds)
  }

  readonly set = (callback: () => void, milliseconds: number): (() => void) => {
    const timer = { callback, milliseconds }
    this.#waiting.push(timer)
    return () => {
      this.#waiting = this.#waiting.filter((each) => each !== timer)
    }
  }

  /** Lets what is waiting be due, so many times, and what it begins come to an end as far as it may. */
  async run(times: number): Promise<void> {
    for (let round = 0; round < times; round++) {
      for (const { callback } of this.#waiting.splice(0)) callback()
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  async runUntil(isDone: () => boolean): Promise<void> {
    await expect
      .poll(
        async () => {
          if (!isDone()) await this.run(1)
          return isDone()
        },
        { interval: 5, timeout: 10_000 },
      )
      .toBe(true)
  }
}

/** The same store with other leases. */
function withLeases(store: Store, leases: Store['leases']): Store {
  return new Proxy(store, {
    get(target, name) {
      if (name === 'leases') return leases
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

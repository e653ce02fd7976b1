import { expect, test } from 'vitest'
import { createHealth, type HealthOptions } from '../../src/health/health.ts'

test('however many people ask for the report, the store is asked for its leases once at a time', async () => {
  const { health, listings, answer } = createWatched()
  const reports = [health.describe(), health.describe(), health.describe()]
  await expect.poll(() => listings.length).toBe(1)
  answer()
  for (const report of await Promise.all(reports)) expect(report).toMatchObject({ leases: ['crl'] })
  expect(listings).toHaveLength(1)
  const again = health.describe()
  await expect.poll(() => listings.length).toBe(2)
  answer()
  await again
})

test('leases that the store is slow to tell are not waited for', async () => {
  const { health, listings, ring } = createWatched()
  const report = health.describe()
  await expect.poll(() => listings.length).toBe(1)
  ring()
  expect(await report).toMatchObject({ status: 'ok', leases: [] })
})

/** A store whose answer about leases comes when it is told to. */
function createWatched() {
  const listings: PromiseWithResolvers<{ name: string; holder: string }[]>[] = []
  const timers = new Set<() => void>()
  const store = {
    kind: 'sqlite',
    ping: async () => undefined,
    leases: {
      listLeases: () => {
        const listing = Promise.withResolvers<{ name: string; holder: string }[]>()
        listings.push(listing)
        return listing.promise
      },
    },
  }
  const health = createHealth({
    host: { store } as unknown as HealthOptions['host'],
    instance: 'ca-1',
    log: () => undefined,
    now: () => new Date(0),
    monotonicMilliseconds: () => 0,
    setTimer: (callback) => {
      timers.add(callback)
      return () => timers.delete(callback)
    },
  })
  const answer = (): void => {
    listings.at(-1)?.resolve([
      { name: 'crl', holder: 'ca-1' },
      { name: 'prune', holder: 'ca-2' },
    ])
  }
  const ring = (): void => {
    for (const callback of timers) callback()
  }
  return { health, listings, answer, ring }
}

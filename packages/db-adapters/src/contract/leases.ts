import { describe, expect, test } from 'vitest'
import type { LeaseWish } from '../lease.ts'
import type { Store } from '../store.ts'
import type { ContractStore } from './contract-store.ts'

/** One holder at a time, by one clock. */
export function describeLeases(current: () => ContractStore): void {
  describe('a lease', () => {
    test('that 50 ask for at once is held by one, as all see', async () => {
      const { store, openAnother } = current()
      const stores = [store, await openAnother(), await openAnother()]
      const leases = await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          (stores[index % 3] ?? store).leases.acquireLease(wish({ holder: `h${index}` })),
        ),
      )
      const held = leases.filter((lease) => lease !== undefined)
      expect(held).toHaveLength(1)
      for (const each of stores) expect(await each.leases.listLeases()).toEqual(held)
    })

    test('is prolonged by its holder under the same fence', async () => {
      const { store } = current()
      const first = await acquire(store, { lifetimeMilliseconds: 30_000 })
      const second = await acquire(store, { lifetimeMilliseconds: 60_000 })
      expect(second.fence).toBe(first.fence)
      expect(second.expiresAt.getTime()).toBeGreaterThanOrEqual(first.expiresAt.getTime() + 30_000)
    })

    test('ends by the clock of the database, not by that of a holder', async () => {
      const { store } = current()
      const before = await store.readClock()
      const lease = await acquire(store, { lifetimeMilliseconds: 60_000 })
      const after = await store.readClock()
      expect(lease.expiresAt.getTime()).toBeGreaterThanOrEqual(before.getTime() + 60_000)
      expect(lease.expiresAt.getTime()).toBeLessThanOrEqual(after.getTime() + 60_000)
    })

    test('that has ended is taken by another, under a greater fence', async () => {
      const { store } = current()
      const first = await acquire(store, { holder: 'first', lifetimeMilliseconds: 1 })
      await expect
        .poll(() => store.leases.acquireLease(wish({ holder: 'second' })))
        .toMatchObject({ holder: 'second', fence: first.fence + 1 })
      expect(await store.leases.acquireLease(wish({ holder: 'first' }))).toBeUndefined()
    })

    test('that was released is free at once, and its fence goes on', async () => {
      const { store } = current()
      const first = await acquire(store, { holder: 'first' })
      await store.leases.releaseLease(first)
      expect(await store.leases.listLeases()).toEqual([])
      const second = await acquire(store, { holder: 'second' })
      expect(second.fence).toBe(first.fence + 1)
      await store.leases.releaseLease(second)
      expect((await acquire(store, { holder: 'second' })).fence).toBe(first.fence + 2)
    })

    test('is not released by a holder that has lost it', async () => {
      const { store } = current()
      const first = await acquire(store, { holder: 'first' })
      await store.leases.releaseLease(first)
      const second = await acquire(store, { holder: 'second' })
      await store.leases.releaseLease(first)
      await store.leases.releaseLease({ ...second, holder: 'first' })
      await store.leases.releaseLease({ ...second, fence: first.fence })
      expect(await store.leases.listLeases()).toEqual([second])
    })

    test('does not stand in the way of one of another name', async () => {
      const { store } = current()
      const first = await acquire(store, { name: 'b', holder: 'first' })
      const second = await acquire(store, { name: 'a', holder: 'second' })
      expect(await store.leases.listLeases()).toEqual([second, first])
    })

    test('for nobody, or for no whole number of milliseconds, is refused', async () => {
      const { store } = current()
      for (const fields of [
        { holder: '' },
        { lifetimeMilliseconds: 0 },
        { lifetimeMilliseconds: 0.5 },
      ]) {
        await expect(store.leases.acquireLease(wish(fields))).rejects.toThrow(TypeError)
      }
      expect(await store.leases.listLeases()).toEqual([])
    })

    test('goes from hand to hand: while it is held, nobody else holds it', async () => {
      const { store, openAnother } = current()
      const stores = [store, await openAnother()]
      const fences: number[] = []
      let holders = 0
      await Promise.all(
        Array.from({ length: 8 }, async (_, index) => {
          const { leases } = stores[index % 2] ?? store
          for (let turns = 0; turns < 3; ) {
            const lease = await leases.acquireLease(wish({ holder: `h${index}` }))
            if (lease === undefined) continue
            turns++
            holders++
            expect(holders).toBe(1)
            fences.push(lease.fence)
            holders--
            await leases.releaseLease(lease)
          }
        }),
      )
      expect(fences).toEqual(fences.toSorted((left, right) => left - right))
      expect(new Set(fences).size).toBe(24)
    })
  })
}

function wish(fields: Partial<LeaseWish> = {}): LeaseWish {
  return { name: 'retention', holder: 'somebody', lifetimeMilliseconds: 60_000, ...fields }
}

async function acquire(
  store: Store,
  fields: Partial<LeaseWish>,
): Promise<NonNullable<Awaited<ReturnType<Store['leases']['acquireLease']>>>> {
  const lease = await store.leases.acquireLease(wish(fields))
  if (lease === undefined) throw new Error('another holds the lease')
  return lease
}

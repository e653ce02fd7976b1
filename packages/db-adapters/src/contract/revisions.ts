import { describe, expect, test } from 'vitest'
import type { Store } from '../store.ts'
import type { ContractStore } from './contract-store.ts'
import { buildRevision } from './units.ts'

/** The configuration has one line of descent, and its newest revision is the same for all. */
export function describeRevisions(current: () => ContractStore): void {
  describe('a revision of the configuration', () => {
    test('is found as it was committed, as soon as it is acknowledged', async () => {
      const { store } = current()
      expect(await store.revisions.findCurrentNumber()).toBe(0)
      expect(await store.revisions.findRevision(1)).toBeUndefined()
      const revision = buildRevision(1, {
        document: '{"authority":{"policy":"Прóва 証明書 🔐 ?"}}\n',
        comment: '',
      })
      expect(await store.revisions.commitRevision(revision)).toEqual({ status: 'committed' })
      expect(await store.revisions.findCurrentNumber()).toBe(1)
      expect(await store.revisions.findRevision(1)).toEqual(revision)
    })

    test('may be of a megabyte', async () => {
      const { store } = current()
      const revision = buildRevision(1, { document: JSON.stringify('x'.repeat(1_000_000)) })
      await store.revisions.commitRevision(revision)
      expect(await store.revisions.findRevision(1)).toEqual(revision)
    })

    test('that is not the child of the newest is a conflict', async () => {
      const { store } = current()
      await commitUpTo(store, 3)
      const before = await store.revisions.listRevisions({ limit: 10 })
      const strangers = [
        { number: 3, why: 'stands already' },
        { number: 2, why: 'stands below the newest' },
        { number: 5, why: 'has no parent' },
        { number: 0, why: 'is no number of a revision' },
      ]
      for (const { number, why } of strangers) {
        const outcome = await store.revisions.commitRevision(buildRevision(number))
        expect(outcome, `${number} ${why}`).toEqual({ status: 'conflict', current: 3 })
      }
      expect(await store.revisions.listRevisions({ limit: 10 })).toEqual(before)
    })

    test('that 50 callers at several instances commit under one number is committed once', async () => {
      const { store, openAnother } = current()
      const stores = [store, await openAnother(), await openAnother()]
      for (const number of [1, 2, 3]) {
        const revisions = Array.from({ length: 50 }, () => buildRevision(number))
        const outcomes = await Promise.all(
          revisions.map((revision, index) =>
            (stores[index % 3] ?? store).revisions.commitRevision(revision),
          ),
        )
        const winner = outcomes.findIndex(({ status }) => status === 'committed')
        expect(outcomes.toSpliced(winner, 1)).toEqual(
          Array(49).fill({ status: 'conflict', current: number }),
        )
        expect(await store.revisions.findRevision(number)).toEqual(revisions[winner])
      }
    })

    test('that each of many commits on top of what it sees is one of an unbroken line', async () => {
      const { store, openAnother } = current()
      const stores = [store, await openAnother()]
      const committed = await Promise.all(
        Array.from({ length: 10 }, async (_, index) => {
          const { revisions } = stores[index % 2] ?? store
          for (;;) {
            const number = (await revisions.findCurrentNumber()) + 1
            const { status } = await revisions.commitRevision(buildRevision(number))
            if (status === 'committed') return number
          }
        }),
      )
      const line = Array.from({ length: 10 }, (_, index) => index + 1)
      expect(committed.sort((left, right) => left - right)).toEqual(line)
      const listed = await store.revisions.listRevisions({ limit: 100 })
      expect(listed.map(({ number }) => number)).toEqual(line.reverse())
    })

    test('is listed newest first, part by part', async () => {
      const { store } = current()
      await commitUpTo(store, 5)
      const first = await store.revisions.listRevisions({ limit: 2 })
      expect(first.map(({ number }) => number)).toEqual([5, 4])
      const rest = await store.revisions.listRevisions({ before: 4, limit: 10 })
      expect(rest.map(({ number }) => number)).toEqual([3, 2, 1])
    })

    test('that cannot be kept is refused', async () => {
      const { store } = current()
      const revision = buildRevision(1, { createdAt: new Date(Number.NaN) })
      await expect(store.revisions.commitRevision(revision)).rejects.toThrow(TypeError)
      expect(await store.revisions.findCurrentNumber()).toBe(0)
    })

    test('outlives the process', async () => {
      const { store, reopen } = current()
      await commitUpTo(store, 2)
      expect(await (await reopen()).revisions.findCurrentNumber()).toBe(2)
    })
  })
}

async function commitUpTo(store: Store, newest: number): Promise<void> {
  for (let number = 1; number <= newest; number++) {
    await store.revisions.commitRevision(buildRevision(number))
  }
}

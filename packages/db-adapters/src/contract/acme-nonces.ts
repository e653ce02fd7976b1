import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { AcmeStores } from './acme-contract.ts'
import { at, atOnce, buildAccount, buildNonce, createAccount, now, tally } from './acme-units.ts'

/** A nonce is good once. */
export function describeAcmeNonces(current: () => AcmeStores): void {
  describe('a nonce', () => {
    test('spent 50 times at once on three stores is spent once', async () => {
      const nonce = buildNonce()
      const told = await atOnce(current(), 50, (store) => store.acme.spendNonce(nonce))
      expect(told.filter((isSpent) => isSpent)).toHaveLength(1)
    })

    test('of 20, each spent 10 times among the others, is spent once', async () => {
      const nonces = Array.from({ length: 20 }, buildNonce)
      const told = await atOnce(current(), 200, (store, index) =>
        store.acme.spendNonce(nonces[index % 20] ?? buildNonce()),
      )
      const spent = nonces.map((_, at) => told.filter((isSpent, n) => n % 20 === at && isSpent))
      expect(spent.map(({ length }) => length)).toEqual(nonces.map(() => 1))
    })

    test('is told from another by each of its octets', async () => {
      const [store] = current()
      const { id, expiresAt } = buildNonce()
      expect(await store.acme.spendNonce({ id, expiresAt })).toBe(true)
      for (const index of id.keys()) {
        const near = id.map((octet, place) => (place === index ? octet ^ 1 : octet))
        expect(await store.acme.spendNonce({ id: near, expiresAt })).toBe(true)
      }
    })

    test('lets one change of 20 through, and the others write nothing', async () => {
      const stores = current()
      const nonce = buildNonce()
      const accounts = Array.from({ length: 20 }, () => buildAccount())
      const outcomes = await atOnce(stores, 20, (store, index) =>
        store.acme.createAccount({ account: accounts[index] ?? buildAccount(), nonce }),
      )
      expect(tally(outcomes)).toEqual({ created: 1, nonce_spent: 19 })
      const found = await Promise.all(accounts.map(({ id }) => stores[1].acme.findAccount(id)))
      expect(found.map((account) => account !== undefined)).toEqual(
        outcomes.map(({ status }) => status === 'created'),
      )
    })

    test('is spent by a change that was refused, too', async () => {
      const [store] = current()
      const account = await createAccount(store)
      const nonce = buildNonce()
      const again = { account: buildAccount({ thumbprint: account.thumbprint }), nonce }
      expect(await store.acme.createAccount(again)).toMatchObject({ status: 'exists' })
      expect(await store.acme.spendNonce(nonce)).toBe(false)
      expect(await store.acme.createAccount(again)).toEqual({ status: 'nonce_spent' })
    })
  })

  describe('the keys of nonces', () => {
    test('are added one a number, by whoever comes first', async () => {
      const stores = current()
      const [last] = await stores[0].acme.findNonceKeys()
      const number = (last?.number ?? 0) + 1
      const keys = Array.from({ length: 12 }, () => ({
        number,
        key: new Uint8Array(randomBytes(32)),
        createdAt: now,
      }))
      const told = await atOnce(stores, 12, async (store, index) => {
        const key = keys[index]
        return { status: key ? await store.acme.commitNonceKey(key) : 'none' }
      })
      expect(tally(told)).toEqual({ committed: 1, exists: 11 })
      const winner = keys[told.findIndex(({ status }) => status === 'committed')]
      for (const store of stores) {
        expect((await store.acme.findNonceKeys()).find((key) => key.number === number)).toEqual(
          winner,
        )
      }
    })

    test('go once they are two days older than the newest, which comes first', async () => {
      const [store] = current()
      const [last] = await store.acme.findNonceKeys()
      const first = (last?.number ?? 0) + 1
      const days = [10, 11, 12, 12.5, 13]
      for (const [index, day] of days.entries()) {
        const createdAt = at(day * 86_400)
        const key = new Uint8Array(randomBytes(32))
        await store.acme.commitNonceKey({ number: first + index, key, createdAt })
      }
      const found = await store.acme.findNonceKeys()
      expect(found.map(({ number }) => number - first)).toEqual([4, 3, 2, 1])
    })
  })
}

import { describe, expect, test } from 'vitest'
import type { Store } from '../store.ts'
import type { AcmeStores } from './acme-contract.ts'
import {
  buildFinalization,
  buildNonce,
  createAccount,
  createOrder,
  createReadyOrder,
  type OrderFields,
} from './acme-units.ts'

const hour = 3_600_000
const day = 24 * hour

const rules = { certificatesSeconds: 90 * 86_400, renewalAfterExpirySeconds: 0 }

/** What is let go of, by the clock of the database. */
export function describeAcmeRetention(current: () => AcmeStores): void {
  describe('retention', () => {
    test('deletes a spent nonce an hour after nobody takes it any more', async () => {
      const [store] = current()
      const now = (await store.readClock()).getTime()
      const ages = [-hour, 0, hour - 60_000, hour + 1, 40 * day]
      const nonces = ages.map((age) => ({ ...buildNonce(), expiresAt: new Date(now - age) }))
      for (const nonce of nonces) await store.acme.spendNonce(nonce)
      const due = await store.retention.countDue(rules)
      expect(due).toMatchObject({ spentNonces: 2 })
      expect((await store.retention.prune({ rules, batchSize: 1 })).counts).toEqual(due)
      const isGone = await Promise.all(nonces.map((nonce) => store.acme.spendNonce(nonce)))
      expect(isGone).toEqual([false, false, false, true, true])
      await store.retention.prune({ rules })
    })

    test('deletes orders with all under them, thirty days after they or their certificates have expired', async () => {
      const [store, other] = current()
      const now = (await store.readClock()).getTime()
      const before = await countRows(store)
      const { id } = await createAccount(store)
      const expired = (age: number): OrderFields => ({
        names: ['a.internal', 'b.internal'],
        fields: { createdAt: new Date(now - age - day), expiresAt: new Date(now - age) },
      })
      const kept = await createOrder(store, id, expired(30 * day - hour))
      const gone = await createOrder(store, id, expired(30 * day + 1))
      const valid = await Promise.all(
        [30 * day - hour, 30 * day + 1].map(async (age) => {
          const { order } = await createReadyOrder(store, id)
          const { certificate, ...unit } = buildFinalization(order.id)
          const notAfter = new Date(now - age)
          await store.commitIssuance({ ...unit, certificate: { ...certificate, notAfter } })
          return order.id
        }),
      )
      const due = await store.retention.countDue(rules)
      expect(due).toMatchObject({ orders: 2 })
      const results = await Promise.all([
        store.retention.prune({ rules, batchSize: 1 }),
        other.retention.prune({ rules, batchSize: 20 }),
      ])
      expect(results[0].counts.orders + results[1].counts.orders).toBe(2)
      const ids = [kept.order.id, gone.order.id, ...valid]
      const found = await Promise.all(ids.map((each) => store.acme.findOrder(each)))
      expect(found.map((view) => view !== undefined)).toEqual([true, false, true, false])
      const after = await countRows(store)
      expect(after.map((count, index) => count - (before[index] ?? 0))).toEqual([2, 3, 5])
    })
  })
}

/** How many orders, authorizations and challenges there are. */
async function countRows(store: Store): Promise<readonly number[]> {
  const { tables } = await store.statistics.readStatistics()
  return ['acme_orders', 'acme_authorizations', 'acme_challenges'].map(
    (table) => tables.find(({ name }) => name.endsWith(table))?.rows ?? 0,
  )
}

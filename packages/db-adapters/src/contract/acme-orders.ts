import { describe, expect, test } from 'vitest'
import type { AcmeOrderCursor } from '../acme/order-store.ts'
import type { AcmeCounts, AcmeStores } from './acme-contract.ts'
import {
  at,
  atOnce,
  begin,
  buildNonce,
  buildOrder,
  challengesOf,
  createAccount,
  createOrder,
  createReadyOrder,
  drawId,
  now,
  problem,
  statusOf,
  tally,
} from './acme-units.ts'

/** Orders whole, and each seen once. */
export function describeAcmeOrders(current: () => AcmeStores, { rounds }: AcmeCounts): void {
  describe('an order', () => {
    test('is found as it was made, with all that is under it', async () => {
      const [store, other] = current()
      const { id } = await createAccount(store)
      const unit = await createOrder(store, id, {
        names: ['web.internal', '*.bücher.example', 'c.internal'],
        fields: { notBefore: at(1), notAfter: at(2), profile: 'short', replaces: drawId() },
      })
      const view = await other.acme.findOrder(unit.order.id)
      expect(view).toEqual({
        order: unit.order,
        authorizationIds: unit.authorizations.map((authorization) => authorization.id),
      })
      for (const authorization of unit.authorizations) {
        expect(await other.acme.findAuthorization(authorization.id)).toEqual({
          order: unit.order,
          authorization,
          challenges: unit.challenges.filter(
            ({ authorizationId }) => authorizationId === authorization.id,
          ),
        })
      }
      expect(await other.acme.findOrder(drawId())).toBeUndefined()
      expect(await other.acme.findAuthorization(drawId())).toBeUndefined()
    })

    test('of a thousand names is one', async () => {
      const [store] = current()
      const { id } = await createAccount(store)
      const names = Array.from({ length: 1000 }, (_, index) => `h${index}.internal`)
      const { order, authorizations } = await createOrder(store, id, { names })
      expect(await store.acme.findOrder(order.id)).toEqual({
        order,
        authorizationIds: authorizations.map((authorization) => authorization.id),
      })
    })

    test('without authorizations, and an authorization without challenges, are found', async () => {
      const [store] = current()
      const { id } = await createAccount(store)
      const { order } = await createOrder(store, id, { names: [] })
      expect(await store.acme.findOrder(order.id)).toEqual({ order, authorizationIds: [] })
      const { authorizations } = await createOrder(store, id, { challengeTypes: [] })
      const found = await store.acme.findAuthorization(authorizations[0]?.id ?? '')
      expect(found?.challenges).toEqual([])
    })

    test.each(['\0', 'a\0b', '\ud800', ' ', '%', ''])(
      'is not found by %j, and its neighbours are',
      async (id) => {
        const [store] = current()
        const account = await createAccount(store)
        const { order } = await createOrder(store, account.id)
        const found = await Promise.all([
          store.acme.findOrder(order.id),
          store.acme.findOrder(id),
          store.acme.findOrder(`${order.id} `),
          store.acme.findAuthorization(id),
          store.acme.findAccount(id),
          store.acme.findAccount(account.id),
        ])
        expect(found.map((each) => each !== undefined)).toEqual([
          true,
          false,
          false,
          false,
          false,
          true,
        ])
      },
    )

    test('is one of 200 that an account makes at once, and all are made', async () => {
      const stores = current()
      const { id } = await createAccount(stores[0])
      const outcomes = await atOnce(stores, 200, (store) => store.acme.createOrder(buildOrder(id)))
      expect(tally(outcomes)).toEqual({ created: 200 })
    })

    test('replaces a certificate once of 20 at once, and another may when it is invalid', async () => {
      const stores = current()
      const { id } = await createAccount(stores[0])
      const replaces = drawId()
      const units = Array.from({ length: 20 }, () => buildOrder(id, { fields: { replaces } }))
      const outcomes = await atOnce(stores, 20, (store, index) =>
        store.acme.createOrder(units[index] ?? buildOrder(id)),
      )
      expect(tally(outcomes)).toEqual({ created: 1, already_replaced: 19 })
      const winner = units[outcomes.findIndex(({ status }) => status === 'created')]
      const [challenge] = winner ? challengesOf(winner) : []
      if (winner === undefined || challenge === undefined) throw new Error('nobody has won')
      expect(outcomes.find(({ status }) => status === 'already_replaced')).toEqual({
        status: 'already_replaced',
        orderId: winner.order.id,
      })
      const attempt = await begin(stores[0], challenge)
      await stores[0].acme.failChallenge({ ...challenge, attempt, problem })
      const next = buildOrder(id, { fields: { replaces } })
      expect(await stores[1].acme.createOrder(next)).toEqual({ status: 'created' })
    })

    test('that has expired replaces nothing any more', async () => {
      const [store] = current()
      const { id } = await createAccount(store)
      const replaces = drawId()
      const { order } = await createOrder(store, id, { fields: { replaces } })
      const early = buildOrder(id, { fields: { replaces, createdAt: at(86_399) } })
      expect(await store.acme.createOrder(early)).toMatchObject({ status: 'already_replaced' })
      await createOrder(store, id, { fields: { replaces, createdAt: at(86_400) } })
      expect(await statusOf(store, order.id)).toBe('invalid')
    })
  })

  describe('the orders of an account', () => {
    test('are each seen once, by parts, while others are made', async () => {
      const stores = current()
      const { id } = await createAccount(stores[0])
      const made = await atOnce(stores, 40, (store, index) =>
        createOrder(store, id, { fields: { createdAt: at(index % 3) } }),
      )
      const seen: string[] = []
      for (let after: AcmeOrderCursor | undefined; ; ) {
        const part = await stores[1].acme.listOrders({
          accountId: id,
          limit: 7,
          ...(after ? { after } : {}),
        })
        seen.push(...part.map((order) => order.id))
        after = part.at(-1)
        if (part.length < 7) break
        await createOrder(stores[2], id, { fields: { createdAt: at(0) } })
      }
      expect(new Set(seen).size).toBe(seen.length)
      expect(seen).toEqual(expect.arrayContaining(made.map(({ order }) => order.id)))
    })

    test('are listed and counted from a time on, by their states', async () => {
      const [store] = current()
      const { id: accountId } = await createAccount(store)
      const old = await createOrder(store, accountId, { fields: { createdAt: at(-100) } })
      const ready = await createReadyOrder(store, accountId)
      const pending = await createOrder(store, accountId, { fields: { createdAt: at(10) } })
      const list = async (more: object) =>
        (await store.acme.listOrders({ accountId, limit: 10, ...more })).map(({ id }) => id)
      expect(await list({})).toEqual([old, ready, pending].map(({ order }) => order.id))
      expect(await list({ since: now })).toEqual([ready, pending].map(({ order }) => order.id))
      expect(await list({ statuses: ['ready'] })).toEqual([ready.order.id])
      const count = (more: object) =>
        store.acme.countOrders({ accountId, since: at(-1000), limit: 10, ...more })
      expect(await count({})).toBe(3)
      expect(await count({ limit: 2 })).toBe(2)
      expect(await count({ since: now })).toBe(2)
      expect(await count({ statuses: ['pending', 'invalid'] })).toBe(2)
    })

    test('are among those of all, listed by parts', async () => {
      const [store] = current()
      const provisionerId = drawId()
      const { id } = await createAccount(store, { provisionerId })
      const units = await atOnce([store], 5, () =>
        createOrder(store, id, { fields: { provisionerId } }),
      )
      const ids = units.map(({ order }) => order.id)
      const first = await store.acme.listAllOrders({ provisionerId, limit: 3 })
      const rest = await store.acme.listAllOrders({
        provisionerId,
        limit: 3,
        after: first.at(-1)?.id ?? '',
        statuses: ['pending'],
      })
      expect([...first, ...rest].map((order) => order.id).sort()).toEqual(ids.toSorted())
      expect(rest).toHaveLength(2)
    })
  })

  describe('an authorization', () => {
    test('given up by 20 at once is given up by one, and its order is invalid', async () => {
      const stores = current()
      const { id: accountId } = await createAccount(stores[0])
      const { order, authorizations } = await createReadyOrder(stores[0], accountId)
      const id = authorizations[0]?.id ?? ''
      const outcomes = await atOnce(stores, 20, (store) =>
        store.acme.deactivateAuthorization({
          id,
          orderId: order.id,
          problem,
          nonce: buildNonce(),
        }),
      )
      expect(tally(outcomes)).toEqual({ deactivated: 1, not_pending: 19 })
      expect(await stores[1].acme.findAuthorization(id)).toMatchObject({
        order: { status: 'invalid', problem },
        authorization: { status: 'deactivated' },
      })
    })

    test('of another order is not given up', async () => {
      const [store] = current()
      const { id: accountId } = await createAccount(store)
      const first = await createOrder(store, accountId)
      const second = await createOrder(store, accountId)
      const id = first.authorizations[0]?.id ?? ''
      expect(await store.acme.deactivateAuthorization({ id, orderId: second.order.id })).toEqual({
        status: 'not_pending',
      })
      expect(await statusOf(store, first.order.id)).toBe('pending')
      expect(await statusOf(store, second.order.id)).toBe('pending')
    })

    test(`given up while it is proved leaves an order that is not ready, ${rounds} times`, async () => {
      const stores = current()
      const { id: accountId } = await createAccount(stores[0])
      for (let round = 0; round < rounds; round++) {
        const unit = await createOrder(stores[0], accountId)
        const [challenge] = challengesOf(unit)
        if (challenge === undefined) throw new Error('there is no challenge')
        const attempt = await begin(stores[0], challenge)
        const { authorizationId: id, orderId } = challenge
        await Promise.all([
          stores[1].acme.completeChallenge({ ...challenge, attempt, validatedAt: now }),
          stores[2].acme.deactivateAuthorization({ id, orderId, nonce: buildNonce() }),
        ])
        expect(await stores[0].acme.findAuthorization(id)).toMatchObject({
          order: { status: 'invalid' },
          authorization: { status: 'deactivated' },
          challenges: [{ status: 'valid' }, { status: 'pending' }],
        })
      }
    })

    test('is counted and looked for by its name', async () => {
      const [store] = current()
      const { id: accountId } = await createAccount(store)
      const other = await createAccount(store)
      const name = `${drawId()}.internal`
      const identifier = { type: 'dns', value: name }
      await createReadyOrder(store, accountId, { names: [name] })
      await createOrder(store, accountId, { names: [`*.${name}`] })
      await createOrder(store, other.id, { names: [name] })
      const count = (more: object) =>
        store.acme.countAuthorizations({ identifier, since: now, limit: 10, ...more })
      expect(await count({})).toBe(3)
      expect(await count({ limit: 2 })).toBe(2)
      expect(await count({ accountId })).toBe(2)
      expect(await count({ accountId, statuses: ['valid'] })).toBe(1)
      expect(await count({ since: at(1) })).toBe(0)
      const identifiers = [
        { ...identifier, wildcard: false },
        { ...identifier, wildcard: true },
        { type: 'dns', value: drawId(), wildcard: false },
      ]
      const find = (more: object) =>
        store.acme.findAuthorized({ accountId, identifiers, at: now, ...more })
      expect(await find({})).toEqual(identifiers.slice(0, 1))
      expect(await find({ at: at(86_400) })).toEqual([])
      expect(await find({ accountId: other.id })).toEqual([])
      expect(await find({ identifiers: [] })).toEqual([])
    })
  })
}

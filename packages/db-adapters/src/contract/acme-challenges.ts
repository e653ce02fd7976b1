import { describe, expect, test } from 'vitest'
import type { AcmeCounts, AcmeStores } from './acme-contract.ts'
import {
  at,
  atOnce,
  begin,
  buildNonce,
  challengesOf,
  createAccount,
  createOrder,
  now,
  problem,
  statusOf,
  tally,
} from './acme-units.ts'

/** One attempt at a time, and at once all that follows from it. */
export function describeAcmeChallenges(current: () => AcmeStores, { rounds }: AcmeCounts): void {
  /** An order, and how its challenges are named. */
  async function order(names?: readonly string[], expiresAt?: Date) {
    const [store] = current()
    const { id } = await createAccount(store)
    const unit = await createOrder(store, id, {
      ...(names ? { names } : {}),
      ...(expiresAt ? { fields: { expiresAt } } : {}),
    })
    const challenges = challengesOf(unit)
    const [challenge] = challenges
    if (challenge === undefined) throw new Error('there is no challenge')
    return { orderId: unit.order.id, unit, challenges, challenge }
  }

  describe('a challenge', () => {
    test('begun by 50 at once is begun by one', async () => {
      const { challenge } = await order()
      const outcomes = await atOnce(current(), 50, (store) =>
        store.acme.beginChallenge({
          ...challenge,
          at: now,
          deadlineMilliseconds: 10_000,
          nonce: buildNonce(),
        }),
      )
      expect(tally(outcomes)).toEqual({ started: 1, not_pending: 49 })
      const view = await current()[1].acme.findAuthorization(challenge.authorizationId)
      expect(view?.challenges[0]).toMatchObject({
        status: 'processing',
        attempt: 1,
        deadline: at(10),
      })
    })

    test('is taken over by one of many once its deadline has passed, and by none before', async () => {
      const [store] = current()
      const { challenge, orderId } = await order()
      const first = await begin(store, challenge)
      const take = (seconds: number) =>
        atOnce(current(), 20, (each) =>
          each.acme.beginChallenge({
            ...challenge,
            at: at(seconds),
            deadlineMilliseconds: 10_000,
          }),
        )
      expect(tally(await take(9.999))).toEqual({ not_pending: 20 })
      const outcomes = await take(10)
      expect(tally(outcomes)).toEqual({ started: 1, not_pending: 19 })
      expect(outcomes).toContainEqual({ status: 'started', attempt: first + 1 })
      const late = { ...challenge, attempt: first }
      expect(await store.acme.completeChallenge({ ...late, validatedAt: now })).toBe('overtaken')
      expect(await store.acme.failChallenge({ ...late, problem })).toBe('overtaken')
      const more = { ...late, problem, deadline: at(99) }
      expect(await store.acme.retryChallenge(more)).toBe('overtaken')
      expect(await statusOf(store, orderId)).toBe('pending')
      const attempt = first + 1
      expect(await store.acme.completeChallenge({ ...challenge, attempt, validatedAt: now })).toBe(
        'recorded',
      )
      expect(await statusOf(store, orderId)).toBe('ready')
    })

    test('that is proved makes its authorization valid and its order ready, and may be said again', async () => {
      const [store, other] = current()
      const { challenge, orderId } = await order()
      const attempt = await begin(store, challenge)
      const change = {
        ...challenge,
        attempt,
        validatedAt: at(3),
        trace: '[{"address":"10.0.0.7"}]',
      }
      expect(await store.acme.completeChallenge(change)).toBe('recorded')
      expect(await other.acme.completeChallenge(change)).toBe('recorded')
      expect(await other.acme.failChallenge({ ...change, problem })).toBe('overtaken')
      const view = await other.acme.findAuthorization(challenge.authorizationId)
      expect(view).toMatchObject({
        order: { id: orderId, status: 'ready' },
        authorization: { status: 'valid' },
        challenges: [
          { status: 'valid', validatedAt: at(3), trace: change.trace },
          { status: 'pending' },
        ],
      })
      expect(view?.challenges[0]).not.toHaveProperty('deadline')
    })

    test('that fails makes its authorization and order invalid at once, with the reason', async () => {
      const [store, other] = current()
      const { challenges, challenge, orderId } = await order(['a.internal', 'b.internal'])
      const attempt = await begin(store, challenge)
      const orderProblem = { ...problem, detail: 'one of two names' }
      const change = { ...challenge, attempt, problem, orderProblem }
      expect(await store.acme.failChallenge(change)).toBe('recorded')
      expect(await other.acme.findAuthorization(challenge.authorizationId)).toMatchObject({
        order: { status: 'invalid', problem: orderProblem },
        authorization: { status: 'invalid' },
        challenges: [{ status: 'invalid', problem }, { status: 'pending' }],
      })
      const second = challenges[1] ?? challenge
      const beginning = { ...second, at: now, deadlineMilliseconds: 1000, nonce: buildNonce() }
      expect(await other.acme.beginChallenge(beginning)).toEqual({ status: 'not_pending' })
      expect(await statusOf(store, orderId)).toBe('invalid')
    })

    test('that is tried again tells why, and has until the new deadline', async () => {
      const [store, other] = current()
      const { challenge } = await order()
      const attempt = await begin(store, challenge)
      const change = { ...challenge, attempt, problem, deadline: at(60), trace: '[]' }
      expect(await store.acme.retryChallenge(change)).toBe('recorded')
      expect(await store.acme.retryChallenge(change)).toBe('recorded')
      const view = await other.acme.findAuthorization(challenge.authorizationId)
      expect(view?.challenges[0]).toMatchObject({
        status: 'processing',
        problem,
        trace: '[]',
        deadline: at(60),
      })
      const taking = { ...challenge, deadlineMilliseconds: 1000 }
      expect(await other.acme.beginChallenge({ ...taking, at: at(59) })).toEqual({
        status: 'not_pending',
      })
      const validatedAt = at(59)
      await store.acme.completeChallenge({ ...challenge, attempt, validatedAt })
      const proved = await other.acme.findAuthorization(challenge.authorizationId)
      expect(proved?.challenges[0]).not.toHaveProperty('problem')
    })

    test('beside one that has made its authorization valid may fail without harm', async () => {
      const [store, other] = current()
      const { unit, challenge, orderId } = await order()
      const second = { ...challenge, id: unit.challenges[1]?.id ?? '' }
      const attempts = [await begin(store, challenge), await begin(other, second)]
      const [first = 0, next = 0] = attempts
      await store.acme.completeChallenge({ ...challenge, attempt: first, validatedAt: now })
      expect(await store.acme.failChallenge({ ...second, attempt: next, problem })).toBe('recorded')
      expect(await store.acme.findAuthorization(challenge.authorizationId)).toMatchObject({
        order: { id: orderId, status: 'ready' },
        authorization: { status: 'valid' },
        challenges: [{ status: 'valid' }, { status: 'invalid' }],
      })
    })

    test('is not begun once its order has expired, and proves nothing then', async () => {
      const [store] = current()
      const { challenge, orderId } = await order(undefined, at(100))
      const beginning = { ...challenge, deadlineMilliseconds: 1000 }
      expect(await store.acme.beginChallenge({ ...beginning, at: at(100) })).toEqual({
        status: 'not_pending',
      })
      const attempt = await begin(store, challenge, at(99))
      await store.acme.completeChallenge({ ...challenge, attempt, validatedAt: at(100) })
      expect(await statusOf(store, orderId)).toBe('pending')
    })

    test('named with an order or an authorization that is not its own is not changed', async () => {
      const [store] = current()
      const { challenge } = await order()
      const { challenge: other } = await order()
      const attempt = await begin(store, challenge)
      for (const wrong of [
        { ...challenge, orderId: other.orderId },
        { ...challenge, authorizationId: other.authorizationId },
        { ...other, id: challenge.id },
      ]) {
        const change = { ...wrong, attempt, validatedAt: now }
        expect(await store.acme.completeChallenge(change)).toBe('overtaken')
        const beginning = { ...wrong, at: at(1000), deadlineMilliseconds: 1000 }
        expect(await store.acme.beginChallenge(beginning)).toEqual({ status: 'not_pending' })
      }
      expect(await statusOf(store, challenge.orderId)).toBe('pending')
      expect(await statusOf(store, other.orderId)).toBe('pending')
    })

    test('whose instance is gone is found until it is begun anew', async () => {
      const [store, other] = current()
      const { unit, challenge, orderId } = await order()
      await begin(store, challenge, at(500))
      const find = async (seconds: number) =>
        (await other.acme.findStalledChallenges({ at: at(seconds), limit: 1000 })).filter(
          (each) => each.orderId === orderId,
        )
      expect(await find(509)).toEqual([])
      expect(await find(510)).toEqual([
        {
          ...challenge,
          accountId: unit.order.accountId,
          provisionerId: 'acme',
          type: 'http-01',
        },
      ])
      await begin(other, challenge, at(510))
      expect(await find(510)).toEqual([])
    })
  })

  describe('an order', () => {
    test(`whose two authorizations are proved at the same moment is ready, ${rounds} times`, async () => {
      const stores = current()
      for (let round = 0; round < rounds; round++) {
        const { challenges, orderId } = await order(['a.internal', 'b.internal'])
        const attempts = await atOnce([stores[0]], 2, (store, index) =>
          begin(store, challenges[index] ?? neverThere),
        )
        const told = await atOnce([stores[1], stores[2]], 2, (store, index) =>
          store.acme.completeChallenge({
            ...(challenges[index] ?? neverThere),
            attempt: attempts[index] ?? 0,
            validatedAt: now,
          }),
        )
        expect(told).toEqual(['recorded', 'recorded'])
        expect(await statusOf(stores[0], orderId)).toBe('ready')
      }
    })

    test(`of which one authorization is proved while another fails is invalid, ${rounds} times`, async () => {
      const stores = current()
      for (let round = 0; round < rounds; round++) {
        const { challenges, challenge, orderId } = await order(['a.internal', 'b.internal'])
        const second = challenges[1] ?? neverThere
        const first = await begin(stores[0], challenge)
        const next = await begin(stores[0], second)
        await Promise.all([
          stores[1].acme.completeChallenge({ ...challenge, attempt: first, validatedAt: now }),
          stores[2].acme.failChallenge({ ...second, attempt: next, problem }),
        ])
        expect(await statusOf(stores[0], orderId)).toBe('invalid')
      }
    })
  })
}

const neverThere = { id: '', authorizationId: '', orderId: '' }

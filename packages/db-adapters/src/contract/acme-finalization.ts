import { describe, expect, test } from 'vitest'
import type { AcmeCounts, AcmeStores } from './acme-contract.ts'
import {
  at,
  atOnce,
  buildFinalization,
  buildNonce,
  createAccount,
  createOrder,
  createReadyOrder,
  drawId,
  now,
  statusOf,
  tally,
} from './acme-units.ts'
import { buildIssuance } from './units.ts'

/** One order, one certificate. */
export function describeAcmeFinalization(current: () => AcmeStores, { rounds }: AcmeCounts): void {
  describe('a finalization', () => {
    async function readyOrder(): Promise<string> {
      const [store] = current()
      const { id } = await createAccount(store)
      return (await createReadyOrder(store, id)).order.id
    }

    test('makes the order valid with its certificate, and is found by either', async () => {
      const [store, other] = current()
      const orderId = await readyOrder()
      const { certificate, claim, ...unit } = buildFinalization(orderId)
      if (claim.kind !== 'order') throw new Error('it claims no order')
      expect(await store.commitIssuance({ ...unit, certificate, claim })).toEqual({
        status: 'committed',
      })
      const { serialNumber } = certificate
      const { certificateId } = claim
      const view = await other.acme.findOrder(orderId)
      expect(view?.order).toMatchObject({ status: 'valid', certificateId, serialNumber })
      expect(await other.acme.findOrderBySerialNumber(serialNumber)).toEqual(view?.order)
      const found = await other.acme.findOrderByCertificate(certificateId)
      expect(found).toEqual({
        order: view?.order,
        certificate: await other.findCertificate(serialNumber),
      })
      expect(found?.certificate?.serialNumber).toBe(serialNumber)
      expect(await other.acme.findOrderByCertificate(drawId())).toBeUndefined()
      expect(await other.acme.findOrderBySerialNumber(1n)).toBeUndefined()
    })

    test('of 50 at once of one order is committed once, and the others leave no trace', async () => {
      const stores = current()
      const orderId = await readyOrder()
      const units = Array.from({ length: 50 }, () => buildFinalization(orderId))
      const outcomes = await atOnce(stores, 50, (store, index) =>
        store.commitIssuance(units[index] ?? buildFinalization(orderId)),
      )
      expect(tally(outcomes)).toEqual({ committed: 1, order_lost: 49 })
      const winner = units[outcomes.findIndex(({ status }) => status === 'committed')]
      const found = await Promise.all(
        units.map(({ certificate }) => stores[1].findCertificate(certificate.serialNumber)),
      )
      expect(found.filter((certificate) => certificate !== undefined)).toHaveLength(1)
      const view = await stores[2].acme.findOrder(orderId)
      expect(view?.order).toMatchObject({ serialNumber: winner?.certificate.serialNumber })
      const spent = await Promise.all(
        units.map(async ({ claim }) =>
          claim.kind === 'order' && claim.nonce
            ? !(await stores[0].acme.spendNonce(claim.nonce))
            : undefined,
        ),
      )
      expect(spent).toEqual(outcomes.map(({ status }) => status === 'committed'))
    })

    test('of 30 orders, each tried by 5 among signatures, is committed once each', async () => {
      const stores = current()
      const { id } = await createAccount(stores[0])
      const orders = await atOnce(stores, 30, (store) => createReadyOrder(store, id))
      const outcomes = await atOnce(stores, 180, (store, index) => {
        const orderId = orders[index % 30]?.order.id ?? ''
        return store.commitIssuance(
          index < 150 ? buildFinalization(orderId) : buildIssuance({ claim: { kind: 'none' } }),
        )
      })
      expect(tally(outcomes.slice(0, 150))).toEqual({ committed: 30, order_lost: 120 })
      expect(tally(outcomes.slice(150))).toEqual({ committed: 30 })
    })

    test('with the nonce of another is told so, and its order stays ready', async () => {
      const stores = current()
      const nonce = buildNonce()
      const orders = await atOnce([stores[0]], 10, readyOrder)
      const outcomes = await atOnce(stores, 10, (store, index) =>
        store.commitIssuance(buildFinalization(orders[index] ?? '', { nonce })),
      )
      expect(tally(outcomes)).toEqual({ committed: 1, nonce_spent: 9 })
      const states = await Promise.all(orders.map((id) => statusOf(stores[1], id)))
      expect(states).toEqual(
        outcomes.map(({ status }) => (status === 'committed' ? 'valid' : 'ready')),
      )
      const valid = orders[outcomes.findIndex(({ status }) => status === 'committed')] ?? ''
      expect(await stores[2].commitIssuance(buildFinalization(valid, { nonce }))).toEqual({
        status: 'nonce_spent',
      })
    })

    test('with a serial number that is taken leaves the order ready and the nonce unspent', async () => {
      const [store] = current()
      const orderId = await readyOrder()
      const other = buildIssuance({ claim: { kind: 'none' } })
      await store.commitIssuance(other)
      const nonce = buildNonce()
      const { certificate, ...unit } = buildFinalization(orderId, { nonce })
      const { serialNumber } = other.certificate
      expect(
        await store.commitIssuance({ ...unit, certificate: { ...certificate, serialNumber } }),
      ).toEqual({ status: 'serial_taken' })
      expect(await statusOf(store, orderId)).toBe('ready')
      expect(await store.acme.spendNonce(nonce)).toBe(true)
    })

    test.each([
      ['pending', async (accountId: string) => createOrder(current()[0], accountId), at(60)],
      [
        'ready, and has expired',
        async (accountId: string) => createReadyOrder(current()[0], accountId),
        at(86_400),
      ],
      ['not there', undefined, now],
    ])(
      'of an order that is %s is lost, and its neighbours are committed',
      async (_, make, when) => {
        const [store] = current()
        const { id } = await createAccount(store)
        const orderId = make === undefined ? drawId() : (await make(id)).order.id
        const before = await statusOf(store, orderId)
        const outcomes = await Promise.all([
          store.commitIssuance(buildIssuance({ claim: { kind: 'none' } })),
          store.commitIssuance(buildFinalization(orderId, { issuedAt: when })),
          store.commitIssuance(buildFinalization(await readyOrder())),
        ])
        expect(outcomes.map(({ status }) => status)).toEqual([
          'committed',
          'order_lost',
          'committed',
        ])
        expect(await statusOf(store, orderId)).toBe(before)
      },
    )

    test(`beside the end of an authorization leaves a certificate or an invalid order, ${rounds} times`, async () => {
      const stores = current()
      const { id: accountId } = await createAccount(stores[0])
      for (let round = 0; round < rounds; round++) {
        const { order, authorizations } = await createReadyOrder(stores[0], accountId)
        const unit = buildFinalization(order.id)
        const [{ status }] = await Promise.all([
          stores[1].commitIssuance(unit),
          stores[2].acme.deactivateAuthorization({
            id: authorizations[0]?.id ?? '',
            orderId: order.id,
          }),
        ])
        const certificate = await stores[0].findCertificate(unit.certificate.serialNumber)
        expect([status, await statusOf(stores[0], order.id), certificate !== undefined]).toEqual(
          status === 'committed' ? ['committed', 'valid', true] : ['order_lost', 'invalid', false],
        )
      }
    })
  })
}

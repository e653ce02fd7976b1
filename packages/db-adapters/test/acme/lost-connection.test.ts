import { type AcmeStore, type IssuanceOutcome, type Store, StoreError } from '@mayfly/db-adapters'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  begin,
  buildAccount,
  buildFinalization,
  buildNonce,
  buildOrder,
  challengesOf,
  createAccount,
  createOrder,
  createReadyOrder,
  now,
  problem,
  statusOf,
} from '../../src/contract/acme-units.ts'
import { type CuttingProxy, startCuttingProxy } from '../support/cutting-proxy.ts'
import { mysqlServer } from '../support/mysql-server.ts'
import { postgresServer } from '../support/postgres-server.ts'
import { describeServer } from '../support/test-server.ts'

/** The long form is run by hand. */
const rounds = process.env.MAYFLY_TEST_LONG === undefined ? 60 : 2000

/** More answers than any change needs. */
const mostAnswers = 9

/** A change, ready to be made: what it is told, and whether it stands, where that is not said by what it is told. */
interface Prepared {
  make(acme: AcmeStore): Promise<string>
  readonly told: string
}

/** What is made on a connection that does not fail, so that a change can be made on one that does. */
const changes: Readonly<Record<string, (direct: Store) => Promise<Prepared>>> = {
  createAccount: async () => {
    const unit = { account: buildAccount(), nonce: buildNonce() }
    return { make: async (acme) => (await acme.createAccount(unit)).status, told: 'created' }
  },
  updateAccount: async (direct) => {
    const { id } = await createAccount(direct)
    const change = { id, contacts: ['mailto:new@example.org'], nonce: buildNonce() }
    return { make: async (acme) => (await acme.updateAccount(change)).status, told: 'updated' }
  },
  deactivateAccount: async (direct) => {
    const { id } = await createAccount(direct)
    const change = { id, at: now, nonce: buildNonce() }
    return {
      make: async (acme) => (await acme.deactivateAccount(change)).status,
      told: 'deactivated',
    }
  },
  changeAccountKey: async (direct) => {
    const { id, thumbprint: from } = await createAccount(direct)
    const change = { id, from, to: buildAccount(), nonce: buildNonce() }
    return { make: async (acme) => (await acme.changeAccountKey(change)).status, told: 'changed' }
  },
  createOrder: async (direct) => {
    const { id } = await createAccount(direct)
    const unit = buildOrder(id, { fields: { replaces: buildAccount().id } })
    return { make: async (acme) => (await acme.createOrder(unit)).status, told: 'created' }
  },
  deactivateAuthorization: async (direct) => {
    const { id } = await createAccount(direct)
    const { order, authorizations } = await createOrder(direct, id)
    const change = {
      id: authorizations[0]?.id ?? '',
      orderId: order.id,
      nonce: buildNonce(),
    }
    return {
      make: async (acme) => (await acme.deactivateAuthorization(change)).status,
      told: 'deactivated',
    }
  },
  beginChallenge: async (direct) => {
    const challenge = await createChallenge(direct)
    const change = { ...challenge, at: now, deadlineMilliseconds: 1000, nonce: buildNonce() }
    return { make: async (acme) => (await acme.beginChallenge(change)).status, told: 'started' }
  },
  completeChallenge: async (direct) => {
    const challenge = await createChallenge(direct)
    const attempt = await begin(direct, challenge)
    const change = { ...challenge, attempt, validatedAt: now }
    return { make: (acme) => acme.completeChallenge(change), told: 'recorded' }
  },
  failChallenge: async (direct) => {
    const challenge = await createChallenge(direct)
    const attempt = await begin(direct, challenge)
    return {
      make: (acme) => acme.failChallenge({ ...challenge, attempt, problem }),
      told: 'recorded',
    }
  },
}

async function createChallenge(store: Store) {
  const { id } = await createAccount(store)
  const [challenge] = challengesOf(await createOrder(store, id))
  if (challenge === undefined) throw new Error('there is no challenge')
  return challenge
}

for (const server of [postgresServer, mysqlServer]) {
  await describeServer(server, (database) => {
    describe(`${server.kind}: a connection lost`, () => {
      let proxy: CuttingProxy
      let direct: Store
      let store: Store

      beforeAll(async () => {
        proxy = await startCuttingProxy(server.options)
        direct = await database.open()
        const { port } = proxy
        store = await database.open({ host: '127.0.0.1', port, maximumConnections: 4 })
      })
      afterAll(async () => {
        await Promise.all([store?.close(), direct?.close()])
        await proxy[Symbol.asyncDispose]()
      })

      test.each(Object.entries(changes))(
        'at any moment of %s makes it once',
        async (_, prepare) => {
          for (let after = 0; after < mostAnswers; after++) {
            const { make, told } = await prepare(direct)
            await store.ping()
            proxy.cutNextAnswer({ after })
            expect(await make(store.acme)).toBe(told)
            proxy.restore()
          }
        },
      )

      test('over the spending of nonces spends each once, or says that it is not known', async () => {
        for (let round = 0; round < 10; round++) {
          const nonces = Array.from({ length: 5 }, buildNonce)
          await store.ping()
          if (round % 2) proxy.cutNextAnswer()
          else proxy.cutNextQuestion()
          const told = await Promise.all(
            nonces.map((nonce) => store.acme.spendNonce(nonce).catch(codeOf)),
          )
          proxy.restore()
          const unspent = await Promise.all(nonces.map((nonce) => direct.acme.spendNonce(nonce)))
          for (const [index, answer] of told.entries()) {
            if (answer !== 'commit_uncertain')
              expect([answer, unspent[index]]).toEqual([true, false])
          }
        }
      })

      test('over a finalization leaves the order valid, and told so', async () => {
        const { id } = await createAccount(direct)
        const { order } = await createReadyOrder(direct, id)
        await store.ping()
        proxy.cutNextAnswer()
        expect(await store.commitIssuance(buildFinalization(order.id))).toEqual({
          status: 'committed',
        })
        expect(await statusOf(direct, order.id)).toBe('valid')
      })

      test('in a race for an order tells the loser so, and leaves its nonce', async () => {
        const { id } = await createAccount(direct)
        const { order } = await createReadyOrder(direct, id)
        await direct.commitIssuance(buildFinalization(order.id))
        await store.ping()
        const nonce = buildNonce()
        proxy.cutNextAnswer()
        expect(await store.commitIssuance(buildFinalization(order.id, { nonce }))).toEqual({
          status: 'order_lost',
        })
        expect(await direct.acme.spendNonce(nonce)).toBe(true)
      })

      test(`now and then, by ${rounds} races for an order, gives one certificate an order`, async () => {
        const { id } = await createAccount(direct)
        for (let round = 0; round < rounds; round++) {
          const { order } = await createReadyOrder(direct, id)
          const units = Array.from({ length: 6 }, () => buildFinalization(order.id))
          if (round % 3 === 0) proxy.cutNextAnswer({ after: round % 4 })
          if (round % 3 === 1) proxy.cutNextQuestion()
          const told = await Promise.all(
            units.map((unit, index) =>
              (index % 2 ? store : direct).commitIssuance(unit).catch(uncertain),
            ),
          )
          proxy.restore()
          const stands = await Promise.all(
            units.map(async ({ certificate }) => {
              return (await direct.findCertificate(certificate.serialNumber)) !== undefined
            }),
          )
          expect(stands.filter((each) => each)).toHaveLength(1)
          for (const [index, { status }] of told.entries()) {
            if (status !== 'uncertain') expect(stands[index]).toBe(status === 'committed')
          }
        }
      })
    })
  })
}

function codeOf(error: unknown): string {
  return error instanceof StoreError ? error.code : String(error)
}

function uncertain(error: unknown): IssuanceOutcome | { readonly status: 'uncertain' } {
  if (codeOf(error) === 'commit_uncertain') return { status: 'uncertain' }
  throw error
}

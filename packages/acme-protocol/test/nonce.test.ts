import { randomBytes } from 'node:crypto'
import { createNonces, type Nonces } from '@mayfly/acme-protocol'
import type { AcmeNonceKey } from '@mayfly/db-adapters'
import fc from 'fast-check'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { startTestAcme } from './support/test-acme.ts'
import { openTestStore, type TestStore } from './support/test-store.ts'

const isLong = process.env.MAYFLY_TEST_LONG !== undefined
const hour = 3_600_000
const opened: TestStore[] = []
let store: TestStore
let clock: Date

beforeEach(async () => {
  store = await openTestStore()
  opened.push(store)
  clock = new Date('2030-01-01T00:00:00Z')
})

afterAll(() => Promise.all(opened.map((each) => each[Symbol.asyncDispose]())))

const createInstance = (): Nonces =>
  createNonces({ store: store.store.acme, now: () => clock, random: randomBytes })
const later = (milliseconds: number) => {
  clock = new Date(clock.getTime() + milliseconds)
}

describe('a nonce', () => {
  test('is good for an hour on every instance', async () => {
    const [one, other] = [createInstance(), createInstance()]
    const nonce = await one.create()
    later(hour)
    const claim = await other.verify(nonce)
    expect(claim.id).toHaveLength(16)
    expect(claim.expiresAt).toEqual(clock)
    later(1)
    await expect(other.verify(nonce)).rejects.toMatchObject({ code: 'badNonce' })
  })

  test('differs from all others', async () => {
    const nonces = createInstance()
    const made = await Promise.all(Array.from({ length: 1000 }, () => nonces.create()))
    expect(new Set(made).size).toBe(1000)
  })

  test('cannot be changed in any bit', async () => {
    const nonces = createInstance()
    const nonce = Buffer.from(await nonces.create(), 'base64url')
    await fc.assert(
      fc.asyncProperty(fc.nat(nonce.length * 8 - 1), async (bit) => {
        const octets = Buffer.from(nonce)
        octets[bit >> 3] = (octets[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        const changed = octets.toString('base64url')
        await expect(nonces.verify(changed)).rejects.toMatchObject({ code: 'badNonce' })
      }),
    )
  })

  test('of a key that is not kept is refused', async () => {
    const foreign = await openTestStore()
    opened.push(foreign)
    const elsewhere = createNonces({
      store: foreign.store.acme,
      now: () => clock,
      random: randomBytes,
    })
    const nonces = createInstance()
    await nonces.create()
    await expect(nonces.verify(await elsewhere.create())).rejects.toMatchObject({
      code: 'badNonce',
    })
  })

  test('of an instance whose clock is ahead is good, of one from the future is not', async () => {
    const nonces = createInstance()
    later(59_000)
    const ahead = await nonces.create()
    later(hour)
    const future = await nonces.create()
    later(-hour - 59_000)
    await expect(nonces.verify(ahead)).resolves.toBeDefined()
    await expect(nonces.verify(future)).rejects.toMatchObject({ code: 'badNonce' })
  })
})

describe('the keys', () => {
  const keys = (): Promise<readonly AcmeNonceKey[]> => store.store.acme.findNonceKeys()

  test('are made once, however many instances begin at once', async () => {
    const instances = Array.from({ length: 8 }, createInstance)
    const nonces = await Promise.all(instances.map((each) => each.create()))
    expect(await keys()).toHaveLength(1)
    for (const nonce of nonces) {
      for (const instance of instances) await instance.verify(nonce)
    }
  })

  test('change once a day; nonces of the one before stay good for their hour', async () => {
    const [one, other] = [createInstance(), createInstance()]
    await one.create()
    later(24 * hour - 1)
    const last = await one.create()
    expect(await keys()).toHaveLength(1)
    later(1)
    const first = await other.create()
    expect((await keys()).map(({ number }) => number)).toEqual([2, 1])
    await one.verify(first)
    later(hour - 1)
    await other.verify(last)
    await createInstance().verify(last)
  })

  test('are not asked for again and again by nonces of nobody', async () => {
    let searches = 0
    const { acme } = store.store
    const nonces = createNonces({
      store: {
        commitNonceKey: (key) => acme.commitNonceKey(key),
        findNonceKeys: () => {
          searches += 1
          return acme.findNonceKeys()
        },
      },
      now: () => clock,
      random: randomBytes,
    })
    await nonces.create()
    const before = searches
    for (let count = 0; count < 50; count += 1) {
      await nonces.verify(randomBytes(32).toString('base64url')).catch(() => undefined)
    }
    expect(searches).toBeLessThanOrEqual(before + 1)
  })
})

test('newNonce is answered with 200 to HEAD and 204 to GET, and writes nothing', async () => {
  await using acme = await startTestAcme()
  const client = await acme.register()
  const url = `${client.base}/new-nonce`
  const rows = async () => (await acme.store.statistics.readStatistics()).tables
  const before = await rows()
  for (let count = 0; count < (isLong ? 100_000 : 200); count += 1) await client.get(url, 'HEAD')
  expect(await client.get(url)).toMatchObject({
    status: 204,
    text: '',
    headers: { 'cache-control': 'no-store', 'replay-nonce': expect.any(String) },
  })
  expect((await client.get(url, 'HEAD')).status).toBe(200)
  expect(await rows()).toEqual(before)
})

test('a nonce that many use at once is good for one of them', async () => {
  await using acme = await startTestAcme()
  const client = await acme.register()
  const instances = [acme.service, acme.serve()]
  const order = await client.order('web.internal')
  const requests = [
    { url: `${client.base}/new-order`, payload: { identifiers: order.json.identifiers } },
    { url: client.account, payload: { contact: ['mailto:a@example.com'] } },
    { url: order.location, payload: undefined },
  ]
  for (const { url, payload } of requests) {
    for (let round = 0; round < (isLong ? 170 : 5); round += 1) {
      const header = { nonce: await client.nonce() }
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, index) => {
          Object.assign(client, { service: instances[index % 2] })
          return client.post(url, payload, { header })
        }),
      )
      const refused = answers.filter(({ status }) => status >= 400)
      expect(refused).toHaveLength(7)
      expect(refused.every(({ json }) => /badNonce$/.test(json.type))).toBe(true)
    }
  }
})

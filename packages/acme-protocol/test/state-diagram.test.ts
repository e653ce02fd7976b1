import type { ValidationOutcome } from '@mayfly/acme-protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { startTestAcme, type TestAcme } from './support/test-acme.ts'
import { createCsr } from './support/test-authority.ts'
import { TestClient } from './support/test-client.ts'

const isLong = process.env.MAYFLY_TEST_LONG !== undefined

/** What a client or the time may do; numbers choose among what there is. */
type Operation =
  | { readonly kind: 'order'; readonly names: number }
  | { readonly kind: 'challenge' | 'deactivate'; readonly order: number; readonly part: number }
  | { readonly kind: 'finalize' | 'read'; readonly order: number }
  | { readonly kind: 'pass'; readonly seconds: number }

/** RFC 8555 §7.1.6: what may be seen after what, several steps at once included. */
const orderSteps: Readonly<Record<string, readonly string[]>> = {
  pending: ['ready', 'valid', 'invalid'],
  ready: ['valid', 'invalid'],
  valid: [],
  invalid: [],
}
const authorizationSteps: Readonly<Record<string, readonly string[]>> = {
  pending: ['valid', 'invalid', 'deactivated', 'expired'],
  valid: ['deactivated', 'expired', 'revoked'],
  invalid: [],
  deactivated: [],
  expired: [],
}
const challengeSteps: Readonly<Record<string, readonly string[]>> = {
  pending: ['processing', 'valid', 'invalid'],
  processing: ['valid', 'invalid'],
  valid: [],
  invalid: [],
}

const nat = fc.nat(7)
const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('order' as const),
      names: fc.integer({ min: 1, max: 2 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'challenge' as const,
        'challenge' as const,
        'challenge' as const,
        'deactivate' as const,
      ),
      order: nat,
      part: nat,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('finalize' as const, 'read' as const),
      order: nat,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('pass' as const),
      seconds: fc.constantFrom(1, 31, 43_200),
    }),
  },
)
const outcome: fc.Arbitrary<ValidationOutcome> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ status: 'valid' as const }) },
  {
    weight: 1,
    arbitrary: fc.boolean().map((isRetryable) => ({
      status: 'invalid' as const,
      problem: { type: 'urn:ietf:params:acme:error:connection', detail: 'no' },
      isRetryable,
    })),
  },
)

test('whatever clients do on two instances at once, no state is seen that may not follow', async () => {
  await using acme = await startTestAcme()
  const instances = [acme.service, acme.serve()]
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(operation, { minLength: 1, maxLength: 6 }), { minLength: 3, maxLength: 8 }),
      fc.infiniteStream(outcome),
      async (batches, outcomes) => {
        acme.validate = async () => outcomes.next().value ?? { status: 'valid' }
        const { key, account } = await acme.register()
        const clients = instances.map((service) =>
          Object.assign(new TestClient(service, { key }), { account }),
        )
        const run = createRun(acme, clients, await acme.store.countCertificates())
        await run.apply({ kind: 'order', names: 1 }, 0)
        for (const batch of batches) {
          const [waits, asks] = [batch.filter(isPass), batch.filter((each) => !isPass(each))]
          await Promise.all(asks.map((each, index) => run.apply(each, index)))
          await run.observe()
          // What was judged before the end of its time may be committed after it: nothing is under way when time passes.
          await Promise.all(instances.map((service) => service.settled()))
          for (const each of waits) await run.apply(each, 0)
          await run.observe()
        }
        await Promise.all(instances.map((service) => service.settled()))
        await run.observe()
        await run.conclude()
      },
    ),
    { numRuns: isLong ? 500 : 12 },
  )
  expect(acme.reported).toEqual([])
}, 1_800_000)

function isPass({ kind }: Operation): boolean {
  return kind === 'pass'
}

function createRun(acme: TestAcme, clients: readonly TestClient[], certificatesBefore: number) {
  const orders: string[] = []
  const seen = new Map<string, string>()
  const [client = new TestClient(acme.service)] = clients
  const orderAt = (index: number) => orders[index % orders.length] ?? ''
  const authorizationAt = async (by: TestClient, order: number, part: number) => {
    const { authorizations } = (await by.post(orderAt(order))).json
    return authorizations[part % authorizations.length]
  }

  /** Does it; only refusals that name a client's fault may come of it. */
  async function apply(each: Operation, index: number): Promise<void> {
    const by = clients[index % clients.length] ?? client
    const answer = await perform(each, by)
    if (answer === undefined) return
    expect(answer.status, answer.text).toBeLessThan(500)
    if (each.kind === 'order') orders.push(answer.location)
  }

  async function perform(each: Operation, by: TestClient) {
    switch (each.kind) {
      case 'order':
        return by.order(...['web.internal', 'api.internal'].slice(0, each.names))
      case 'challenge': {
        const { json } = await by.post(await authorizationAt(by, each.order, each.part))
        return by.post(json.challenges[each.part % json.challenges.length].url, {})
      }
      case 'deactivate':
        return by.post(await authorizationAt(by, each.order, each.part), { status: 'deactivated' })
      case 'finalize': {
        const { json } = await by.post(orderAt(each.order))
        return by.post(json.finalize, { csr: await createCsr({ names: json.identifiers }) })
      }
      case 'read':
        return by.post(orderAt(each.order))
      case 'pass':
        acme.clock.now = new Date(acme.clock.now.getTime() + each.seconds * 1000)
        return undefined
    }
  }

  function see(url: string, status: string, steps: Readonly<Record<string, readonly string[]>>) {
    const before = seen.get(url) ?? 'pending'
    if (before !== status) expect(steps[before], `${url} was ${before}`).toContain(status)
    seen.set(url, status)
  }

  /** Reads everything, the order before and behind its authorizations: what it says of them must be true. */
  async function observe(): Promise<void> {
    for (const url of orders) {
      const order = (await client.post(url)).json
      see(url, order.status, orderSteps)
      const statuses: string[] = []
      for (const authorizationUrl of order.authorizations) {
        const authorization = (await client.post(authorizationUrl)).json
        see(authorizationUrl, authorization.status, authorizationSteps)
        statuses.push(authorization.status)
        for (const { url: challengeUrl, status } of authorization.challenges)
          see(challengeUrl, status, challengeSteps)
      }
      const { json } = await client.post(url)
      see(url, json.status, orderSteps)
      if (order.status === 'ready') expect(statuses).toEqual(statuses.map(() => 'valid'))
      if (statuses.includes('invalid')) expect(json.status).toBe('invalid')
      expect('certificate' in json).toBe(json.status === 'valid')
    }
  }

  /** One order, one certificate. */
  async function conclude(): Promise<void> {
    for (const url of orders) {
      const { json } = await client.post(url)
      if (json.status !== 'valid') continue
      expect((await client.post(json.certificate)).status).toBe(200)
    }
    const issued = acme.authority.orders.filter(({ accountId }) =>
      client.account.endsWith(accountId),
    )
    const finalized = new Set(issued.map(({ claim }) => claim.orderId))
    const valid = orders.filter((url) => seen.get(url) === 'valid')
    for (const url of valid) expect(finalized).toContain(url.split('/').at(-1))
    expect(await acme.store.countCertificates()).toBe(certificatesBefore + valid.length)
  }
  return { apply, observe, conclude }
}

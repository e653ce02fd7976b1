import { createRateLimits, type RateLimitSettings } from '@mayfly/acme-protocol'
import { expect, test } from 'vitest'
import { startTestAcme, type TestAcme } from './support/test-acme.ts'
import { TestClient } from './support/test-client.ts'

async function registerWith(acme: TestAcme, settings: RateLimitSettings): Promise<TestClient> {
  return acme.register(acme.serve({ limits: createRateLimits(settings, acme.store.acme) }))
}

const type = 'urn:ietf:params:acme:error:rateLimited'
const pass = (acme: TestAcme, seconds: number) => {
  acme.clock.now = new Date(acme.clock.now.getTime() + seconds * 1000)
}

test('an account that has made as many orders as it may is told when it may again', async () => {
  await using acme = await startTestAcme()
  const client = await registerWith(acme, { ordersPerAccount: { count: 3, windowSeconds: 3600 } })
  for (let count = 0; count < 3; count += 1) {
    expect((await client.order('web.internal')).status).toBe(201)
    pass(acme, 60)
  }
  const refused = await client.order('web.internal')
  expect(refused).toMatchObject({
    status: 429,
    headers: { 'retry-after': '3420' },
    json: { type, status: 429, detail: expect.stringMatching(/3 orders in 3600 s.*3420 s/) },
  })
  const other = new TestClient(client.service)
  await other.register()
  expect((await other.order('web.internal')).status).toBe(201)
  pass(acme, 3421)
  expect((await client.order('web.internal')).status).toBe(201)
})

test('a name is limited whoever asks for it, with a subproblem that names it', async () => {
  await using acme = await startTestAcme()
  const limits = { authorizationsPerName: { count: 2, windowSeconds: 100 } }
  const client = await registerWith(acme, limits)
  const other = await registerWith(acme, limits)
  await client.order('web.internal')
  await other.order('*.web.internal')
  expect(await client.order('api.internal', 'web.internal')).toMatchObject({
    status: 429,
    headers: { 'retry-after': '50' },
    json: { type, subproblems: [{ type, identifier: { type: 'dns', value: 'web.internal' } }] },
  })
  expect((await client.order('api.internal')).status).toBe(201)
})

test('an account that fails at a name is slowed down for that name alone', async () => {
  await using acme = await startTestAcme()
  const client = await registerWith(acme, { failuresPerName: { count: 2, windowSeconds: 3600 } })
  acme.validate = async ({ identifier }) =>
    identifier.value === 'bad.internal'
      ? { status: 'invalid', problem: { type: 'x', detail: 'no' }, isRetryable: false }
      : { status: 'valid' }
  for (let count = 0; count < 2; count += 1) await client.prove(await client.order('bad.internal'))
  expect((await client.order('bad.internal')).json).toMatchObject({
    type,
    detail: expect.stringMatching(/failed/),
  })
  for (let count = 0; count < 3; count += 1) {
    expect((await client.prove(await client.order('web.internal'))).json.status).toBe('ready')
  }
  const other = new TestClient(client.service)
  await other.register()
  expect((await other.order('bad.internal')).status).toBe(201)
})

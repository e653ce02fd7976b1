import { AcmeError } from '@mayfly/acme-protocol'
import { parseCertificatePem } from '@mayfly/x509-profiles'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestAcme, type TestAcme } from './support/test-acme.ts'
import { type CsrNames, createCsr, generateKey } from './support/test-authority.ts'
import { type TestAnswer, TestClient } from './support/test-client.ts'

const isLong = process.env.MAYFLY_TEST_LONG !== undefined
let acme: TestAcme
let client: TestClient
let ready: TestAnswer

beforeAll(async () => {
  acme = await startTestAcme()
  client = await acme.register()
  ready = await client.prove(await client.order('web.internal', '192.0.2.7'))
})

afterAll(() => acme[Symbol.asyncDispose]())

const problem = (code: string) => `urn:ietf:params:acme:error:${code}`
const web = { type: 'dns', value: 'web.internal' } as const
const address = { type: 'ip', value: '192.0.2.7' } as const

describe('a request is refused', () => {
  const send = (csr: unknown) => client.post(ready.json.finalize, { csr })
  const other = { type: 'dns', value: 'other.internal' } as const

  test.each<CsrNames & { why: string; concerned: readonly object[] }>([
    { why: 'that lacks a name', names: [web], concerned: [address] },
    { why: 'with a name too much', names: [web, address, other], concerned: [other] },
    {
      why: 'with another common name',
      commonName: 'other.internal',
      names: [web, address],
      concerned: [other],
    },
    { why: 'without names', names: [], concerned: [web, address] },
    {
      why: 'with a wildcard in place',
      names: [{ type: 'dns', value: '*.web.internal' }, address],
      concerned: [web, { type: 'dns', value: '*.web.internal' }],
    },
    {
      why: 'with a URI',
      names: [web, address, { type: 'uri', value: 'spiffe://x/y' }],
      concerned: [],
    },
    {
      why: 'with a mailbox',
      names: [web, address, { type: 'email', value: 'a@b.c' }],
      concerned: [],
    },
  ])('$why', async ({ concerned, ...names }) => {
    const { status, json } = await send(await createCsr(names))
    expect(status).toBe(400)
    expect(json.type).toBe(problem('badCSR'))
    expect(
      (json.subproblems ?? []).map(({ identifier }: { identifier: object }) => identifier),
    ).toEqual(concerned)
  })

  test('with the key of the account, or of another', async () => {
    const stranger = await acme.register()
    for (const key of [client.key, stranger.key]) {
      const { json } = await send(await createCsr({ names: [web, address] }, key))
      expect(json).toMatchObject({
        type: problem('badCSR'),
        detail: expect.stringMatching(/account/),
      })
    }
  })

  test('whose signature does not hold, or that is none', async () => {
    const der = Buffer.from(await createCsr({ names: [web, address] }), 'base64url')
    der[der.length - 1] = (der.at(-1) ?? 0) ^ 1
    expect((await send(der.toString('base64url'))).json.type).toBe(problem('badCSR'))
    expect((await send('AAAA')).json.type).toBe(problem('badCSR'))
  })

  test.each([undefined, 7, 'AA==', 'a+b'])('that is not base64url: %j', async (csr) => {
    expect(await send(csr)).toMatchObject({ status: 400, json: { type: problem('malformed') } })
  })

  test('by the authority, in its own words; what it throws else is for the log', async () => {
    const csr = await createCsr({ names: [web, address] })
    acme.authority.before = () => Promise.reject(new AcmeError('rejectedIdentifier', 'not today'))
    expect((await send(csr)).json).toMatchObject({
      type: problem('rejectedIdentifier'),
      detail: 'not today',
    })
    acme.authority.before = () => Promise.reject(new Error('the key is away'))
    const { status, json } = await send(csr)
    expect(status).toBe(500)
    expect(json).toMatchObject({
      type: problem('serverInternal'),
      detail: expect.stringMatching(/request-1/),
    })
    expect(json.detail).not.toMatch(/key/)
    expect(acme.reported.splice(0)).toMatchObject([{ message: 'the key is away' }])
    expect((await client.post(ready.location)).json.status).toBe('ready')
  })
})

test('names may differ in case, and one may be the common name alone', async () => {
  const order = await client.prove(await client.order('web.internal', 'api.internal'))
  const names = [{ type: 'dns', value: 'API.internal' } as const]
  const csr = await createCsr({ commonName: 'Web.internal', names })
  expect((await client.post(order.json.finalize, { csr })).json.status).toBe('valid')
})

test('an order that is not ready is refused with why', async () => {
  const order = await client.order('web.internal')
  expect(await client.finalize(order)).toMatchObject({
    status: 403,
    json: { type: problem('orderNotReady'), detail: expect.stringMatching(/pending/) },
  })
  await client.post(order.json.authorizations[0], { status: 'deactivated' })
  expect(await client.finalize(order)).toMatchObject({
    status: 403,
    json: { type: problem('orderNotReady'), detail: expect.stringMatching(/invalid/) },
  })
})

test('an order that has run out of time is invalid, pending and ready alike', async () => {
  const { now } = acme.clock
  const orders = [
    await client.order('a.internal'),
    await client.prove(await client.order('b.internal')),
  ]
  acme.clock.now = new Date(now.getTime() + 86_400_000)
  for (const order of orders) {
    const { json } = await client.post(order.location)
    expect(json).toMatchObject({
      status: 'invalid',
      error: { detail: expect.stringMatching(/expired/) },
    })
    expect((await client.post(order.json.authorizations[0])).json.status).toBe('expired')
    expect((await client.finalize(order)).json.type).toBe(problem('orderNotReady'))
  }
  expect((await client.post(`${client.account}/orders`)).json.orders).not.toContain(
    orders[0]?.location,
  )
  acme.clock.now = now
})

test('many who finalize one order are told of one certificate', async () => {
  const second = acme.serve()
  for (let round = 0; round < (isLong ? 100 : 3); round += 1) {
    const order = await client.prove(await client.order('web.internal'))
    const callers = Array.from({ length: 10 }, (_, index) => {
      const caller = new TestClient(index % 2 === 0 ? acme.service : second, { key: client.key })
      return Object.assign(caller, { account: client.account })
    })
    const answers = await Promise.all(callers.map((caller) => caller.finalize(order)))
    expect(answers.map(({ status }) => status)).toEqual(callers.map(() => 200))
    expect(new Set(answers.map(({ json }) => json.certificate)).size).toBe(1)
    const { text } = await client.post(answers[0]?.json.certificate)
    expect(parseCertificatePem(text)).toHaveLength(2)
  }
})

test('an order that another has finalized meanwhile is answered with its certificate', async () => {
  const order = await client.prove(await client.order('web.internal'))
  let first: TestAnswer | undefined
  acme.authority.before = async () => {
    first = await client.finalize(order, generateKey())
  }
  const second = await client.finalize(order, generateKey())
  expect(second).toMatchObject({ status: 200, json: { certificate: first?.json.certificate } })
  expect(await client.finalize(order)).toMatchObject({
    status: 200,
    json: { certificate: first?.json.certificate },
  })
})

test.each([
  { how: 'lost', before: (order: TestAnswer) => client.finalize(order).then(() => undefined) },
  { how: 'refused', before: () => Promise.reject(new AcmeError('badCSR', 'not today')) },
])('the nonce of a finalization is spent also where it was $how', async ({ before }) => {
  const order = await client.prove(await client.order('web.internal'))
  const nonce = await client.nonce()
  const csr = await createCsr({ names: [web] })
  acme.authority.before = () => before(order)
  await client.post(order.json.finalize, { csr }, { header: { nonce } })
  const again = await client.post(order.location, undefined, { header: { nonce } })
  expect(again.json.type).toBe(problem('badNonce'))
})

test('an account that is ended while it orders has an order, or is told', async () => {
  for (let round = 0; round < 5; round += 1) {
    const leaving = await acme.register()
    const [order, end] = await Promise.all([
      leaving.order('web.internal'),
      leaving.post(leaving.account, { status: 'deactivated' }),
    ])
    expect(end?.status).toBe(200)
    expect([201, 401]).toContain(order.status)
    expect((await leaving.order('web.internal')).status).toBe(401)
  }
})

test('what was ordered is what the authority is asked for', async () => {
  const payload = {
    identifiers: [web],
    notBefore: '2030-01-01T01:00:00Z',
    notAfter: '2030-01-01T07:00:00Z',
    profile: 'short',
  }
  const order = await client.prove(await client.post(`${client.base}/new-order`, payload))
  await client.finalize(order)
  expect(acme.authority.orders.at(-1)).toMatchObject({
    identifiers: [web],
    notBefore: new Date(payload.notBefore),
    notAfter: new Date(payload.notAfter),
    profile: 'short',
    requestId: 'request-1',
  })
})

test('a chain that there is not is not found', async () => {
  const { json } = await client.obtain('web.internal')
  for (const alternate of ['2', '-1', '01', 'x', '100']) {
    expect((await client.post(`${json.certificate}/${alternate}`)).status).toBe(404)
  }
})

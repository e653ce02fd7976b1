import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { forgeries, type PostTarget } from './support/forgery.ts'
import { provisioner, startTestAcme, type TestAcme } from './support/test-acme.ts'
import { type Distortion, type TestAnswer, TestClient } from './support/test-client.ts'

let acme: TestAcme
let client: TestClient
let stranger: TestClient
let deactivated: TestClient
let foreigner: TestClient
let order: TestAnswer
let authorization: TestAnswer
let valid: TestAnswer

beforeAll(async () => {
  acme = await startTestAcme()
  const other = acme.serve({ provisioner: { ...provisioner, id: 'acme/other', name: 'other' } })
  client = await acme.register()
  stranger = await acme.register()
  deactivated = await acme.register()
  await deactivated.post(deactivated.account, { status: 'deactivated' })
  foreigner = new TestClient(other, { name: 'other' })
  await foreigner.register()
  valid = await client.obtain('web.internal')
  order = await client.order('web.internal')
  authorization = await client.post(order.json.authorizations[0])
}, 60_000)

afterAll(() => acme[Symbol.asyncDispose]())

const at = (path: string) => () => `${client.base}/${path}`
const targets: readonly PostTarget[] = [
  { name: 'newAccount', url: at('new-account'), signedBy: 'jwk', payload: {} },
  { name: 'account', url: () => client.account, signedBy: 'kid', payload: {}, isOwned: true },
  {
    name: 'orders',
    url: () => `${client.account}/orders`,
    signedBy: 'kid',
    isOwned: true,
    isReadOnly: true,
  },
  { name: 'keyChange', url: at('key-change'), signedBy: 'kid', payload: {} },
  {
    name: 'newOrder',
    url: at('new-order'),
    signedBy: 'kid',
    payload: { identifiers: [{ type: 'dns', value: 'web.internal' }] },
  },
  {
    name: 'order',
    url: () => order.location,
    signedBy: 'kid',
    isOwned: true,
    isReadOnly: true,
  },
  {
    name: 'finalize',
    url: () => order.json.finalize,
    signedBy: 'kid',
    payload: { csr: '' },
    isOwned: true,
  },
  {
    name: 'authorization',
    url: () => authorization.location,
    signedBy: 'kid',
    isOwned: true,
  },
  {
    name: 'challenge',
    url: () => authorization.json.challenges[0].url,
    signedBy: 'kid',
    payload: {},
    isOwned: true,
  },
  {
    name: 'certificate',
    url: () => valid.json.certificate,
    signedBy: 'kid',
    isOwned: true,
    isReadOnly: true,
  },
  { name: 'revokeCert', url: at('revoke-cert'), signedBy: 'either', payload: {} },
]

describe.each(targets)('$name', (target) => {
  const send = (distortion: Distortion) =>
    target.signedBy === 'jwk'
      ? client.postByKey(target.url(), target.payload, distortion)
      : client.post(target.url(), target.payload, distortion)

  test.each(forgeries.filter(({ isFor = () => true }) => isFor(target)))(
    'refuses $name as $type',
    async ({ type, status, detail, distort }) => {
      const distortion = await distort(target, { client, foreigner })
      const fresh = await client.nonce()
      const hasNonce = distortion.header !== undefined && 'nonce' in distortion.header
      const header = hasNonce ? distortion.header : { nonce: fresh, ...distortion.header }
      const answer = await send({ ...distortion, sentTo: target.url(), header })
      expect(answer.json).toMatchObject({ type: `urn:ietf:params:acme:error:${type}`, status })
      expect(answer.json.detail).toMatch(detail)
      expect(answer.status).toBe(status)
      expect(answer.headers['content-type']).toBe('application/problem+json')
      if (type === 'badSignatureAlgorithm') expect(answer.json.algorithms).toContain('ES256')
      // Nothing was written, so the nonce is still good.
      const next = await client.post(order.location, undefined, { header: { nonce: fresh } })
      expect(next.status).toBe(200)
    },
  )

  test('refuses a nonce that was used before, and tells a new one', async () => {
    const nonce = await client.nonce()
    await client.post(order.location, undefined, { header: { nonce } })
    const answer = await send({ header: { nonce } })
    expect(answer).toMatchObject({
      status: 400,
      json: { type: expect.stringMatching(/badNonce$/) },
    })
    expect(answer.headers['replay-nonce']).toMatch(/^[A-Za-z0-9_-]{43}$/)
  })

  test('refuses a nonce that is more than an hour old', async () => {
    const nonce = await client.nonce()
    const { now } = acme.clock
    acme.clock.now = new Date(now.getTime() + 3_600_001)
    const answer = await send({ header: { nonce } })
    acme.clock.now = now
    expect(answer.json).toMatchObject({
      type: expect.stringMatching(/badNonce$/),
      detail: expect.stringMatching(/hour/),
    })
  })

  test('refuses a deactivated account', async () => {
    const { account, key } = deactivated
    const answer =
      target.signedBy === 'jwk'
        ? await client.postByKey(target.url(), target.payload, { key })
        : await client.post(target.url(), target.payload, { key, header: { kid: account } })
    expect(answer).toMatchObject({
      status: 401,
      json: {
        type: expect.stringMatching(/unauthorized$/),
        detail: expect.stringMatching(/deactivated/),
      },
    })
  })

  test('answers with a nonce, the directory and no-store', async () => {
    const { headers } = await send({ contentType: 'text/plain' })
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'replay-nonce': expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
      link: [`<${client.base}/directory>;rel="index"`],
    })
  })
})

describe.each(targets.filter(({ isOwned }) => isOwned === true))('$name', (target) => {
  test('refuses another account', async () => {
    const answer = await stranger.post(target.url(), target.payload)
    expect(answer).toMatchObject({
      status: 403,
      json: { type: expect.stringMatching(/unauthorized$/) },
    })
  })
})

describe.each(targets.filter(({ isReadOnly }) => isReadOnly === true))('$name', (target) => {
  test('refuses a payload', async () => {
    const answer = await client.post(target.url(), {})
    expect(answer).toMatchObject({
      status: 400,
      json: {
        type: expect.stringMatching(/malformed$/),
        detail: expect.stringMatching(/POST-as-GET/),
      },
    })
  })
})

describe.each(targets.filter(({ isReadOnly }) => isReadOnly !== true))('$name', (target) => {
  test('refuses a payload that is no JSON object', async () => {
    for (const payload of ['[]', '{', '{"a":1,"a":2}', 'null']) {
      const answer = await (target.signedBy === 'jwk'
        ? client.postByKey(target.url(), payload)
        : client.post(target.url(), payload))
      expect(answer).toMatchObject({
        status: 400,
        json: { type: expect.stringMatching(/malformed$/) },
      })
    }
  })
})

test.each([
  'account/no',
  'account/no/orders',
  'order/no',
  'order/no/finalize',
  'authz/no',
  'challenge/no/no',
  'certificate/no',
  'certificate/no/7',
  'new-authz',
  'order',
  '',
])('knows no %s', async (path) => {
  const payload = path.includes('finalize') || path.includes('challenge') ? {} : undefined
  const answer = await client.post(`${client.base}/${path}`, payload)
  const isOwnAccount = path.startsWith('account/')
  expect(answer.status).toBe(isOwnAccount ? 403 : 404)
  expect(answer.json.type).toMatch(isOwnAccount ? /unauthorized$/ : /malformed$/)
})

test('does not know the objects of another provisioner', async () => {
  const service = acme.serve({ provisioner: { ...provisioner, id: 'acme/other', name: 'other' } })
  const other = new TestClient(service, { name: 'other' })
  await other.register()
  const urls = [order.location, authorization.location, valid.json.certificate]
  for (const url of urls) {
    const answer = await other.post(url.replace('/acme/acme/', '/acme/other/'))
    expect(answer).toMatchObject({
      status: 404,
      json: { type: expect.stringMatching(/malformed$/) },
    })
  }
})

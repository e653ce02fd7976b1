import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestAcme, type TestAcme } from './support/test-acme.ts'
import { generateKey } from './support/test-authority.ts'
import { publicJwk, signFlattened, TestClient } from './support/test-client.ts'

let acme: TestAcme

beforeAll(async () => {
  acme = await startTestAcme()
})

afterAll(() => acme[Symbol.asyncDispose]())

const problem = (code: string) => `urn:ietf:params:acme:error:${code}`

describe('newAccount', () => {
  test('makes an account and tells where it is', async () => {
    const client = new TestClient(acme.service)
    const contact = ['mailto:admin@example.org']
    const answer = await client.register({ termsOfServiceAgreed: true, contact })
    expect(answer).toMatchObject({
      status: 201,
      location: expect.stringMatching(
        /^https:\/\/ca\.internal:9000\/acme\/acme\/account\/[\w-]{32}$/,
      ),
      json: { status: 'valid', contact, termsOfServiceAgreed: true },
    })
    expect(answer.json.orders).toBe(`${answer.location}/orders`)
    const again = await client.postByKey(`${client.base}/new-account`, {
      contact: ['mailto:b@b.b'],
    })
    expect(again).toMatchObject({ status: 200, location: answer.location, json: { contact } })
  })

  test('at /2.0/ makes the same account', async () => {
    const client = await acme.register()
    const url = `${client.base.replace('/acme/acme', '/2.0/acme/acme')}/new-account`
    const answer = await client.postByKey(url, {})
    expect(answer).toMatchObject({ status: 200, location: client.account })
  })

  test('finds only what is there with onlyReturnExisting', async () => {
    const client = new TestClient(acme.service)
    const find = () => client.postByKey(`${client.base}/new-account`, { onlyReturnExisting: true })
    expect(await find()).toMatchObject({
      status: 400,
      json: { type: problem('accountDoesNotExist') },
    })
    const { location } = await client.register()
    expect(await find()).toMatchObject({ status: 200, location })
  })

  test('asked by many with one key at once makes one account', async () => {
    const client = new TestClient(acme.service)
    const url = `${client.base}/new-account`
    const answers = await Promise.all(Array.from({ length: 20 }, () => client.postByKey(url, {})))
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(answers.every(({ status }) => status === 200 || status === 201)).toBe(true)
    expect(new Set(answers.map(({ location }) => location)).size).toBe(1)
  })

  test.each([
    { contact: ['tel:+12025551212'], type: 'unsupportedContact' },
    { contact: ['https://example.com'], type: 'unsupportedContact' },
    { contact: ['admin@example.org'], type: 'invalidContact' },
    { contact: ['mailto:a@example.org,b@example.org'], type: 'invalidContact' },
    { contact: ['mailto:a@example.org?subject=x'], type: 'invalidContact' },
    { contact: ['mailto:'], type: 'invalidContact' },
    { contact: ['mailto:a b@example.org'], type: 'invalidContact' },
    { contact: [''], type: 'invalidContact' },
    { contact: 'mailto:a@example.org', type: 'malformed' },
    { contact: [7], type: 'malformed' },
    { contact: Array(11).fill('mailto:a@example.org'), type: 'malformed' },
  ])('refuses the contacts $contact as $type', async ({ contact, type }) => {
    const client = new TestClient(acme.service)
    expect(await client.register({ contact })).toMatchObject({
      status: 400,
      json: { type: problem(type) },
    })
  })
})

describe('an account', () => {
  test('is shown to a read and to an empty object, also by another name of the authority', async () => {
    const client = await acme.register()
    for (const payload of [undefined, {}]) {
      expect(await client.post(client.account, payload)).toMatchObject({
        status: 200,
        json: { status: 'valid' },
      })
    }
    const kid = client.account.replace('ca.internal:9000', 'acme.example')
    expect((await client.post(client.account, undefined, { header: { kid } })).status).toBe(200)
  })

  test('gets other contacts, and none', async () => {
    const client = await acme.register()
    const contact = ['mailto:a@example.org', 'mailto:b@example.org']
    expect((await client.post(client.account, { contact })).json).toMatchObject({ contact })
    expect((await client.post(client.account)).json).toMatchObject({ contact })
    expect((await client.post(client.account, { contact: ['tel:1'] })).json.type).toBe(
      problem('unsupportedContact'),
    )
    expect((await client.post(client.account, { contact: [] })).json).not.toHaveProperty('contact')
  })

  test('updated by many at once fails none of them', async () => {
    const client = await acme.register()
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        client.post(client.account, { contact: [`mailto:a${index}@example.org`] }),
      ),
    )
    expect(answers.every(({ status }) => status === 200)).toBe(true)
  })

  test('that is deactivated can do nothing more, and its key none other', async () => {
    const client = await acme.register()
    expect(await client.post(client.account, { status: 'deactivated' })).toMatchObject({
      status: 200,
      json: { status: 'deactivated' },
    })
    const refusals = [await client.post(client.account), await client.register()]
    for (const refusal of refusals) {
      expect(refusal).toMatchObject({ status: 401, json: { type: problem('unauthorized') } })
    }
  })

  test.each([
    { status: 'revoked' },
    { status: 'valid', orders: 'x', termsOfServiceAgreed: true, onlyReturnExisting: true, more: 7 },
  ])('is not changed by %j, which is not looked at', async (payload) => {
    const client = await acme.register()
    const { json } = await client.post(client.account)
    expect(await client.post(client.account, payload)).toMatchObject({ status: 200, json })
    expect((await client.post(client.account)).json).toEqual(json)
  })

  test.each([{ status: 'deactivated', contact: [] }, { status: 7 }, { contact: {} }])(
    'refuses %j',
    async (payload) => {
      const client = await acme.register()
      expect(await client.post(client.account, payload)).toMatchObject({
        status: 400,
        json: { type: problem('malformed') },
      })
    },
  )
})

describe('keyChange', () => {
  const change = async (client: TestClient, wish: Wish = {}) => {
    const url = `${client.base}/key-change`
    const newKey = wish.newKey ?? generateKey()
    const header = { alg: 'ES256', jwk: publicJwk(newKey), url, ...wish.header }
    const payload = { account: client.account, oldKey: publicJwk(client.key), ...wish.payload }
    const inner = signFlattened(header, payload, wish.signer ?? newKey)
    const answer = await client.post(url, wish.inner ?? inner)
    return { answer, newKey }
  }

  interface Wish {
    readonly newKey?: ReturnType<typeof generateKey>
    readonly signer?: ReturnType<typeof generateKey>
    readonly header?: object
    readonly payload?: object
    readonly inner?: unknown
  }

  test('gives the account another key; the former is none any more', async () => {
    const client = await acme.register()
    const { answer, newKey } = await change(client)
    expect(answer.status).toBe(200)
    const old = await client.post(client.account)
    expect(old.json).toMatchObject({
      type: problem('malformed'),
      detail: expect.stringMatching(/signature/),
    })
    client.key = newKey
    expect((await client.post(client.account)).json.status).toBe('valid')
    expect(await client.register()).toMatchObject({ status: 200 })
  })

  test('refuses a key that has an account, and tells which', async () => {
    const [client, other] = [await acme.register(), await acme.register()]
    const { answer } = await change(client, { newKey: other.key })
    expect(answer).toMatchObject({ status: 409, location: other.account })
    const own = await change(client, { newKey: client.key })
    expect(own.answer.status).toBe(409)
  })

  test('by many at once to different keys gives one of them', async () => {
    const client = await acme.register()
    const changes = await Promise.all(Array.from({ length: 8 }, () => change(client)))
    const done = changes.filter(({ answer }) => answer.status === 200)
    expect(done).toHaveLength(1)
    const refused = changes.filter(({ answer }) => answer.status !== 200)
    expect(refused.every(({ answer }) => answer.status < 500)).toBe(true)
  })

  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey
  test.each([
    { why: 'is no JWS', wish: { inner: { a: 1 } }, type: 'malformed' },
    { why: 'has no jwk', wish: { header: { jwk: undefined } }, type: 'malformed' },
    { why: 'has a kid', wish: { header: { kid: 'x' } }, type: 'malformed' },
    { why: 'has a nonce', wish: { header: { nonce: 'AAAA' } }, type: 'malformed' },
    { why: 'is by another key', wish: { signer: generateKey() }, type: 'malformed' },
    {
      why: 'has a MAC for an algorithm',
      wish: { header: { alg: 'HS256' } },
      type: 'badSignatureAlgorithm',
    },
    {
      why: 'is for a weak key',
      wish: { newKey: weak, header: { alg: 'RS256' } },
      type: 'badPublicKey',
    },
    {
      why: 'has another url',
      wish: { header: { url: 'https://ca.internal/x' } },
      type: 'malformed',
    },
    { why: 'has no url', wish: { header: { url: undefined } }, type: 'malformed' },
    {
      why: 'is for another account',
      wish: { payload: { account: 'https://ca.internal/x' } },
      type: 'malformed',
    },
    { why: 'names no account', wish: { payload: { account: undefined } }, type: 'malformed' },
    {
      why: 'has another old key',
      wish: { payload: { oldKey: publicJwk(generateKey()) } },
      type: 'malformed',
    },
    { why: 'has no old key', wish: { payload: { oldKey: undefined } }, type: 'malformed' },
  ])('refuses an inner JWS that $why', async ({ wish, type }) => {
    const client = await acme.register()
    const { answer } = await change(client, wish)
    expect(answer).toMatchObject({ status: 400, json: { type: problem(type) } })
    expect((await client.post(client.account)).status).toBe(200)
  })
})

describe('the list of orders', () => {
  test('comes in parts, without those that are invalid', async () => {
    const client = await acme.register()
    const made: string[] = []
    for (let count = 0; count < 205; count += 1) {
      made.push((await client.order('web.internal')).location)
      acme.clock.now = new Date(acme.clock.now.getTime() + 1)
    }
    const [first = ''] = made
    const { json } = await client.post(first)
    await client.post(json.authorizations[0], { status: 'deactivated' })
    const listed: string[] = []
    let url: string | undefined = `${client.account}/orders`
    let parts = 0
    while (url !== undefined) {
      const page = await client.post(url)
      expect(page.status).toBe(200)
      listed.push(...page.json.orders)
      const links = page.headers.link ?? []
      url = [links].flat().flatMap((link) => /<(.+)>;rel="next"/.exec(link)?.[1] ?? [])[0]
      parts += 1
    }
    expect(parts).toBe(3)
    expect(listed).toEqual(made.slice(1))
  })

  test('is empty where nothing is open, and a new order is none the worse for it', async () => {
    const client = await acme.register()
    for (let count = 0; count < 2; count += 1) {
      expect((await client.post(`${client.account}/orders`)).json).toEqual({ orders: [] })
    }
    expect((await client.order('web.internal')).status).toBe(201)
  })

  test('refuses a cursor of nobody', async () => {
    const client = await acme.register()
    const answer = await client.post(`${client.account}/orders?cursor=x`)
    expect(answer).toMatchObject({ status: 400, json: { type: problem('malformed') } })
  })
})

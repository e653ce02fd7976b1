import { createSecretKey, randomBytes } from 'node:crypto'
import type { AcmeExternalAccountKeyRecord } from '@mayfly/db-adapters'
import type { JsonObject } from '@mayfly/jwt-tokens'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { provisioner, startTestAcme, type TestAcme } from './support/test-acme.ts'
import { generateKey } from './support/test-authority.ts'
import { publicJwk, signFlattened, TestClient } from './support/test-client.ts'

let acme: TestAcme
let count = 0

beforeAll(async () => {
  acme = await startTestAcme({ provisioner: { ...provisioner, requiresExternalAccount: true } })
})

afterAll(() => acme[Symbol.asyncDispose]())

/** What the operator has given to somebody. */
async function createKey(fields: Partial<AcmeExternalAccountKeyRecord> = {}) {
  count += 1
  const hmacKey = randomBytes(64)
  const key = {
    id: `key-${count}`,
    provisionerId: provisioner.id,
    hmacKey,
    createdAt: acme.clock.now,
  }
  expect(await acme.store.acme.createExternalAccountKey({ ...key, ...fields })).toBe('created')
  return { id: key.id, hmacKey: fields.hmacKey ?? hmacKey }
}

interface Wish {
  readonly header?: JsonObject
  readonly payload?: unknown
  readonly hmacKey?: Uint8Array
}

function bind(client: TestClient, key: { id: string; hmacKey: Uint8Array }, wish: Wish = {}) {
  const url = `${client.base}/new-account`
  const header = { alg: 'HS256', kid: key.id, url, ...wish.header }
  const secret = createSecretKey(wish.hmacKey ?? key.hmacKey)
  const externalAccountBinding = signFlattened(
    header,
    wish.payload ?? publicJwk(client.key),
    secret,
  )
  return { externalAccountBinding }
}

test('the directory says that a binding is needed, and one that lacks is told', async () => {
  const client = new TestClient(acme.service)
  const directory = await client.get(`${client.base}/directory`)
  expect(directory.json.meta.externalAccountRequired).toBe(true)
  expect((await client.register()).json.type).toMatch(/:externalAccountRequired$/)
})

test.each(['HS256', 'HS384', 'HS512'])(
  'an account is bound by %s, and the binding is told back',
  async (alg) => {
    const client = new TestClient(acme.service)
    const binding = bind(client, await createKey(), { header: { alg } })
    const answer = await client.register(binding)
    expect(answer).toMatchObject({ status: 201, json: binding })
  },
)

test('a key binds one account, and of many who bring it at once one', async () => {
  const key = await createKey()
  const clients = Array.from({ length: 8 }, () => new TestClient(acme.service))
  const answers = await Promise.all(clients.map((client) => client.register(bind(client, key))))
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
  const refused = answers.filter(({ status }) => status !== 201)
  expect(refused.every(({ json }) => /:unauthorized$/.test(json.type))).toBe(true)
  expect(refused[0]?.json.detail).toMatch(/as many accounts/)
  const late = new TestClient(acme.service)
  expect((await late.register(bind(late, key))).json.detail).toMatch(/as many accounts/)
})

describe('a binding is refused that', () => {
  const stranger = publicJwk(generateKey())
  test.each([
    { why: 'is by another key', wish: { hmacKey: randomBytes(64) }, type: 'unauthorized' },
    { why: 'names no key', wish: { header: { kid: undefined } }, type: 'malformed' },
    { why: 'names an unknown key', wish: { header: { kid: 'nobody' } }, type: 'unauthorized' },
    { why: 'is for another account key', wish: { payload: stranger }, type: 'malformed' },
    { why: 'has a nonce', wish: { header: { nonce: 'AAAA' } }, type: 'malformed' },
    {
      why: 'has another url',
      wish: { header: { url: 'https://ca.internal/x' } },
      type: 'malformed',
    },
    { why: 'has no url', wish: { header: { url: undefined } }, type: 'malformed' },
    { why: 'has a signature', wish: { header: { alg: 'ES256' } }, type: 'badSignatureAlgorithm' },
    { why: 'has no algorithm', wish: { header: { alg: 'none' } }, type: 'badSignatureAlgorithm' },
  ])('$why', async ({ wish, type }) => {
    const client = new TestClient(acme.service)
    const answer = await client.register(bind(client, await createKey(), wish))
    expect(answer.json.type).toBe(`urn:ietf:params:acme:error:${type}`)
  })

  test('is by a key that is too short for the algorithm', async () => {
    const client = new TestClient(acme.service)
    const key = await createKey({ hmacKey: randomBytes(32) })
    const answer = await client.register(bind(client, key, { header: { alg: 'HS384' } }))
    expect(answer.json.type).toMatch(/:badSignatureAlgorithm$/)
  })

  test('is by a key of another provisioner', async () => {
    const client = new TestClient(acme.service)
    const key = await createKey({ provisionerId: 'acme/other' })
    expect((await client.register(bind(client, key))).json.type).toMatch(/:unauthorized$/)
  })

  test('is no object', async () => {
    const client = new TestClient(acme.service)
    const answer = await client.register({ externalAccountBinding: 'x' })
    expect(answer.json.type).toMatch(/:malformed$/)
  })
})

describe('a key that is for names', () => {
  const names = [
    'web.internal',
    '*.apps.internal',
    '.deep.internal',
    '10.1.0.0/16',
    '192.0.2.7',
    '2001:db8::/32',
    '198.51.100.0/33',
    '198.51.100.0/',
    'x/8',
  ]

  test.each([
    { name: 'web.internal', allowed: true },
    { name: '*.web.internal', allowed: false },
    { name: 'a.web.internal', allowed: false },
    { name: 'a.apps.internal', allowed: true },
    { name: '*.apps.internal', allowed: true },
    { name: 'apps.internal', allowed: false },
    { name: 'a.b.apps.internal', allowed: false },
    { name: 'a.b.deep.internal', allowed: true },
    { name: 'deep.internal', allowed: false },
    { name: 'verydeep.internal', allowed: false },
    { name: '10.1.2.3', allowed: true },
    { name: '10.2.2.3', allowed: false },
    { name: '192.0.2.7', allowed: true },
    { name: '198.51.100.7', allowed: false },
    { name: '2001:db8::7', allowed: true },
    { name: '2001:db9::7', allowed: false },
  ])('lets through $name: $allowed', async ({ name, allowed }) => {
    const client = new TestClient(acme.service)
    await client.register(bind(client, await createKey({ names })))
    const order = await client.order(name)
    expect(order.status).toBe(allowed ? 201 : 400)
    if (!allowed) {
      expect(order.json.type).toMatch(/:rejectedIdentifier$/)
      expect(order.json.subproblems).toMatchObject([{ identifier: { value: name } }])
    }
  })

  test('that is removed lets nothing through any more', async () => {
    const client = new TestClient(acme.service)
    const key = await createKey({ names })
    await client.register(bind(client, key))
    await acme.store.acme.removeExternalAccountKey(key.id)
    expect((await client.order('web.internal')).json).toMatchObject({
      type: expect.stringMatching(/:unauthorized$/),
      detail: expect.stringMatching(/was removed/),
    })
  })
})

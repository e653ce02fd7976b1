import { expect, test } from 'vitest'
import { provisioner, startTestAcme } from './support/test-acme.ts'
import { TestClient } from './support/test-client.ts'

test('the directory tells all resources and what the provisioner says of itself', async () => {
  await using acme = await startTestAcme({
    provisioner: {
      ...provisioner,
      termsOfService: 'https://ca.internal/terms',
      website: 'https://ca.internal',
      caaIdentities: ['ca.internal'],
    },
  })
  const base = 'https://ca.internal:9000/acme/acme'
  const client = new TestClient(acme.service)
  const answer = await client.get(`${base}/directory`)
  expect(answer.status).toBe(200)
  expect(answer.headers['content-type']).toBe('application/json')
  expect(answer.json).toEqual({
    newNonce: `${base}/new-nonce`,
    newAccount: `${base}/new-account`,
    newOrder: `${base}/new-order`,
    revokeCert: `${base}/revoke-cert`,
    keyChange: `${base}/key-change`,
    renewalInfo: `${base}/renewal-info`,
    meta: {
      termsOfService: 'https://ca.internal/terms',
      website: 'https://ca.internal',
      caaIdentities: ['ca.internal'],
      profiles: { short: 'six hours' },
    },
  })
  const other = await client.get(`${base.replace('/acme/', '/2.0/acme/')}/directory`)
  expect(other.json).toEqual(answer.json)
  expect(await client.get(`${base}/directory`, 'POST')).toMatchObject({
    status: 405,
    headers: { allow: 'GET, HEAD' },
  })
})

test('a directory without anything to say has no meta, and a name with a blank is escaped', async () => {
  const { profiles: _, ...plain } = provisioner
  await using acme = await startTestAcme({ provisioner: { ...plain, name: 'my acme' } })
  const client = new TestClient(acme.service, { name: 'my%20acme' })
  const { json } = await client.get(`${client.base}/directory`)
  expect(json).not.toHaveProperty('meta')
  expect(json.newOrder).toBe('https://ca.internal:9000/acme/my%20acme/new-order')
  expect((await client.register()).status).toBe(201)
  expect((await client.obtain('web.internal')).json.status).toBe('valid')
})

test.each([
  'https://ca.internal/',
  'https://ca.internal/acme/other/directory',
  'https://ca.internal/acme/acme/',
  'https://ca.internal/acme/%/x',
  'nonsense',
])('%s is not found', async (url) => {
  await using acme = await startTestAcme()
  const answer = await new TestClient(acme.service).get(url)
  expect(answer).toMatchObject({
    status: 404,
    json: { type: expect.stringMatching(/:malformed$/) },
  })
})

test('a database that is away is told as such, without its words', async () => {
  await using acme = await startTestAcme()
  const client = await acme.register()
  const nonce = await client.nonce()
  await acme.store.close()
  const answer = await client.post(client.account, undefined, { header: { nonce } })
  expect(answer).toMatchObject({
    status: 503,
    headers: { 'retry-after': '5' },
    json: {
      type: expect.stringMatching(/:serverInternal$/),
      detail: expect.stringMatching(/request-1/),
    },
  })
  expect(acme.reported.splice(0)).not.toEqual([])
})

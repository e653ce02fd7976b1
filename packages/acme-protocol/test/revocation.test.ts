import { parseCertificatePem } from '@mayfly/x509-profiles'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestAcme, type TestAcme } from './support/test-acme.ts'
import { generateKey } from './support/test-authority.ts'
import type { TestClient } from './support/test-client.ts'

let acme: TestAcme
let client: TestClient

beforeAll(async () => {
  acme = await startTestAcme()
  client = await acme.register()
})

afterAll(() => acme[Symbol.asyncDispose]())

const problem = (code: string) => `urn:ietf:params:acme:error:${code}`

async function issue(...names: readonly string[]) {
  const key = generateKey()
  const order = await client.prove(await client.order(...names))
  const { json } = await client.finalize(order, key)
  const [leaf] = parseCertificatePem((await client.post(json.certificate)).text)
  if (leaf === undefined) throw new Error('no certificate')
  const certificate = Buffer.from(leaf.der).toString('base64url')
  return { key, certificate, serialNumber: leaf.serialNumber }
}

const revoke = (by: TestClient, payload: object) => by.post(`${by.base}/revoke-cert`, payload)

test('by the account that ordered it, with its reason, once', async () => {
  const { certificate, serialNumber } = await issue('web.internal')
  const answer = await revoke(client, { certificate, reason: 4 })
  expect(answer).toMatchObject({ status: 200, text: '' })
  expect(await acme.store.findRevocation(serialNumber)).toMatchObject({ reasonCode: 4 })
  expect(await revoke(client, { certificate })).toMatchObject({
    status: 400,
    json: { type: problem('alreadyRevoked') },
  })
})

test('by many at once one is told that it did', async () => {
  const { certificate } = await issue('web.internal')
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => revoke(client, { certificate })),
  )
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  const refused = answers.filter(({ status }) => status !== 200)
  expect(refused.every(({ json }) => json.type === problem('alreadyRevoked'))).toBe(true)
})

test('is not done by a request whose nonce was used', async () => {
  const { certificate, serialNumber } = await issue('web.internal')
  const nonce = await client.nonce()
  await client.post(client.account, undefined, { header: { nonce } })
  const url = `${client.base}/revoke-cert`
  const answer = await client.post(url, { certificate }, { header: { nonce } })
  expect(answer.json.type).toBe(problem('badNonce'))
  expect(await acme.store.findRevocation(serialNumber)).toBeUndefined()
})

test('by the key of the certificate, by no other key', async () => {
  const { certificate, key } = await issue('web.internal')
  const url = `${client.base}/revoke-cert`
  for (const other of [generateKey(), client.key]) {
    expect(await client.postByKey(url, { certificate }, { key: other })).toMatchObject({
      status: 403,
      json: { type: problem('unauthorized') },
    })
  }
  expect((await client.postByKey(url, { certificate }, { key })).status).toBe(200)
})

test('by another account only when it has proven all of its names', async () => {
  const { certificate } = await issue('web.internal', '*.web.internal', '192.0.2.7')
  const other = await acme.register()
  expect(await revoke(other, { certificate })).toMatchObject({
    status: 403,
    json: {
      type: problem('unauthorized'),
      detail: expect.stringMatching(/web\.internal, \*\.web\.internal, 192\.0\.2\.7/),
    },
  })
  await other.prove(await other.order('web.internal', '192.0.2.7'))
  expect((await revoke(other, { certificate })).json.detail).toMatch(
    /for \*\.web\.internal$|for \*\.web\.internal\./,
  )
  await other.prove(await other.order('*.web.internal'))
  expect((await revoke(other, { certificate })).status).toBe(200)
})

test('not by authorizations that are over', async () => {
  const { certificate } = await issue('late.internal')
  const other = await acme.register()
  const order = await other.prove(await other.order('late.internal'))
  await other.post(order.json.authorizations[0], { status: 'deactivated' })
  expect((await revoke(other, { certificate })).status).toBe(403)
  await other.prove(await other.order('late.internal'))
  const { now } = acme.clock
  acme.clock.now = new Date(now.getTime() + 86_400_000)
  expect((await revoke(other, { certificate })).status).toBe(403)
  acme.clock.now = now
})

test.each([7, -1, 11, 1.5, '1', null])('the reason %j is refused', async (reason) => {
  const { certificate } = await issue('web.internal')
  expect(await revoke(client, { certificate, reason })).toMatchObject({
    status: 400,
    json: { type: problem('badRevocationReason') },
  })
})

test('what is no certificate, or none of here, is refused', async () => {
  for (const certificate of [undefined, 'AAAA', 'a=', 7]) {
    expect(await revoke(client, { certificate })).toMatchObject({
      status: 400,
      json: { type: problem('malformed') },
    })
  }
  await using foreign = await startTestAcme()
  const stranger = await foreign.register()
  const { json } = await stranger.obtain('web.internal')
  const [leaf] = parseCertificatePem((await stranger.post(json.certificate)).text)
  const certificate = Buffer.from(leaf?.der ?? []).toString('base64url')
  expect(await revoke(client, { certificate })).toMatchObject({
    status: 404,
    json: { type: problem('malformed') },
  })
})

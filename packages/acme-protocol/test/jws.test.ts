import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { requestAlgorithms } from '@mayfly/acme-protocol'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestAcme, type TestAcme } from './support/test-acme.ts'
import { generateKey } from './support/test-authority.ts'
import { publicJwk, signFlattened, TestClient } from './support/test-client.ts'

let acme: TestAcme
let client: TestClient

beforeAll(async () => {
  acme = await startTestAcme()
  client = await acme.register()
})

afterAll(() => acme[Symbol.asyncDispose]())

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
const keys: Readonly<Record<string, KeyObject>> = {
  ES256: generateKey(),
  ES384: generateKeyPairSync('ec', { namedCurve: 'secp384r1' }).privateKey,
  ES512: generateKeyPairSync('ec', { namedCurve: 'secp521r1' }).privateKey,
  EdDSA: generateKeyPairSync('ed25519').privateKey,
}

test.each(requestAlgorithms)('%s signs the requests of an account', async (alg) => {
  const key = keys[alg] ?? rsa
  const own = new TestClient(acme.service, { key })
  const account = await own.postByKey(`${own.base}/new-account`, {}, { header: { alg } })
  expect([200, 201]).toContain(account.status)
  const shown = await own.post(account.location, undefined, {
    header: { alg, kid: account.location },
  })
  expect(shown.json).toMatchObject({ status: 'valid' })
})

describe('a key that may not be an account’s', () => {
  const p256 = publicJwk(generateKey())
  const secret = Buffer.alloc(32, 1).toString('base64url')
  test.each([
    { why: 'a private one', jwk: generateKey().export({ format: 'jwk' }), detail: /private/ },
    { why: 'a secret one', jwk: { kty: 'oct', k: secret }, detail: /not allowed/ },
    { why: 'secp256k1', jwk: { ...p256, crv: 'secp256k1' }, detail: /not supported/ },
    { why: 'a point that is not on the curve', jwk: { ...p256, y: p256.x }, detail: /imported/ },
    { why: 'one for encryption', jwk: { ...p256, use: 'enc' }, detail: /"enc"/ },
    {
      why: 'one with a number that begins with zeros',
      jwk: withZero(publicJwk(rsa)),
      detail: /RFC 7518/,
    },
    { why: 'no key', jwk: 'x', detail: /JSON object|object/ },
  ])('is $why', async ({ jwk, detail }) => {
    const answer = await client.postByKey(`${client.base}/new-account`, {}, { header: { jwk } })
    expect(answer.json).toMatchObject({
      type: 'urn:ietf:params:acme:error:badPublicKey',
      detail: expect.stringMatching(detail),
    })
    expect(answer.json.algorithms).toEqual(requestAlgorithms)
  })
})

test('no octet of a request can be changed, and trying writes nothing', async () => {
  const url = `${client.base}/new-order`
  const payload = { identifiers: [{ type: 'dns', value: 'web.internal' }] }
  const header = { alg: 'ES256', nonce: await client.nonce(), url, kid: client.account }
  const body = Buffer.from(JSON.stringify(signFlattened(header, payload, client.key)))
  const send = (octets: Uint8Array) =>
    client.send({ method: 'POST', url, contentType: 'application/jose+json', body: octets })
  const rows = async () => (await acme.store.statistics.readStatistics()).tables
  const before = await rows()
  await fc.assert(
    fc.asyncProperty(
      fc.nat(body.length - 1),
      fc.integer({ min: 1, max: 255 }),
      async (index, difference) => {
        const octets = Uint8Array.from(body)
        octets[index] = (octets[index] ?? 0) ^ difference
        const answer = await send(octets)
        expect(answer.status).toBeGreaterThanOrEqual(400)
        expect(answer.status).toBeLessThan(500)
        expect(answer.json.type).toMatch(/^urn:ietf:params:acme:error:/)
      },
    ),
    { numRuns: 300 },
  )
  expect(acme.reported).toEqual([])
  expect(await rows()).toEqual(before)
  expect((await send(body)).status).toBe(201)
})

test('whatever comes is answered', async () => {
  const url = `${client.base}/new-order`
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.json().map((text) => Buffer.from(text)),
        fc.uint8Array(),
      ),
      async (body) => {
        const answer = await client.send({
          method: 'POST',
          url,
          contentType: 'application/jose+json',
          body,
        })
        expect(answer.status).toBe(400)
      },
    ),
    { numRuns: 200 },
  )
})

function withZero(jwk: object & { readonly n?: unknown }): object {
  const n = Buffer.concat([Buffer.alloc(1), Buffer.from(String(jwk.n), 'base64url')])
  return { ...jwk, n: n.toString('base64url') }
}

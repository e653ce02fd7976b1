import { formatCertificateId, type RenewalWindow } from '@mayfly/acme-protocol'
import { parseCertificatePem } from '@mayfly/x509-profiles'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestAcme, type TestAcme } from './support/test-acme.ts'
import type { TestClient } from './support/test-client.ts'

let acme: TestAcme
let client: TestClient
let incident: RenewalWindow | undefined

beforeAll(async () => {
  acme = await startTestAcme({ incidents: { findWindow: async () => incident } })
  client = await acme.register()
})

afterAll(() => acme[Symbol.asyncDispose]())

async function issue() {
  const { json } = await client.obtain('web.internal')
  const [leaf] = parseCertificatePem((await client.post(json.certificate)).text)
  if (leaf === undefined) throw new Error('no certificate')
  return { leaf, url: `${client.base}/renewal-info/${formatCertificateId(leaf)}` }
}

test('a certificate is to be renewed after two thirds of its life', async () => {
  const { url } = await issue()
  const { renewalInfo } = (await client.get(`${client.base}/directory`)).json
  expect(url.startsWith(`${renewalInfo}/`)).toBe(true)
  expect(await client.get(url)).toMatchObject({
    status: 200,
    headers: { 'retry-after': '3600', 'content-type': 'application/json' },
    json: { suggestedWindow: { start: '2030-01-01T16:00:00Z', end: '2030-01-01T20:00:00Z' } },
  })
})

test('an incident moves the window to before, never to behind', async () => {
  const { url } = await issue()
  const explanationUrl = 'https://ca.internal/incident'
  const at = (text: string) => new Date(text)
  incident = { start: at('2030-01-01T01:00:00Z'), end: at('2030-01-01T02:00:00Z'), explanationUrl }
  expect((await client.get(url)).json).toEqual({
    suggestedWindow: { start: '2030-01-01T01:00:00Z', end: '2030-01-01T02:00:00Z' },
    explanationURL: explanationUrl,
  })
  incident = { start: at('2030-01-01T18:00:00Z'), end: at('2030-01-01T19:00:00Z') }
  expect((await client.get(url)).json.suggestedWindow.start).toBe('2030-01-01T16:00:00Z')
  incident = undefined
})

test('a revoked certificate is to be renewed at once', async () => {
  const { leaf, url } = await issue()
  const certificate = Buffer.from(leaf.der).toString('base64url')
  await client.post(`${client.base}/revoke-cert`, { certificate })
  const { start, end } = (await client.get(url)).json.suggestedWindow
  expect(new Date(start).getTime()).toBeLessThan(new Date(end).getTime())
  expect(new Date(end).getTime()).toBeLessThan(acme.clock.now.getTime())
})

test.each([
  { id: 'aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE', status: 404, why: 'the example of RFC 9773 §4.1' },
  { id: 'x', status: 400, why: 'one part' },
  { id: 'aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE=', status: 400, why: 'padding' },
  {
    id: 'aYhba4dGQEHhs3uEe6CuLN4ByNQ.AAdlQyE',
    status: 400,
    why: 'a serial number that is not minimal',
  },
  { id: 'aYhba4dGQEHhs3uEe6CuLN4ByNQ.h2VDIQ', status: 400, why: 'a negative serial number' },
])('$id is answered with $status: $why', async ({ id, status }) => {
  const answer = await client.get(`${client.base}/renewal-info/${id}`)
  expect(answer.status).toBe(status)
  expect(answer.json.type).toMatch(/:malformed$/)
})

test('the serial number alone is not enough', async () => {
  const { url } = await issue()
  const [, serial] = url.split('.').slice(-2)
  const other = `${client.base}/renewal-info/aYhba4dGQEHhs3uEe6CuLN4ByNQ.${serial}`
  expect((await client.get(other)).status).toBe(404)
})

test('the id of RFC 9773 §4.1 is written as it is there', () => {
  const authorityKeyIdentifier = Buffer.from('69885b6b87464041e1b37b847ba0ae2cde01c8d4', 'hex')
  const id = formatCertificateId({ authorityKeyIdentifier, serialNumber: 0x87654321n })
  expect(id).toBe('aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE')
})

import { parseCertificatePem } from '@mayfly/x509-profiles'
import { expect, test } from 'vitest'
import { startTestAcme } from './support/test-acme.ts'

test('an order goes from pending over ready to valid, and its certificate is told with both chains', async () => {
  await using acme = await startTestAcme()
  const client = await acme.register()
  const order = await client.order('web.internal', '*.Web.internal', '192.0.2.7')
  expect(order.status).toBe(201)
  expect(order.json).toMatchObject({
    status: 'pending',
    expires: '2030-01-02T00:00:00Z',
    identifiers: [
      { type: 'dns', value: 'web.internal' },
      { type: 'dns', value: '*.web.internal' },
      { type: 'ip', value: '192.0.2.7' },
    ],
  })
  const [first, second, third] = await Promise.all(
    order.json.authorizations.map((url: string) => client.post(url)),
  )
  const typesOf = (answer: typeof order) =>
    answer.json.challenges.map(({ type }: { type: string }) => type)
  expect(typesOf(first)).toEqual(['dns-01', 'http-01', 'tls-alpn-01'])
  expect(second.json).toMatchObject({ wildcard: true, identifier: { value: 'web.internal' } })
  expect(typesOf(second)).toEqual(['dns-01'])
  expect(typesOf(third)).toEqual(['http-01', 'tls-alpn-01'])
  expect(first.json).not.toHaveProperty('wildcard')

  const ready = await client.prove(order)
  expect(ready.json.status).toBe('ready')
  const valid = await client.finalize(order)
  expect(valid.status).toBe(200)
  expect(valid.json.status).toBe('valid')
  expect(valid.location).toBe(order.location)

  const usual = await client.post(valid.json.certificate)
  expect(usual.headers['content-type']).toBe('application/pem-certificate-chain')
  expect(parseCertificatePem(usual.text)).toHaveLength(2)
  expect(usual.headers.link).toContain(`<${valid.json.certificate}/1>;rel="alternate"`)
  const alternate = await client.post(`${valid.json.certificate}/1`)
  expect(parseCertificatePem(alternate.text)).toHaveLength(3)
  expect(alternate.headers.link).toContain(`<${valid.json.certificate}>;rel="alternate"`)
  expect(acme.reported).toEqual([])
})

import { encodeCertificationRequestPem, encodeElement, encodeSequence } from '@mayfly/x509-profiles'
import { beforeAll, describe, expect, test } from 'vitest'
import { createRequest, createTestAuthority, type TestAuthority } from './support/authority.ts'
import { issueLeaf, renewalToken, shown } from './support/leaf.ts'
import { refusalOf } from './support/refusal.ts'

let ca: TestAuthority
beforeAll(async () => {
  ca = await createTestAuthority()
})

describe('the names of a certificate', () => {
  const names = (count: number, length = 8): readonly string[] =>
    Array.from({ length: count }, (_, index) => `${index}.`.padStart(length, 'n'))

  test('may be a thousand', async () => {
    const oneTimeToken = await ca.token({ sans: names(1000) })
    const certificationRequest = await createRequest()
    const { certificate } = await ca.sign({ oneTimeToken, certificationRequest })
    expect(certificate.subjectAltNames).toHaveLength(1000)
  })

  test.each([
    ['too many', names(1001), 'the token grants 1001 names, a certificate may hold 1000'],
    [
      'too long together',
      names(300, 120),
      'the names of the token have 36012 characters, a certificate may hold 32768',
    ],
  ])('are refused when they are %s', async (_, sans, message) => {
    const oneTimeToken = await ca.token({ sans })
    expect(await refusalOf(ca.sign({ oneTimeToken }))).toEqual({ code: 'name_invalid', message })
  })
})

describe('the names that a template gives', () => {
  const dnsName = (text: string) => encodeElement(0x82, new TextEncoder().encode(text))
  const readyMade = (names: readonly string[]): string => {
    const value = encodeSequence(...names.map(dnsName))
    return `"extensions": [{"id": "2.5.29.17", "value": "${Buffer.from(value).toString('base64')}"}]`
  }
  const manyNames = 'the template gives 1001 names, a certificate may hold 1000'
  const longNames =
    'the names that the template gives have 36000 characters, a certificate may hold 32768'
  const many = Array.from({ length: 1001 }, (_, index) => `${index}.internal`)
  const long = Array.from({ length: 300 }, (_, index) => `${index}.`.padStart(120, 'n'))

  test.each([
    ['too many', `"dnsNames": ${JSON.stringify(many)}`, manyNames],
    ['too many, in a ready-made extension', readyMade(many), manyNames],
    ['too long together', `"dnsNames": ${JSON.stringify(long)}`, longNames],
    ['too long together, in a ready-made extension', readyMade(long), longNames],
    [
      'one that is as long as a result may be',
      `"uris": "x://h/^${'a'.repeat(129_900)}"`,
      'the names that the template gives have 129909 characters, a certificate may hold 32768',
    ],
  ])('are refused when they are %s', async (_, member, message) => {
    const options = { x509: { template: `{"subject": "x", ${member}}` } }
    const here = await createTestAuthority({ provisioner: { options } })
    expect(await refusalOf(here.sign())).toEqual({ code: 'template_failed', message })
  })
})

describe('a certification request', () => {
  test('of more than 128 KiB is not read', async () => {
    const request = await createRequest({
      names: Array.from({ length: 8000 }, (_, index) => `${index}.internal`),
    })
    const certificationRequest = encodeCertificationRequestPem(request)
    await expect(ca.sign({ certificationRequest })).rejects.toMatchObject({
      code: 'csr_malformed',
      detail: `the certificate request has ${certificationRequest.length} characters, more than 131072`,
    })
  })
})

describe('certificates sent along', () => {
  test('may be eight', async () => {
    const leaf = await issueLeaf(ca)
    const credential = { ...shown(leaf), chain: many(leaf, 8) }
    expect(await ca.authority.renew({ credential, requestId: 'r' })).toHaveProperty('certificate')
  })

  test('are refused when they are more', async () => {
    const leaf = await issueLeaf(ca)
    const credential = { ...shown(leaf), chain: many(leaf, 9) }
    await expect(ca.authority.renew({ credential, requestId: 'r' })).rejects.toMatchObject({
      code: 'certificate_untrusted',
      detail: 'more than 8 certificates were sent along with it',
    })
  })

  test('are refused when they are more, in a token too', async () => {
    const leaf = await issueLeaf(ca)
    const chain = [leaf.certificate, ...many(leaf, 9)].map(({ der }) => der)
    const credential = await renewalToken(ca, leaf, { chain })
    expect(await refusalOf(ca.authority.renew({ credential, requestId: 'r' }))).toEqual({
      code: 'renewal_token_invalid',
      message: 'error validating renew token: x5cInsecure has more than 9 certificates',
    })
  })

  function many<Item>({ chain: [, intermediate] }: { chain: readonly Item[] }, length: number) {
    return Array.from({ length }, () => intermediate).filter((each) => each !== undefined)
  }
})

test('an audience that nobody knows is told to the log in its first 500 characters', async () => {
  const oneTimeToken = await ca.token({ audience: 'x'.repeat(20_000) })
  expect((await refusalOf(ca.sign({ oneTimeToken }))).message).toBe(
    `provisioner not found or invalid audience (${'x'.repeat(500)}…)`,
  )
})

test('an authority is not made with a start that is no date', () => {
  expect(() => ca.again({ startedAt: new Date(Number.NaN) })).toThrow(TypeError)
})

test.each([
  ['backdateSeconds', Number.NaN],
  ['maximumTokenLifetimeSeconds', Number.NaN],
  ['maximumTokenLifetimeSeconds', Number.POSITIVE_INFINITY],
  ['renewalAfterExpirySeconds', -1],
])('an authority is not made with %s of %d', (name, value) => {
  expect(() => ca.again({ [name]: value })).toThrow(
    new TypeError(`${name} is ${value}, not a number of seconds`),
  )
})

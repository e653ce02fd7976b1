import { formatCertificateId } from '@mayfly/acme-protocol'
import { parseCertificatePem } from '@mayfly/x509-profiles'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestAcme, type TestAcme } from './support/test-acme.ts'
import type { TestAnswer, TestClient } from './support/test-client.ts'

let acme: TestAcme
let client: TestClient

beforeAll(async () => {
  acme = await startTestAcme({
    policy: {
      findRefusals: async (identifiers) =>
        identifiers
          .filter(({ value }) => value.endsWith('.forbidden'))
          .map((identifier) => ({ identifier, reason: 'not ours' })),
    },
  })
  client = await acme.register()
})

afterAll(() => acme[Symbol.asyncDispose]())

const order = (payload: unknown) => client.post(`${client.base}/new-order`, payload)
const dns = (value: unknown) => ({ type: 'dns', value })
const problem = (code: string) => `urn:ietf:params:acme:error:${code}`

describe('identifiers', () => {
  test.each([
    { value: 'Web.Internal', canonical: 'web.internal' },
    { value: 'web.internal.', canonical: 'web.internal' },
    { value: '*.Web.internal', canonical: '*.web.internal' },
    { value: 'localhost', canonical: 'localhost' },
    { value: 'bücher.example', canonical: 'xn--bcher-kva.example' },
    { value: 'BÜCHER.example', canonical: 'xn--bcher-kva.example' },
    { value: 'XN--bcher-kva.example', canonical: 'xn--bcher-kva.example' },
    { value: 'r3---sn-x.internal', canonical: 'r3---sn-x.internal' },
  ])('$value is ordered as $canonical', async ({ value, canonical }) => {
    expect((await order({ identifiers: [dns(value)] })).json.identifiers).toEqual([dns(canonical)])
  })

  test.each([
    { value: '192.0.2.7', canonical: '192.0.2.7' },
    { value: '2001:DB8:0::1', canonical: '2001:db8::1' },
    { value: '::ffff:192.0.2.7', canonical: '192.0.2.7' },
  ])('the address $value is ordered as $canonical', async ({ value, canonical }) => {
    const { json } = await order({ identifiers: [{ type: 'ip', value }] })
    expect(json.identifiers).toEqual([{ type: 'ip', value: canonical }])
  })

  test('that come twice count once, in the order in which they came', async () => {
    const { json } = await order({
      identifiers: [dns('b.internal'), dns('a.internal'), dns('B.internal.')],
    })
    expect(json.identifiers).toEqual([dns('b.internal'), dns('a.internal')])
    expect(json.authorizations).toHaveLength(2)
  })

  test.each([
    '',
    '.',
    '*',
    '*.',
    '*.*.internal',
    'a.*.internal',
    '-a.internal',
    'a-.internal',
    'a..internal',
    'a_b.internal',
    'a b.internal',
    'a.internal/',
    'http://a.internal',
    `${'a'.repeat(64)}.internal`,
    `${'a.'.repeat(130)}a`,
    '192.0.2.7',
    '10.1',
    'xn--a.internal',
    'xn--zz--zz.internal',
    'a@internal',
    '２.0.0.1',
    'a\u0000.internal',
  ])('the name %j is refused', async (value) => {
    expect(await order({ identifiers: [dns('web.internal'), dns(value)] })).toMatchObject({
      status: 400,
      json: {
        type: problem('malformed'),
        subproblems: [{ type: problem('malformed'), identifier: dns(value) }],
      },
    })
  })

  test.each(['web.internal', '192.0.2', '192.0.2.07', '192.0.2.7/32', 'fe80::1%eth0', '[::1]', ''])(
    'the address %j is refused',
    async (value) => {
      const answer = await order({ identifiers: [{ type: 'ip', value }] })
      expect(answer).toMatchObject({ status: 400, json: { type: problem('malformed') } })
    },
  )

  test('of an unknown type are refused, each with its subproblem', async () => {
    const identifiers = [
      dns('web.internal'),
      { type: 'email', value: 'a@b.c' },
      { type: '__proto__', value: 'x' },
    ]
    expect((await order({ identifiers })).json).toMatchObject({
      type: problem('unsupportedIdentifier'),
      subproblems: identifiers
        .slice(1)
        .map((identifier) => ({ type: problem('unsupportedIdentifier'), identifier })),
    })
  })

  test('that the policy does not let through are refused, each with its subproblem', async () => {
    const identifiers = [dns('a.forbidden'), dns('web.internal'), dns('*.forbidden')]
    const { status, json } = await order({ identifiers })
    expect(status).toBe(400)
    expect(json).toMatchObject({
      type: problem('rejectedIdentifier'),
      detail: 'a.forbidden: not ours; *.forbidden: not ours',
    })
    expect(json.subproblems.map(({ identifier }: { identifier: object }) => identifier)).toEqual([
      identifiers[0],
      identifiers[2],
    ])
  })

  test.each([
    {},
    { identifiers: [] },
    { identifiers: 'web.internal' },
    { identifiers: ['web.internal'] },
    { identifiers: [{ type: 'dns' }] },
    { identifiers: [dns(7)] },
    { identifiers: Array.from({ length: 101 }, (_, index) => dns(`a${index}.internal`)) },
  ])('in a wrong shape or number are refused: %#', async (payload) => {
    expect(await order(payload)).toMatchObject({
      status: 400,
      json: { type: problem('malformed') },
    })
  })
})

describe('times and profiles', () => {
  const identifiers = [dns('web.internal')]

  test('are kept and told', async () => {
    const notBefore = '2030-01-01T12:00:00+02:00'
    const notAfter = '2030-01-02T00:00:00.5Z'
    const { json } = await order({ identifiers, notBefore, notAfter, profile: 'short' })
    expect(json).toMatchObject({
      notBefore: '2030-01-01T10:00:00Z',
      notAfter: '2030-01-02T00:00:00Z',
      profile: 'short',
    })
  })

  test.each([
    { notBefore: 'tomorrow' },
    { notBefore: '2030-01-01' },
    { notAfter: '2030-02-30T00:00:00Z' },
    { notAfter: '2030-01-01T24:00:00Z' },
    { notAfter: '2030-01-01T00:00:00' },
    { notAfter: 7 },
    { notAfter: '2029-12-31T23:59:59Z' },
    { notBefore: '2030-01-03T00:00:00Z', notAfter: '2030-01-03T00:00:00Z' },
  ])('%j is refused', async (times) => {
    expect(await order({ identifiers, ...times })).toMatchObject({
      status: 400,
      json: { type: problem('malformed') },
    })
  })

  test('are not asked for by the times of a client that says nothing', async () => {
    const nothing = '0001-01-01T00:00:00Z'
    const { status, json } = await order({ identifiers, notBefore: nothing, notAfter: nothing })
    expect(status).toBe(201)
    expect(json).not.toHaveProperty('notBefore')
    expect(json).not.toHaveProperty('notAfter')
  })

  test('a profile that there is not is refused, and those that there are are told', async () => {
    for (const profile of ['long', 'toString', '__proto__']) {
      const { json } = await order({ identifiers, profile })
      expect(json).toMatchObject({
        type: problem('invalidProfile'),
        detail: expect.stringMatching(/: short\./),
      })
    }
  })
})

describe('replaces', () => {
  let predecessor: TestAnswer
  let id: string

  beforeAll(async () => {
    predecessor = await client.obtain('old.internal')
    id = await idOf(predecessor)
  })

  const idOf = async (valid: TestAnswer) => {
    const [certificate] = parseCertificatePem((await client.post(valid.json.certificate)).text)
    return (certificate && formatCertificateId(certificate)) ?? ''
  }
  const replace = (replaces: string, name = 'old.internal') =>
    order({ identifiers: [dns(name)], replaces })

  test('is kept; of many at once one does it, and the others are told which', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => replace(id)))
    const [made, ...more] = answers.filter(({ status }) => status === 201)
    expect(more).toEqual([])
    expect(made?.json.replaces).toBe(id)
    for (const { status, json } of answers.filter((each) => each !== made)) {
      expect(status).toBe(409)
      expect(json).toMatchObject({ type: problem('alreadyReplaced') })
      expect(json.detail).toContain(made?.location)
    }
    // An order that failed does not count.
    await client.post(made?.json.authorizations[0], { status: 'deactivated' })
    expect((await replace(id)).status).toBe(201)
  })

  test('is refused for another account, for other names and for what is no certificate of here', async () => {
    const fresh = await idOf(await client.obtain('fresh.internal'))
    const stranger = await acme.register()
    const url = `${client.base}/new-order`
    const payload = { identifiers: [dns('fresh.internal')], replaces: fresh }
    expect(await stranger.post(url, payload)).toMatchObject({
      status: 403,
      json: { type: problem('unauthorized') },
    })
    expect(await replace(fresh, 'other.internal')).toMatchObject({
      status: 400,
      json: { type: problem('malformed') },
    })
    expect(await replace('aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE')).toMatchObject({
      status: 404,
      json: { type: problem('malformed') },
    })
    for (const replaces of [
      'x',
      'a.b.c',
      '.',
      'aYhba4dGQEHhs3uEe6CuLN4ByNQ.AA',
      'aYhba4dGQEHhs3uEe6CuLN4ByNQ.gA',
    ]) {
      expect(await replace(replaces)).toMatchObject({
        status: 400,
        json: { type: problem('malformed') },
      })
    }
  })
})

test('an order without a way to prove it is refused', async () => {
  const service = acme.serve({
    provisioner: {
      id: 'acme/acme',
      name: 'acme',
      requiresExternalAccount: false,
      challengeTypes: ['http-01'],
    },
  })
  const own = await acme.register(service)
  expect((await own.order('*.web.internal')).json).toMatchObject({
    type: problem('rejectedIdentifier'),
    subproblems: [{ identifier: dns('*.web.internal') }],
  })
})

test('many orders of one account at once are all made', async () => {
  const answers = await Promise.all(Array.from({ length: 50 }, () => client.order('web.internal')))
  expect(answers.every(({ status }) => status === 201)).toBe(true)
  expect(new Set(answers.map(({ location }) => location)).size).toBe(50)
})

import type { ExplainRequest, Explanation } from '@mayfly/authority-core'
import { createMemoryStore, type Store } from '@mayfly/db-adapters'
import { openSqliteStore } from '@mayfly/db-adapters/sqlite'
import type { OneTimeTokenOptions } from '@mayfly/jwt-tokens'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  createPki,
  createRequest,
  createTestAuthority,
  type Pki,
  readAuthority,
  readProvisioners,
  sharedRequest,
  type TestAuthority,
} from './support/authority.ts'
import { createFolder, type Folder } from './support/folder.ts'
import { observeStore } from './support/observed-store.ts'
import { refusalOf } from './support/refusal.ts'
import { at, issueCredential, rootsOf, x5cToken } from './support/x5c.ts'

let folder: Folder
let store: Store
let pki: Pki
let ca: TestAuthority

beforeAll(async () => {
  folder = await createFolder()
  store = await openSqliteStore({ path: folder.file('ca.sqlite') })
  pki = await createPki()
  ca = await createTestAuthority({ pki, store })
})
afterAll(async () => {
  await store.close()
  await folder[Symbol.asyncDispose]()
})

async function explain(
  { authority, token }: TestAuthority,
  request: Partial<ExplainRequest> = {},
): Promise<Explanation> {
  return authority.explain({
    certificationRequest: await sharedRequest(),
    oneTimeToken: request.oneTimeToken ?? (await token()),
    ...request,
  })
}

function refusalIn(explanation: Explanation) {
  if (explanation.outcome !== 'refused') throw new Error('it would be issued')
  return explanation.refusal
}

const checksOf = ({ checks }: Explanation): readonly string[] => checks.map(({ check }) => check)

describe('what would be issued', () => {
  test('is told, with each check that passed', async () => {
    const explanation = await explain(ca)
    if (explanation.outcome !== 'issued') throw new Error('it would be refused')
    expect(explanation.certificate).toEqual({
      subject: 'CN=web.internal',
      subjectAltNames: ['dns:web.internal'],
      notBefore: at(-60),
      notAfter: at(86_400),
      key: 'EC P-256',
      issuer: 'CN=Test Intermediate CA',
      provisioner: { name: 'admin', type: 'JWK', path: 'authority.provisioners[0]' },
      contents: 'leaf',
      extensions: [
        { oid: '2.5.29.15', name: 'keyUsage', critical: true, value: 'digitalSignature' },
        {
          oid: '2.5.29.37',
          name: 'extKeyUsage',
          critical: false,
          value: 'serverAuth, clientAuth',
        },
        { oid: '2.5.29.14', name: 'subjectKeyIdentifier', critical: false, value: undefined },
        { oid: '2.5.29.35', name: 'authorityKeyIdentifier', critical: false, value: undefined },
        { oid: '2.5.29.17', name: 'subjectAltName', critical: false, value: undefined },
        {
          oid: '1.3.6.1.4.1.37476.9000.64.1',
          name: 'provisioner',
          critical: false,
          value: 'admin',
        },
      ],
    })
    expect(explanation.checks).toEqual([
      { check: 'request', found: 'asks for CN=web.internal, dns:web.internal' },
      { check: 'provisioner', found: 'admin (JWK), authority.provisioners[0]' },
      { check: 'token', found: 'signed (ES256), claims hold, until 2026-11-23T08:05:00Z' },
      { check: 'unspent', found: 'not used yet' },
      { check: 'confirmation', found: 'the token is for any request' },
      { check: 'possession', found: 'signed by its own key, EC P-256' },
      { check: 'names', found: 'the token grants CN=web.internal, dns:web.internal' },
      { check: 'contents', found: 'those of any leaf' },
      {
        check: 'validity',
        found: '24h1m0s, from 5m0s (built-in default) to 24h0m0s (built-in default)',
      },
      { check: 'policy', found: 'there is none' },
      { check: 'constraints', found: 'the issuing chain permits all names' },
      { check: 'conformance', found: 'the certificate is as it has to be' },
    ])
  })

  test('is what is issued then, by the same token, which explaining does not spend', async () => {
    const oneTimeToken = await ca.token({ sans: ['web.internal', '10.0.0.1'] })
    const request = { oneTimeToken, certificationRequest: await createRequest(), notAfter: '2h' }
    const before = await store.countCertificates()
    for (const explanation of [await explain(ca, request), await explain(ca, request)]) {
      expect(explanation.outcome).toBe('issued')
    }
    expect(await store.countCertificates()).toBe(before)
    const explanation = await explain(ca, request)
    const { certificate } = await ca.sign(request)
    if (explanation.outcome !== 'issued') throw new Error('it would be refused')
    const { subjectAltNames, notBefore, notAfter, extensions } = explanation.certificate
    expect(certificate.subjectAltNames.map(({ type, value }) => `${type}:${value}`)).toEqual(
      subjectAltNames,
    )
    expect(certificate.validity).toEqual({ notBefore, notAfter })
    expect(certificate.extensions.map(({ oid }) => oid)).toEqual(extensions.map(({ oid }) => oid))
  })

  test('is told without a key: nothing is signed, nothing written', async () => {
    const signed: Uint8Array[] = []
    const { issuer } = pki
    const signer = {
      ...issuer.signer,
      sign: async (message: Uint8Array) => {
        signed.push(message)
        return issuer.signer.sign(message)
      },
    }
    const writes: unknown[] = []
    const observed = observeStore(store, (unit) => writes.push(unit))
    const here = ca.again({ issuer: { ...issuer, signer }, store: observed })
    expect((await explain({ ...ca, authority: here })).outcome).toBe('issued')
    expect(signed).toEqual([])
    expect(writes).toEqual([])
    await here.sign({
      certificationRequest: await sharedRequest(),
      oneTimeToken: await ca.token(),
      requestId: 'r',
    })
    expect(signed).toHaveLength(1)
    expect(writes).toHaveLength(1)
  })

  test('is told for the holder of a certificate, with the credential', async () => {
    const corp = await createPki('Corp')
    const provisioners = readProvisioners([
      { type: 'X5C', name: 'corp', roots: rootsOf(corp.root) },
    ])
    const here = { ...ca, authority: ca.again({ provisioners }) }
    const credential = await issueCredential(corp, { notAfter: 7200 })
    const explanation = await explain(here, { oneTimeToken: await x5cToken(ca, credential) })
    expect(checksOf(explanation).slice(0, 4)).toEqual([
      'request',
      'provisioner',
      'credential',
      'token',
    ])
    expect(explanation.checks[2]?.found).toBe(
      'CN=host.corp until 2026-11-23T10:00:00Z, below O=Corp,CN=Corp Root CA',
    )
    if (explanation.outcome !== 'issued') throw new Error('it would be refused')
    expect(explanation.certificate.notAfter).toEqual(at(7200))
  })

  test('says that nobody knows of a token whether it is spent, where there is no database', async () => {
    const here = await createTestAuthority({ pki, store: createMemoryStore() })
    const { checks } = await explain(here)
    expect(checks.find(({ check }) => check === 'unspent')?.found).toBe(
      'not known: without a database only the running server remembers',
    )
  })
})

describe('a template that chooses the signature algorithm', () => {
  test.each([
    ['ECDSA-SHA512', 'issued'],
    ['SHA256-RSA', 'refused'],
  ])('%s is %s, as signing would', async (signatureAlgorithm, outcome) => {
    const template = JSON.stringify({ subject: 'web.internal', signatureAlgorithm })
    const key = ca.provisionerKey.publicJwk
    const provisioners = readProvisioners([
      { type: 'JWK', name: 'admin', key, options: { x509: { template } } },
    ])
    const explanation = await explain({ ...ca, authority: ca.again({ provisioners }) })
    expect(explanation.outcome).toBe(outcome)
    if (explanation.outcome === 'issued') return
    expect(explanation.refusal).toMatchObject({
      code: 'signature_algorithm_not_offered',
      detail: 'the issuing key does not sign with SHA256-RSA',
    })
  })
})

describe('the rule that refuses', () => {
  const jwk = async () => ca.provisionerKey.publicJwk
  type Members = Record<string, unknown>
  const limits: readonly [
    what: string,
    own: Members,
    global: Members,
    notAfter: string,
    rule: string,
  ][] = [
    [
      'a provisioner’s own maximum',
      { maxTLSCertDuration: '1h', defaultTLSCertDuration: '1h' },
      {},
      '2h',
      'authority.provisioners[1].claims.maxTLSCertDuration',
    ],
    [
      'the maximum of all',
      {},
      { maxTLSCertDuration: '48h' },
      '72h',
      'authority.claims.maxTLSCertDuration',
    ],
    ['the maximum of nobody', {}, {}, '72h', 'built-in default'],
    [
      'a default of its own that moved the maximum',
      { defaultTLSCertDuration: '36h' },
      {},
      '72h',
      'authority.provisioners[1].claims.defaultTLSCertDuration',
    ],
    [
      'a default of its own that moved no limit',
      { defaultTLSCertDuration: '12h' },
      {},
      '72h',
      'built-in default',
    ],
    [
      'a default of its own that moved the minimum',
      { defaultTLSCertDuration: '2m' },
      {},
      '30s',
      'authority.provisioners[1].claims.defaultTLSCertDuration',
    ],
    [
      'the minimum of all',
      {},
      { minTLSCertDuration: '10m' },
      '5m',
      'authority.claims.minTLSCertDuration',
    ],
  ]

  test.each(limits)('is %s', async (_, own, global, notAfter, rule) => {
    const { provisioners, claims = {} } = readAuthority({
      provisioners: [
        { type: 'Quantum', name: 'skipped' },
        { type: 'JWK', name: 'admin', key: await jwk(), claims: own },
      ],
      claims: global,
    })
    const here = { ...ca, authority: ca.again({ provisioners, claims }) }
    const explanation = await explain(here, { notAfter })
    expect(refusalIn(explanation)).toMatchObject({
      code: notAfter === '72h' || notAfter === '2h' ? 'lifetime_too_long' : 'lifetime_too_short',
      rule,
    })
    expect(checksOf(explanation).at(-1)).toBe('contents')
  })

  const tokens: readonly [
    what: string,
    token: Partial<OneTimeTokenOptions>,
    code: string,
    rule: string,
    passed: number,
  ][] = [
    [
      'an end that is over',
      { notAfter: at(-120) },
      'token_expired',
      'token claim exp; built-in: times with a leeway of one minute',
      2,
    ],
    [
      'a start that is to come',
      { notBefore: at(120), notAfter: at(240) },
      'token_not_yet_valid',
      'token claim nbf; built-in: times with a leeway of one minute',
      2,
    ],
    [
      'another operation',
      { audience: 'https://ca.internal/1.0/revoke' },
      'token_audience_mismatch',
      'token claim aud, against dnsNames',
      2,
    ],
    [
      'another authority',
      { audience: 'https://other.internal/1.0/sign' },
      'provisioner_not_found',
      'authority.provisioners, by token claims iss and aud and header kid',
      1,
    ],
    [
      'a long life',
      { lifetimeSeconds: 7200 },
      'token_lifetime_too_long',
      'mayfly.maximumTokenLifetime',
      2,
    ],
    ['another name', { subject: 'x.internal' }, 'name_mismatch', 'token claims sub and sans', 6],
    ['another request', { cnf: 'A'.repeat(43) }, 'cnf_mismatch', 'token claim cnf', 4],
  ]

  test.each(tokens)('is the token’s, which has %s', async (_, options, code, rule, passed) => {
    const explanation = await explain(ca, { oneTimeToken: await ca.token(options) })
    expect(refusalIn(explanation)).toMatchObject({ code, rule })
    expect(explanation.checks).toHaveLength(passed)
  })

  test.each([
    [
      'of another authority',
      { audience: 'https://other.internal/1.0/sign' },
      /^the token is for another authority: its audience holds none of dnsNames$/,
    ],
    [
      'of a provisioner that is gone',
      { issuer: 'nobody' },
      /^no provisioner has the name of its issuer, "nobody", and the key "/,
    ],
    ['of another key', { kid: 'other' }, /, and the key "other"$/],
  ])('says why no provisioner matches a token %s', async (_, options, detail) => {
    const explanation = await explain(ca, { oneTimeToken: await ca.token(options) })
    expect(refusalIn(explanation)).toMatchObject({
      code: 'provisioner_not_found',
      detail: expect.stringMatching(detail),
    })
  })

  test('is that a token serves once', async () => {
    const oneTimeToken = await ca.token()
    await ca.sign({ oneTimeToken })
    const explanation = await explain(ca, { oneTimeToken })
    expect(refusalIn(explanation)).toEqual({
      code: 'token_already_used',
      message: 'token already used',
      detail: undefined,
      hint: undefined,
      rule: 'built-in: one token, one certificate',
    })
    expect(checksOf(explanation)).toEqual(['request', 'provisioner', 'token'])
  })

  test('is a policy’s', async () => {
    const { policy } = readAuthority({ policy: { x509: { deny: { dns: ['web.internal'] } } } })
    if (policy === undefined) throw new Error('no policy')
    const here = ca.again({ policy })
    const explanation = await explain({ ...ca, authority: here })
    expect(refusalIn(explanation)).toMatchObject({ code: 'name_not_allowed' })
    expect(refusalIn(explanation).rule).toMatch(/^authority\.policy\.x509\.deny\.dns/)
    expect(checksOf(explanation).at(-1)).toBe('validity')
  })

  test('is that a provisioner is disabled, and why', async () => {
    const provisioners = readProvisioners([
      {
        type: 'JWK',
        name: 'admin',
        key: await jwk(),
        options: { webhooks: [{ name: 'w', url: 'https://w.internal', kind: 'ENRICHING' }] },
      },
    ])
    const explanation = await explain({ ...ca, authority: ca.again({ provisioners }) })
    expect(refusalIn(explanation)).toMatchObject({
      code: 'provisioner_disabled',
      detail: 'options.webhooks: webhooks are not supported yet',
      rule: 'authority.provisioners[0]',
    })
  })

  const templates: readonly [what: string, template: string, code: string, rule: string][] = [
    [
      'the template, in its words',
      '{{ fail "not on a Monday" }}{}',
      'template_refused',
      'options.x509',
    ],
    [
      'the template, which cannot be evaluated',
      '{"subject": "{{ index .SANs 7 }}"}',
      'template_failed',
      'options.x509',
    ],
    ['the template, whose result is none', '{', 'template_result_malformed', 'options.x509'],
    [
      'the template, whose result cannot be signed',
      '{"subject": "x", "nameConstraints": {"permittedDNSDomains": "a"}}',
      'template_failed',
      'options.x509',
    ],
    [
      'the switch for authorities',
      '{"subject": "x", "basicConstraints": {"isCA": true}}',
      'authority_not_allowed',
      'mayfly.allowCertificateAuthority',
    ],
  ]

  test.each(templates)('is %s', async (_, template, code, member) => {
    const key = await jwk()
    const provisioners = readProvisioners([
      { type: 'JWK', name: 'admin', key, options: { x509: { template } } },
    ])
    const explanation = await explain({ ...ca, authority: ca.again({ provisioners }) })
    const rule = `authority.provisioners[0].${member}`
    expect(refusalIn(explanation)).toMatchObject({ code, rule })
  })

  test('is the same as signing has', async () => {
    const oneTimeToken = await ca.token()
    const request = { oneTimeToken, notAfter: '72h' }
    const { code, message } = refusalIn(await explain(ca, request))
    expect(await refusalOf(ca.sign(request))).toEqual({ code, message })
  })
})

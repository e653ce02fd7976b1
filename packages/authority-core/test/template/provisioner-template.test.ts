import type { AuthorityOptions, SignRequest } from '@mayfly/authority-core'
import { type Certificate, formatName } from '@mayfly/x509-profiles'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  createPki,
  createRequest,
  createTestAuthority,
  type Pki,
  readProvisioners,
  sharedRequest,
  type TestAuthority,
} from '../support/authority.ts'
import { issueLeaf, shown } from '../support/leaf.ts'
import { refusalOf } from '../support/refusal.ts'

let pki: Pki

beforeAll(async () => {
  pki = await createPki()
})

/** An authority whose provisioner `admin` has the options of `options.x509`. */
function createCa(
  x509: unknown,
  {
    mayfly,
    policy,
    ...options
  }: Partial<AuthorityOptions> & { mayfly?: unknown; policy?: object } = {},
): Promise<TestAuthority> {
  return createTestAuthority({
    pki,
    ...options,
    provisioner: {
      options: { x509 },
      ...(mayfly === undefined ? {} : { mayfly }),
      ...(policy === undefined ? {} : { policy }),
    },
  })
}

async function signWith(
  template: string,
  options: Parameters<typeof createCa>[1] & { request?: Partial<SignRequest> } = {},
): Promise<Certificate> {
  const { request, ...more } = options
  const ca = await createCa({ template }, more)
  return (await ca.sign(request)).certificate
}

const plain = '{"subject": {{ toJson .Subject }}, "sans": {{ toJson .SANs }}}'

describe('a provisioner with a template', () => {
  test('issues what the template says, with step’s provisioner extension', async () => {
    const { subject, subjectAltNames, extensions, provisioner } = await signWith(
      '{"subject": {"organization": "Ops", "commonName": {{ toJson .Token.sub }}}, "dnsNames": "b.internal"}',
    )
    expect(formatName(subject)).toBe('O=Ops,CN=web.internal')
    expect(subjectAltNames).toEqual([{ type: 'dns', value: 'b.internal' }])
    expect(extensions.map(({ oid }) => oid)).not.toContain('2.5.29.37')
    expect(provisioner?.name).toBe('admin')
  })

  test('reads it from the file that was loaded for it', async () => {
    const templateFiles = new Map([['leaf.tpl', { text: '{"subject": "from a file"}' }]])
    const ca = await createCa({ templateFile: 'leaf.tpl' }, { templateFiles })
    expect(formatName((await ca.sign()).certificate.subject)).toBe('CN=from a file')
  })

  test('goes by the text before the file', async () => {
    const ca = await createCa({ template: '{"subject":"text"}', templateFile: 'missing.tpl' })
    expect(formatName((await ca.sign()).certificate.subject)).toBe('CN=text')
  })

  test('fills the attributes of the authority into a subject that lacks them', async () => {
    const subjectTemplate = { country: 'DE', organization: 'Inherited' }
    const { subject } = await signWith('{"subject": {"organization": "Own", "commonName": "x"}}', {
      subjectTemplate,
    })
    expect(formatName(subject)).toBe('C=DE,O=Own,CN=x')
  })

  test('may be long, up to 128 KiB', async () => {
    const { subject } = await signWith('{"note": "{{ repeat 120000 "x" }}", "subject": "x"}')
    expect(formatName(subject)).toBe('CN=x')
  })

  test('has templateData and, apart from it, what came with the request', async () => {
    const ca = await createCa({
      template: '{"subject": "{{ .team }}/{{ .Insecure.User.team }}"}',
      templateData: { team: 'blue', Insecure: { User: { team: 'never' } } },
    })
    const { certificate } = await ca.sign({ templateData: { team: 'asked' } })
    expect(formatName(certificate.subject)).toBe('CN=blue/asked')
  })

  test('takes the bounds of the request before those of the template', async () => {
    const ca = await createCa({
      template: '{"subject": "x", "notAfter": "{{ now | dateModify "1h" | formatTime }}"}',
    })
    const length = async (request?: Partial<SignRequest>): Promise<number> => {
      const { notBefore, notAfter } = (await ca.sign(request)).certificate.validity
      return (notAfter.getTime() - notBefore.getTime()) / 60_000
    }
    expect(await length()).toBe(61)
    expect(await length({ notAfter: '30m' })).toBe(31)
  })

  test('chooses the signature algorithm; a renewal is signed with the usual one', async () => {
    const ca = await createCa({
      template: '{"subject": "x", "signatureAlgorithm": "ecdsa-SHA384"}',
    })
    const leaf = await issueLeaf(ca)
    expect(leaf.certificate.signatureAlgorithm.name).toBe('ECDSA-SHA384')
    const renewed = await ca.authority.renew({ credential: shown(leaf), requestId: 'r' })
    expect(renewed.certificate.signatureAlgorithm.name).toBe('ECDSA-SHA256')
  })

  test('lets its certificates be renewed with all that they hold', async () => {
    const ca = await createCa({
      template: `{"subject": "x", "sans": {{ toJson .SANs }}, "extKeyUsage": ["clientAuth", "serverAuth"],
        "keyUsage": "digitalSignature", "extensions": [{"id": "1.2.3.4", "value": "BQA="}]}`,
    })
    const leaf = await issueLeaf(ca)
    const renewed = await ca.authority.renew({ credential: shown(leaf), requestId: 'r' })
    const kept = (certificate: Certificate) =>
      certificate.extensions.filter(({ oid }) => oid !== '2.5.29.35')
    expect(kept(renewed.certificate)).toEqual(kept(leaf.certificate))
  })
})

describe('a template is refused', () => {
  test.each<[string, string, string]>([
    ['when it calls fail, in its words', '{{ fail "not on a Monday" }}{}', 'template_refused'],
    ['when it cannot be evaluated', '{"subject": "{{ index .SANs 7 }}"}', 'template_failed'],
    [
      'when it does not end',
      '{{ define "a" }}{{ template "a" }}{{ end }}{{ template "a" }}',
      'template_failed',
    ],
    ['when its result is no JSON', '{"subject": ', 'template_result_malformed'],
    ['when its result is no object', '{{ "[]" }}', 'template_result_malformed'],
    ['when a member is of the wrong type', '{"subject": 5}', 'template_result_malformed'],
    [
      'when JSON nests too deep',
      `{"x": ${'['.repeat(200)}${']'.repeat(200)}}`,
      'template_result_malformed',
    ],
    [
      'when a key usage is unknown',
      '{"subject": "x", "keyUsage": "all"}',
      'template_result_malformed',
    ],
    [
      'when an object identifier is none',
      '{"subject": "x", "policyIdentifiers": "1.x"}',
      'template_result_malformed',
    ],
    [
      'when an object identifier cannot be written',
      '{"subject": "x", "policyIdentifiers": "9.9"}',
      'template_failed',
    ],
    [
      'when octets are not base64',
      '{"subject": "x", "subjectKeyId": "*"}',
      'template_result_malformed',
    ],
    ['when rawSubject is no name', '{"rawSubject": "AQID"}', 'template_failed'],
    [
      'when an extension of known structure is malformed',
      '{"subject": "x", "extensions": [{"id": "2.5.29.17", "value": "AQID"}]}',
      'template_failed',
    ],
    [
      'when an extension comes twice',
      '{"subject": "x", "extensions": [{"id": "1.2.3", "value": "BQA="}, {"id": "1.2.3", "value": "BQA="}]}',
      'template_failed',
    ],
    [
      'when a name of a further kind is malformed',
      '{"subject": "x", "sans": [{"type": "registeredID", "value": "x"}]}',
      'template_failed',
    ],
    [
      'when a kind of name is not offered',
      '{"subject": "x", "sans": [{"type": "x400Address", "value": "x"}]}',
      'template_failed',
    ],
    [
      'when it constrains names in a leaf',
      '{"subject": "x", "nameConstraints": {"permittedDNSDomains": "a"}}',
      'template_failed',
    ],
    [
      'when it asks for an algorithm of another key',
      '{"subject": "x", "signatureAlgorithm": "SHA256-RSA"}',
      'signature_algorithm_not_offered',
    ],
    [
      'when it asks for a weak algorithm',
      '{"subject": "x", "signatureAlgorithm": "ECDSA-SHA1"}',
      'signature_algorithm_not_offered',
    ],
    [
      'when it makes an authority',
      '{"subject": "x", "basicConstraints": {"isCA": true}}',
      'authority_not_allowed',
    ],
    [
      'when it makes an authority by hand',
      '{"subject": "x", "extensions": [{"id": "2.5.29.19", "critical": true, "value": "MAMBAf8="}]}',
      'authority_not_allowed',
    ],
    [
      'when it may sign certificates',
      '{"subject": "x", "keyUsage": "certSign"}',
      'authority_not_allowed',
    ],
    [
      'when it gives too many names',
      '{"subject": "x", "dnsNames": [{{ range until 1001 }}"n{{ . }}.internal", {{ end }}"x"]}',
      'template_failed',
    ],
    [
      'when its result is too long',
      '{"subject": "x", "note": "{{ repeat 140000 "x" }}"}',
      'template_failed',
    ],
    [
      'when it lasts too long',
      '{"subject": "x", "notAfter": "2100-01-01T00:00:00Z"}',
      'lifetime_too_long',
    ],
  ])('%s', async (_, template, code) => {
    const ca = await createCa({ template })
    const oneTimeToken = await ca.token()
    expect((await refusalOf(ca.sign({ oneTimeToken }))).code).toBe(code)
    const { publicJwk: key } = ca.provisionerKey
    const provisioners = readProvisioners([{ type: 'JWK', name: 'admin', key }])
    const certificationRequest = await sharedRequest()
    const request = { oneTimeToken, certificationRequest, requestId: 'the token is not spent' }
    await expect(ca.again({ provisioners }).sign(request)).resolves.toBeDefined()
  })

  test('with the words that it has for fail', async () => {
    const ca = await createCa({ template: '{{ fail "not on a Monday" }}{}' })
    expect((await refusalOf(ca.sign())).message).toBe('not on a Monday')
  })

  test.each([
    ['one that it writes itself', '{"subject": "x", "dnsNames": "evil.example"}'],
    ['one of the request', '{"subject": "x", "dnsNames": {{ toJson .Insecure.User.names }}}'],
    [
      'one in a ready-made extension',
      '{"subject": "x", "extensions": [{"id": "2.5.29.17", "value": "MA6CDGV2aWwuZXhhbXBsZQ=="}]}',
    ],
    ['the common name', '{"subject": "evil.example"}'],
    [
      'a common name among extra names',
      '{"subject": {"extraNames": [{"type": "2.5.4.3", "value": "evil.example"}]}}',
    ],
  ])('by the policy, whose rules the names of the result keep: %s', async (_, template) => {
    const policy = { x509: { allow: { dns: ['*.internal'], cn: ['x'] } } }
    const ca = await createCa({ template }, { policy })
    const request = { templateData: { names: ['evil.example'] } }
    expect((await refusalOf(ca.sign(request))).code).toBe('name_not_allowed')
  })
})

describe('a certificate authority of a template', () => {
  const template =
    '{"subject": "sub", "keyUsage": ["certSign", "crlSign"], "basicConstraints": {"isCA": true, "maxPathLen": 0}}'

  test('is issued with the switch of the provisioner, where the issuer leaves room', async () => {
    const mayfly = { allowCertificateAuthority: true }
    const issued = await signWith(template, { mayfly, issuer: pki.rootIssuer, roots: [pki.root] })
    expect(issued.basicConstraints).toEqual({ isCa: true, pathLength: 0 })
    expect((await refusalOf(signWith(template, { mayfly }))).code).toBe('template_failed')
  })

  test('is refused without it, whoever issues', async () => {
    for (const mayfly of [undefined, {}, { allowCertificateAuthority: false }]) {
      const refused = signWith(template, { mayfly, issuer: pki.rootIssuer })
      expect((await refusalOf(refused)).code).toBe('authority_not_allowed')
    }
  })
})

describe('a template that cannot be used', () => {
  test.each<[string, unknown, RegExp]>([
    [
      'does not parse',
      { template: '{"subject": {{ if }}' },
      /^options\.x509: template: template:1: /,
    ],
    ['calls an unknown function', { template: '{{ env "HOME" }}{}' }, /function "env" not defined/],
    [
      'makes keys',
      { template: '{{ genPrivateKey "rsa" }}{}' },
      /function "genPrivateKey" not defined/,
    ],
    [
      'is neither text nor base64',
      { template: 'subject' },
      /template: neither begins with a brace/,
    ],
    ['is no text', { template: 5 }, /template: has to be a text/],
    [
      'stands in a file that is not there',
      { templateFile: 'x.tpl' },
      /templateFile: x\.tpl cannot be read/,
    ],
    [
      'has data that are no object',
      { template: '{}', templateData: [1] },
      /templateData: has to be an object/,
    ],
  ])(
    'because it %s: its provisioner says so at the start, and its tokens are refused',
    async (_, x509, reason) => {
      const ca = await createCa(x509)
      expect(ca.authority.provisionerWarnings[0]?.reason).toMatch(reason)
      expect(ca.authority.provisioners()[0]?.document).toMatchObject({ state: 'Uninitialized' })
      expect((await refusalOf(ca.sign())).code).toBe('template_invalid')
    },
  )

  test('leaves renewals alone', async () => {
    const before = await createTestAuthority({ pki })
    const leaf = await issueLeaf(before)
    const broken = await createCa({ template: '{{' })
    const authority = broken.again({ store: before.store, now: before.clock.now })
    const renewed = await authority.renew({ credential: shown(leaf), requestId: 'r' })
    expect(renewed.certificate.subject).toEqual(leaf.certificate.subject)
  })

  test('refuses a switch of its provisioner that nobody knows', async () => {
    await expect(createCa({ template: plain }, { mayfly: { allowCA: true } })).rejects.toThrow(
      /allowCA/,
    )
  })
})

test('names of the request are compared with the token’s before a template is asked', async () => {
  const ca = await createCa({ template: '{{ fail "asked" }}' })
  const certificationRequest = await createRequest({ names: ['other.internal'] })
  expect((await refusalOf(ca.sign({ certificationRequest }))).code).toBe('name_mismatch')
})

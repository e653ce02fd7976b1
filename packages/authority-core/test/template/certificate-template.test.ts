import { AuthorityError } from '@mayfly/authority-core'
import {
  createCertificateTemplate,
  defaultTemplates,
  type TemplateInput,
} from '@mayfly/authority-core/template'
import {
  createName,
  formatName,
  type Issuer,
  issue,
  issueTemplated,
  leafProfile,
  ProfileError,
  subjectAltNamesOf,
} from '@mayfly/x509-profiles'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { createPki, createRequest, random, start } from '../support/authority.ts'

const ambient = { now: () => start, random }
const validity = { notBefore: start, notAfter: new Date(start.getTime() + 3_600_000) }

let issuer: Issuer
let input: TemplateInput

beforeAll(async () => {
  ;({ issuer } = await createPki())
  const certificationRequest = await createRequest({
    commonName: 'asked.internal',
    names: ['asked.internal', '10.0.0.1', 'a@b.internal', 'urn:x'],
  })
  const names = ['web.internal', 'urn:y', 'c@d.internal', '10.0.0.2']
  input = { certificationRequest, subject: 'web.internal', names }
})

describe('a default template', () => {
  test('of a leaf makes what the authority makes without one, octet by octet', async () => {
    const { subjectPublicKeyInfo } = input.certificationRequest
    const { contents } = createCertificateTemplate(defaultTemplates.leaf).render(input, ambient)
    const templated = await issueTemplated(
      { contents, subjectPublicKeyInfo, validity },
      { type: 'templated', allowsAuthority: false },
      issuer,
      ambient,
    )
    const subject = createName({ commonName: 'web.internal' })
    const subjectAltNames = subjectAltNamesOf(contents)
    const plain = await issue(
      { subject, subjectAltNames, subjectPublicKeyInfo, validity },
      leafProfile,
      issuer,
      ambient,
    )
    expect(templated.extensions).toEqual(plain.extensions)
    expect(templated.subject.der).toEqual(plain.subject.der)
  })

  test.each([
    ['leaf', 'CN=web.internal', 'web.internal', 2],
    ['adminLeaf', 'CN=asked.internal', 'asked.internal', 2],
    ['instanceLeaf', 'CN=asked.internal', 'web.internal', 2],
    ['attestedLeaf', 'CN=web.internal', 'web.internal', 1],
  ] as const)('of name %s', (name, subject, firstName, purposes) => {
    const { contents } = createCertificateTemplate(defaultTemplates[name]).render(input, ambient)
    expect(formatName(contents.subject)).toBe(subject)
    expect(subjectAltNamesOf(contents).map(({ type }) => type)).toEqual([
      'dns',
      'email',
      'ip',
      'uri',
    ])
    expect(subjectAltNamesOf(contents)[0]?.value).toBe(firstName)
    expect(contents.extendedKeyUsages).toHaveLength(purposes)
    expect(contents.keyUsage).toEqual(['digitalSignature'])
  })

  test('of an instance takes the names of the request where the token has none', () => {
    const template = createCertificateTemplate(defaultTemplates.instanceLeaf)
    const { certificationRequest } = input
    const { contents } = template.render({ certificationRequest }, ambient)
    expect(subjectAltNamesOf(contents)).toEqual(certificationRequest.subjectAltNames)
  })
})

describe('what a template reads', () => {
  test('is its own: nothing of an object that it inherits', () => {
    const template = createCertificateTemplate(
      '{"subject": "{{ .Token.constructor }}{{ .Token.__proto__ }}{{ .toString }}"}',
    )
    const { contents } = template.render({ ...input, token: {} }, ambient)
    expect(formatName(contents.subject)).toBe('CN=\\<no value\\>\\<no value\\>\\<no value\\>')
  })

  test('says what the request would like to be for', () => {
    const certificationRequest = {
      ...input.certificationRequest,
      extensions: [
        { oid: '2.5.29.15', critical: true, value: Buffer.from('03020106', 'hex') },
        {
          oid: '2.5.29.37',
          critical: false,
          value: Buffer.from('300d06082b0601050507030206012a', 'hex'),
        },
        { oid: '2.5.29.19', critical: true, value: Buffer.from('30060101ff020103', 'hex') },
      ],
    }
    const shown =
      '{{ toJson (toJson (list .KeyUsage .ExtKeyUsage .UnknownExtKeyUsage .BasicConstraints)) }}'
    const template = createCertificateTemplate(
      `{{ with .Insecure.CR }}{"subject": {"organization": ${shown}}}{{ end }}`,
    )
    const wishes = template.render({ ...input, certificationRequest }, ambient)
    expect(wishes.contents.subject.attributes[0]?.value).toBe(
      '[["certSign","crlSign"],["clientAuth"],["1.2"],{"isCA":true,"maxPathLen":3}]',
    )
    const nothing = template.render(input, ambient)
    expect(nothing.contents.subject.attributes[0]?.value).toBe('[null,null,null,null]')
  })

  test('stays as it was, whatever a template does to it', () => {
    const token = { list: [1], map: { a: 1 } }
    const template = createCertificateTemplate(
      '{{ $_ := set .Token.map "a" 2 }}{{ $_ := unset .Token "list" }}{"subject": "{{ .Token.map.a }}"}',
    )
    for (let count = 0; count < 2; count += 1) {
      expect(formatName(template.render({ ...input, token }, ambient).contents.subject)).toBe(
        'CN=2',
      )
    }
    expect(token).toEqual({ list: [1], map: { a: 1 } })
  })
})

test('any text gives contents, or a refusal with a code', () => {
  const member = fc.constantFrom(...members)
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.constantFrom('1.2.3', 'AQID', 'MAA=', '10.0.0.0/8', '0x1f', 'dns', '2026-01-01T00:00:00Z'),
    fc.array(fc.dictionary(fc.constantFrom('id', 'value', 'type', 'critical'), fc.jsonValue())),
  )
  const document = fc.dictionary(member, value).map((object) => JSON.stringify(object))
  const text = fc.oneof(document, fc.json(), fc.string())
  fc.assert(
    fc.property(text, (result) => {
      const template = createCertificateTemplate('{{ .Insecure.User.result }}')
      try {
        const rendered = template.render({ ...input, userData: { result } }, ambient)
        expect(rendered.contents.subject.der).toBeInstanceOf(Uint8Array)
      } catch (error) {
        if (!(error instanceof AuthorityError || error instanceof ProfileError)) throw error
      }
    }),
    { numRuns: 2000 },
  )
})

const members = [
  ...['subject', 'rawSubject', 'issuer', 'version', 'serialNumber', 'sans', 'dnsNames', 'uris'],
  ...['emailAddresses', 'ipAddresses', 'keyUsage', 'extKeyUsage', 'unknownExtKeyUsage'],
  ...['basicConstraints', 'nameConstraints', 'subjectKeyId', 'authorityKeyId', 'ocspServer'],
  ...['crlDistributionPoints', 'policyIdentifiers', 'extensions', 'notBefore', 'notAfter'],
  ...['signatureAlgorithm', 'issuingCertificateURL', 'SUBJECT'],
]

import { AuthorityError } from '@mayfly/authority-core'
import { createSigner, generatePrivateKey } from '@mayfly/keystore-hsm'
import {
  type Certificate,
  createCertificationRequest,
  createNameOf,
  type Extension,
  guessGeneralName,
} from '@mayfly/x509-profiles'
import { describe, expect, test } from 'vitest'
import { createPki, createTestAuthority } from '../support/authority.ts'

/**
 * A template of ours and what step-ca 0.30.2 made of it: the subject in hexadecimal and the extensions in order, or the
 * refusal.
 */
interface JudgedTemplate {
  readonly name: string
  readonly template: string
  /** The DER of the Name in hexadecimal. */
  readonly subject?: string
  /** Only where the template chose it. */
  readonly serialNumber?: bigint
  /** Object identifier, whether it is critical, and the value in hexadecimal or by what it is of. */
  readonly extensions?: readonly string[]
  /** A code where step-ca answers 500; the text of the answer where it answers 400. */
  readonly refused?: string
  /** What we refuse on purpose although step-ca issues it: our code, and why. */
  readonly differs?: { readonly code: string; readonly why: string }
}

const pki = await createPki()
const certificationRequest = await createCertificationRequest({
  subject: createNameOf([
    [{ type: '2.5.4.10', value: 'Asked Org' }],
    [{ type: '2.5.4.3', value: 'web.internal' }],
  ]),
  subjectAltNames: ['web.internal', 'mail.internal'].map(guessGeneralName),
  signer: createSigner(await generatePrivateKey()),
})

describe('a template gives what step-ca gave', () => {
  test.each(
    judgedTemplates().filter((each) => each.refused === undefined && each.differs === undefined),
  )('$name', async ({ template, subject, serialNumber, extensions }) => {
    const certificate = await signWith(template)
    expect(hex(certificate.subject.der)).toBe(subject)
    expect(certificate.extensions.map(describeExtension)).toEqual(extensions)
    if (serialNumber !== undefined) expect(certificate.serialNumber).toBe(serialNumber)
  })
})

describe('a template is refused as step-ca refused it', () => {
  test.each(judgedTemplates().filter(({ refused }) => refused !== undefined))(
    '$name',
    async ({ template, refused }) => {
      const error = await signWith(template).catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(AuthorityError)
      if (!(error instanceof AuthorityError)) throw new TypeError('unreachable')
      const isOwnWords = error.code === 'template_refused'
      expect(
        isOwnWords ? `The request could not be completed: ${error.message}.` : error.code,
      ).toBe(refused)
    },
  )
})

describe('a template is refused on purpose where step-ca issues', () => {
  test.each(judgedTemplates().filter(({ differs }) => differs !== undefined))(
    '$name: $differs.why',
    async ({ template, subject, differs }) => {
      expect(subject).toBeDefined()
      await expect(signWith(template)).rejects.toMatchObject({ code: differs?.code })
    },
  )
})

test('octets of an other name get the explicit tag that they lack, where step-ca writes none', async () => {
  const { extensions } = await signWith(
    '{"subject": "x", "sans": [{"type": "1.2.3.10", "value": "raw:BAIBAg=="}]}',
  )
  // RFC 5280 §4.2.1.6: OtherName ::= SEQUENCE { type-id OBJECT IDENTIFIER, value [0] EXPLICIT ANY }
  expect(extensions.map(describeExtension)).toContain('2.5.29.17 300da00b06032a030aa00404020102')
})

async function signWith(template: string): Promise<Certificate> {
  const ca = await createTestAuthority({ pki, provisioner: { options: { x509: { template } } } })
  const oneTimeToken = await ca.token({ sans: ['web.internal', 'mail.internal'] })
  return (await ca.sign({ certificationRequest, oneTimeToken })).certificate
}

function describeExtension({ oid, critical, value }: Extension): string {
  const isKeyHash = oid === '2.5.29.14' && value.length === 22
  const shown = isKeyHash ? '<key>' : (placeholders.get(oid) ?? hex(value))
  return `${oid}${critical ? ' critical' : ''} ${shown}`
}

function hex(octets: Uint8Array): string {
  return Buffer.from(octets).toString('hex')
}

const placeholders: ReadonlyMap<string, string> = new Map([
  ['2.5.29.35', '<issuer>'],
  ['1.3.6.1.4.1.37476.9000.64.1', '<provisioner>'],
])

function judgedTemplates(): readonly JudgedTemplate[] {
  return [
    {
      name: 'all members at once',
      template:
        '{"subject": {"commonName": {{ toJson .Subject.CommonName }}, "country": "NO", "province": "Vestland", "locality": "Bergen", "streetAddress": ["Kai 1", "Kai 2"], "postalCode": "5003", "organization": "Fjord", "organizationalUnit": "Ops", "serialNumber": "77"}, "sans": {{ toJson .SANs }}, "keyUsage": ["digital_signature", "KEYAGREEMENT"], "extKeyUsage": ["serverAuth", "codeSigning", "timeStamping", "ocspSigning", "ipsecUser", "any"], "ocspServer": ["http://ocsp.internal/a", "http://ocsp.internal/b"], "issuingCertificateURL": "http://ca.internal/ca.cer", "crlDistributionPoints": ["http://crl.internal/1", "ldap://crl.internal/2"], "policyIdentifiers": ["1.2.3.4", "2.5.29.32.0"], "basicConstraints": {"isCA": false, "maxPathLen": 7}}',
      subject:
        '3081a0310b3009060355040613024e4f3111300f06035504081308566573746c616e64310f300d0603550407130642657267656e311c300c060355040913054b61692031300c060355040913054b61692032310d300b0603550411130435303033310e300c060355040a1305466a6f7264310c300a060355040b13034f7073311530130603550403130c7765622e696e7465726e616c310b3009060355040513023737',
      extensions: [
        '2.5.29.15 critical 03020388',
        '2.5.29.37 303806082b0601050507030106082b0601050507030306082b0601050507030806082b0601050507030906082b060105050703070604551d2500',
        '2.5.29.19 critical 3000',
        '2.5.29.14 <key>',
        '2.5.29.35 <issuer>',
        '1.3.6.1.5.5.7.1.1 306f302206082b060105050730018616687474703a2f2f6f6373702e696e7465726e616c2f61302206082b060105050730018616687474703a2f2f6f6373702e696e7465726e616c2f62302506082b060105050730028619687474703a2f2f63612e696e7465726e616c2f63612e636572',
        '2.5.29.17 301d820c7765622e696e7465726e616c820d6d61696c2e696e7465726e616c',
        '2.5.29.32 300f300506032a030430060604551d2000',
        '2.5.29.31 303a301ba019a0178615687474703a2f2f63726c2e696e7465726e616c2f31301ba019a01786156c6461703a2f2f63726c2e696e7465726e616c2f32',
        '1.3.6.1.4.1.37476.9000.64.1 <provisioner>',
      ],
    },
    {
      name: 'names of the request, not the token’s',
      template:
        '{"subject": {{ toJson .Insecure.CR.Subject }}, "dnsNames": {{ toJson .Insecure.CR.DNSNames }}}',
      subject:
        '302b31123010060355040a130941736b6564204f7267311530130603550403130c7765622e696e7465726e616c',
      extensions: [
        '2.5.29.14 <key>',
        '2.5.29.35 <issuer>',
        '2.5.29.17 301d820c7765622e696e7465726e616c820d6d61696c2e696e7465726e616c',
        '1.3.6.1.4.1.37476.9000.64.1 <provisioner>',
      ],
    },
    {
      name: 'an extra name in the place of a common name',
      template:
        '{"subject": {"commonName": "gone", "country": "SE", "extraNames": [{"type": "2.5.4.3", "value": "kept"}]}}',
      subject: '301c310b3009060355040613025345310d300b060355040313046b657074',
      extensions: [
        '2.5.29.14 <key>',
        '2.5.29.35 <issuer>',
        '1.3.6.1.4.1.37476.9000.64.1 <provisioner>',
      ],
    },
    {
      name: 'extra names of one type apart',
      template:
        '{"subject": {"commonName": "x", "extraNames": [{"type": "2.5.4.12", "value": "Dr"}, {"type": "2.5.4.12", "value": "Prof"}, {"type": "0.9.2342.19200300.100.1.25", "value": "internal"}]}}',
      subject:
        '3042310a30080603550403130178310b3009060355040c13024472310d300b060355040c130450726f6631183016060a0992268993f22c6401191308696e7465726e616c',
      extensions: [
        '2.5.29.14 <key>',
        '2.5.29.35 <issuer>',
        '1.3.6.1.4.1.37476.9000.64.1 <provisioner>',
      ],
    },
    {
      name: 'an extra name with an at sign, an asterisk and an umlaut',
      template:
        '{"subject": {"extraNames": [{"type": "2.5.4.42", "value": "a@b"}, {"type": "2.5.4.42", "value": "*"}, {"type": "2.5.4.42", "value": "Ü"}]}}',
      subject: '3027310c300a060355042a0c03614062310a3008060355042a0c012a310b3009060355042a0c02c39c',
      extensions: [
        '2.5.29.14 <key>',
        '2.5.29.35 <issuer>',
        '1.3.6.1.4.1.37476.9000.64.1 <provisioner>',
      ],
    },
    {
      name: 'an extra name that is a number',
      template: '{"subject": {"extraNames": [{"type": "2.5.4.42", "value": 5}]}}',
      refused: 'template_failed',
    },
    {
      name: 'empty texts among several',
      template:
        '{"subject": {"organization": ["", "b"], "commonName": "", "serialNumber": ""}, "dnsNames": "a.internal"}',
      subject: '301531133007060355040a13003008060355040a130162',
      extensions: [
        '2.5.29.14 <key>',
        '2.5.29.35 <issuer>',
        '2.5.29.17 300c820a612e696e7465726e616c',
        '1.3.6.1.4.1.37476.9000.64.1 <provisioner>',
      ],
    },
    {
      name: 'a raw subject before a subject',
      template: '{"rawSubject": "MBMxETAPBgNVBAMTCHJhdy1uYW1l", "subject": {"organization": "no"}}',
      subject: '30133111300f060355040313087261772d6e616d65',
      extensions: [
        '2.5.29.14 <key>',
        '2.5.29.35 <issuer>',
        '1.3.6.1.4.1.37476.9000.64.1 <provisioner>',
      ],
    },
    {
      name: 'URIs as they are written again',
      template:
        '{"subject": "x", "uris": ["HTTPS://Host.Internal:8443/a b?q=c d#e f", "urn:ISBN:1", "spiffe://td/ns/%7Euser", "mailto:a@b", "http://h/%zz"]}',
      refused: 'template_result_malformed',
    },
    {
      name: 'URIs with percents and brackets',
      template:
        '{"subject": "x", "uris": ["http://h/a%2Fb[c]", "http://[2001:db8::1]:80/x", "http://u:p@h/", "file:///etc/x", "a+b.c:opaque"]}',
      subject: '300c310a30080603550403130178',
      extensions: [
        '2.5.29.14 <key>',
        '2.5.29.35 <issuer>',
        '2.5.29.17 305a8611687474703a2f2f682f61253246625b635d8619687474703a2f2f5b323030313a6462383a3a315d3a38302f78860d687474703a2f2f753a7040682f860d66696c653a2f2f2f6574632f78860c612b622e633a6f7061717565',
        '1.3.6.1.4.1.37476.9000.64.1 <provisioner>',
      ],
    },
    {
      name: 'URIs without a scheme',
      template: '{"subject": "x", "uris": ["//host/path", "/only/path"]}',
      subject: '300c310a30080603550403130178',
      extensions: [
        '2.5.29.14 <key>',
        '2.5.29.35 <issuer>',
        '2.5.29.17 3019860b2f2f686f73742f70617468860a2f6f6e6c792f70617468',
        '1.3.6.1.4.1.37476.9000.64.1 <provisioner>',
      ],
      differs: { code: 'template_failed', why: 'a URI is absolute (RFC 5280 §4.2.1.6)' },
    },
    {
      name: 'URIs with a umlaut in the path',
      template: '{"subject": "x", "uris": ["https://h.internal/ü/%41"]}',
      subject: '300c310a30080603550403130178',
      extensions: [
        '2.5.29.14 <key>',
        '2.5.29.35 <issuer>',
        '2.5.29.17 301d861b68747470733a2f2f682e696e7465726e616c2f2543332542432f41',
        '1.3.6.1.4.1.37476.9000.64.1 <provisioner>',
      ],
    },
    {
      name: 'typed names that are none',
      template:
        '{"subject": "x", "sans": [{"type": "ip", "value": "not an address"}, {"type": "uri", "value": "http://[bad"}, {"type": "dns", "value": "kept.internal"}]}',
      subject: '300c310a30080603550403130178',
      extensions: [
        '2.5.29.14 <key>',
        '2.5.29.35 <issuer>',
        '2.5.29.17 300f820d6b6570742e696e7465726e616c',
        '1.3.6.1.4.1.37476.9000.64.1 <provisioner>',
      ],
    },
    {
      name: 'typed names of kinds in capitals',
      template: '{"subject": "x", "sans": [{"type": "DNS", "value": "a.internal"}]}',
      refused: 'template_failed',
    },
    {
      name: 'addresses in several forms',
      template:
        '{"subject": "x", "ipAddresses": ["::ffff:10.0.0.1", "2001:DB8:0:0::1", "127.0.0.1"]}',
      subject: '300c310a30080603550403130178',
      extensions: [
        '2.5.29.14 <key>',
        '2.5.29.35 <issuer>',
        '2.5.29.17 301e87040a000001871020010db800000000000000000000000187047f000001',
        '1.3.6.1.4.1.37476.9000.64.1 <provisioner>',
      ],
    },
    {
      name: 'an address with a leading zero',
      template: '{"subject": "x", "ipAddresses": "10.0.0.01"}',
      refused: 'template_result_malformed',
    },
    {
      name: 'an address with a zone',
      template: '{"subject": "x", "ipAddresses": "fe80::1%eth0"}',
      refused: 'template_result_malformed',
    },
    {
      name: 'a wildcard among plain names',
      template: '{"subject": "x", "dnsNames": ["*.Internal", "UPPER.internal"]}',
      subject: '300c310a30080603550403130178',
      extensions: [
        '2.5.29.14 <key>',
        '2.5.29.35 <issuer>',
        '2.5.29.17 301c820a2a2e496e7465726e616c820e55505045522e696e7465726e616c',
        '1.3.6.1.4.1.37476.9000.64.1 <provisioner>',
      ],
    },
    {
      name: 'capitals beside a user principal name',
      template:
        '{"subject": "x", "dnsNames": ["UPPER.internal"], "sans": [{"type": "userPrincipalName", "value": "jö@corp"}]}',
      subject: '300c310a30080603550403130178',
      extensions: [
        '2.5.29.14 <key>',
        '2.5.29.35 <issuer>',
        '2.5.29.17 302a820e75707065722e696e7465726e616ca018060a2b060104018237140203a00a0c086ac3b640636f7270',
        '1.3.6.1.4.1.37476.9000.64.1 <provisioner>',
      ],
    },
    {
      name: 'an umlaut beside a user principal name',
      template:
        '{"subject": "x", "dnsNames": ["bücher.internal"], "sans": [{"type": "userPrincipalName", "value": "a@corp"}]}',
      subject: '300c310a30080603550403130178',
      extensions: [
        '2.5.29.14 <key>',
        '2.5.29.35 <issuer>',
        '2.5.29.17 30308216786e2d2d62636865722d6b76612e696e7465726e616ca016060a2b060104018237140203a0080c066140636f7270',
        '1.3.6.1.4.1.37476.9000.64.1 <provisioner>',
      ],
    },
    {
      name: 'a wildcard beside a user principal name',
      template:
        '{"subject": "x", "dnsNames": ["*.internal"], "sans": [{"type": "userPrincipalName", "value": "a@corp"}]}',
      refused: 'template_failed',
    },
    {
      name: 'an underscore beside a user principal name',
      template:
        '{"subject": "x", "dnsNames": ["a_b.internal"], "sans": [{"type": "userPrincipalName", "value": "a@corp"}]}',
      refused: 'template_failed',
    },
    {
      name: 'a directory name',
      template:
        '{"subject": "x", "sans": [{"type": "dn", "asn1Value": {"country": "DE", "organization": ["b", "a"], "commonName": "y", "extraNames": [{"type": "2.5.4.42", "value": "g"}]}}]}',
      subject: '300c310a30080603550403130178',
      extensions: [
        '2.5.29.14 <key>',
        '2.5.29.35 <issuer>',
        '2.5.29.17 303fa43d303b310b300906035504061302444531143008060355040a1301613008060355040a130162310a30080603550403130179310a3008060355042a130167',
        '1.3.6.1.4.1.37476.9000.64.1 <provisioner>',
      ],
    },
    {
      name: 'a directory name as text',
      template: String.raw`{"subject": "x", "sans": [{"type": "dn", "value": "\"only a common name\""}]}`,
      subject: '300c310a30080603550403130178',
      extensions: [
        '2.5.29.14 <key>',
        '2.5.29.35 <issuer>',
        '2.5.29.17 3021a41f301d311b3019060355040313126f6e6c79206120636f6d6d6f6e206e616d65',
        '1.3.6.1.4.1.37476.9000.64.1 <provisioner>',
      ],
    },
    {
      name: 'an empty directory name',
      template: '{"subject": "x", "sans": [{"type": "dn", "asn1Value": {}}]}',
      refused: 'template_failed',
    },
    {
      name: 'other names by their object identifier',
      template:
        '{"subject": "x", "sans": [{"type": "1.2.3.4", "value": "plain text"}, {"type": "1.2.3.5", "value": "utf8:ä"}, {"type": "1.2.3.6", "value": "int:-129"}, {"type": "1.2.3.7", "value": "bool:T"}, {"type": "1.2.3.8", "value": "oid:1.2.840.1"}, {"type": "1.2.3.9", "value": "ia5:a:b"}, {"type": "1.2.3.10", "value": "raw:oAQEAgEC"}]}',
      subject: '300c310a30080603550403130178',
      extensions: [
        '2.5.29.14 <key>',
        '2.5.29.35 <issuer>',
        '2.5.29.17 3065a01306032a0304a00c130a706c61696e2074657874a00b06032a0305a0040c02c3a4a00b06032a0306a0040202ff7fa00a06032a0307a0030101ffa00d06032a0308a00606042a864801a00c06032a0309a0051603613a62a00b06032a030aa00404020102',
        '1.3.6.1.4.1.37476.9000.64.1 <provisioner>',
      ],
    },
    {
      name: 'an other name with times',
      template:
        '{"subject": "x", "sans": [{"type": "1.2.3.4", "value": "utc:2049-12-31T23:59:59+01:00"}, {"type": "1.2.3.5", "value": "generalized:2024-07-02 23:16:02 +0000 UTC"}, {"type": "1.2.3.6", "value": "utc:2050-01-01T00:00:00Z"}]}',
      subject: '300c310a30080603550403130178',
      extensions: [
        '2.5.29.14 <key>',
        '2.5.29.35 <issuer>',
        '2.5.29.17 3050a01a06032a0304a01317113439313233313233353935392b30313030a01806032a0305a011180f32303234303730323233313630325aa01806032a0306a011180f32303530303130313030303030305a',
        '1.3.6.1.4.1.37476.9000.64.1 <provisioner>',
      ],
    },
    {
      name: 'a permanent identifier without anything',
      template: '{"subject": "x", "sans": [{"type": "permanentIdentifier", "asn1Value": {}}]}',
      subject: '300c310a30080603550403130178',
      extensions: [
        '2.5.29.14 <key>',
        '2.5.29.35 <issuer>',
        '2.5.29.17 3010a00e06082b06010505070803a0023000',
        '1.3.6.1.4.1.37476.9000.64.1 <provisioner>',
      ],
    },
    {
      name: 'a registered identifier that is none',
      template: '{"subject": "x", "sans": [{"type": "registeredID", "value": "a.b"}]}',
      refused: 'template_failed',
    },
    {
      name: 'a kind of name that nobody knows',
      template: '{"subject": "x", "sans": [{"type": "fax", "value": "1"}]}',
      refused: 'template_failed',
    },
    {
      name: 'kinds of names that are not made',
      template: '{"subject": "x", "sans": [{"type": "ediPartyName", "value": "1"}]}',
      refused: 'template_failed',
    },
    {
      name: 'extensions in their order, one without an identifier',
      template:
        '{"subject": "x", "extensions": [{"id": "1.2.3.5", "value": "BQA="}, {"id": "", "value": "BQA="}, {"id": "1.2.3.4", "critical": true, "value": ""}, {"id": "2.5.29.37", "value": "MAoGCCsGAQUFBwMD"}], "extKeyUsage": "serverAuth"}',
      subject: '300c310a30080603550403130178',
      extensions: [
        '2.5.29.14 <key>',
        '2.5.29.35 <issuer>',
        '1.2.3.5 0500',
        '1.2.3.4 critical ',
        '2.5.29.37 300a06082b06010505070303',
        '1.3.6.1.4.1.37476.9000.64.1 <provisioner>',
      ],
    },
    {
      name: 'an extension with a wrong identifier',
      template: '{"subject": "x", "extensions": [{"id": "9.9.9", "value": "BQA="}]}',
      refused: 'template_failed',
    },
    {
      name: 'its own provisioner extension, replaced where it stands',
      template:
        '{"subject": "x", "extensions": [{"id": "1.3.6.1.4.1.37476.9000.64.1", "critical": true, "value": "BQA="}, {"id": "1.2.3.4", "value": "BQA="}]}',
      subject: '300c310a30080603550403130178',
      extensions: [
        '2.5.29.14 <key>',
        '2.5.29.35 <issuer>',
        '1.3.6.1.4.1.37476.9000.64.1 <provisioner>',
        '1.2.3.4 0500',
      ],
    },
    {
      name: 'a key identifier by hand',
      template:
        '{"subject": "x", "extensions": [{"id": "2.5.29.14", "value": "BAIBAg=="}], "subjectKeyId": "AQ=="}',
      subject: '300c310a30080603550403130178',
      extensions: [
        '2.5.29.35 <issuer>',
        '2.5.29.14 04020102',
        '1.3.6.1.4.1.37476.9000.64.1 <provisioner>',
      ],
    },
    {
      name: 'octets in two lines',
      template: String.raw`{"subject": "x", "extensions": [{"id": "1.2.3", "value": "BQ\nA="}]}`,
      subject: '300c310a30080603550403130178',
      extensions: [
        '2.5.29.14 <key>',
        '2.5.29.35 <issuer>',
        '1.2.3 0500',
        '1.3.6.1.4.1.37476.9000.64.1 <provisioner>',
      ],
    },
    {
      name: 'octets without padding',
      template: '{"subject": "x", "extensions": [{"id": "1.2.3", "value": "BQA"}]}',
      refused: 'template_result_malformed',
    },
    {
      name: 'octets in the alphabet of URLs',
      template: '{"subject": "x", "extensions": [{"id": "1.2.3", "value": "BAH_"}]}',
      refused: 'template_result_malformed',
    },
    {
      name: 'a serial number as a number',
      template: '{"subject": "x", "serialNumber": 1234567890123}',
      subject: '300c310a30080603550403130178',
      serialNumber: 1234567890123n,
      extensions: [
        '2.5.29.14 <key>',
        '2.5.29.35 <issuer>',
        '1.3.6.1.4.1.37476.9000.64.1 <provisioner>',
      ],
    },
    {
      name: 'a serial number in octal digits',
      template: '{"subject": "x", "serialNumber": "0o777"}',
      subject: '300c310a30080603550403130178',
      serialNumber: 511n,
      extensions: [
        '2.5.29.14 <key>',
        '2.5.29.35 <issuer>',
        '1.3.6.1.4.1.37476.9000.64.1 <provisioner>',
      ],
    },
    {
      name: 'a serial number with an underscore',
      template: '{"subject": "x", "serialNumber": "1_000"}',
      subject: '300c310a30080603550403130178',
      serialNumber: 1000n,
      extensions: [
        '2.5.29.14 <key>',
        '2.5.29.35 <issuer>',
        '1.3.6.1.4.1.37476.9000.64.1 <provisioner>',
      ],
    },
    {
      name: 'a negative serial number',
      template: '{"subject": "x", "serialNumber": -5}',
      refused: 'template_failed',
    },
    {
      name: 'a serial number of 21 octets',
      template: '{"subject": "x", "serialNumber": "0x010000000000000000000000000000000000000000"}',
      subject: '300c310a30080603550403130178',
      serialNumber: 1461501637330902918203684832716283019655932542976n,
      extensions: [
        '2.5.29.14 <key>',
        '2.5.29.35 <issuer>',
        '1.3.6.1.4.1.37476.9000.64.1 <provisioner>',
      ],
      differs: { code: 'template_failed', why: 'a serial number has 20 octets at most (§4.1.2.2)' },
    },
    {
      name: 'a member that comes twice, merged',
      template:
        '{"subject": "x", "basicConstraints": {"isCA": false}, "basicConstraints": {"maxPathLen": 4}, "keyUsage": "crlSign", "keyUsage": null}',
      subject: '300c310a30080603550403130178',
      extensions: [
        '2.5.29.19 critical 3000',
        '2.5.29.14 <key>',
        '2.5.29.35 <issuer>',
        '1.3.6.1.4.1.37476.9000.64.1 <provisioner>',
      ],
    },
    {
      name: 'a member that comes twice, the first of them wrong',
      template: '{"subject": 5, "subject": "x"}',
      refused: 'template_result_malformed',
    },
    {
      name: 'null everywhere',
      template:
        '{"subject": "x", "sans": null, "dnsNames": null, "keyUsage": null, "extKeyUsage": null, "basicConstraints": null, "nameConstraints": null, "extensions": null, "subjectKeyId": null, "notAfter": null, "signatureAlgorithm": null, "issuer": null}',
      subject: '300c310a30080603550403130178',
      extensions: [
        '2.5.29.14 <key>',
        '2.5.29.35 <issuer>',
        '1.3.6.1.4.1.37476.9000.64.1 <provisioner>',
      ],
    },
    {
      name: 'null among the names',
      template: '{"subject": "x", "emailAddresses": [null, "a@b.c"]}',
      subject: '300c310a30080603550403130178',
      extensions: [
        '2.5.29.14 <key>',
        '2.5.29.35 <issuer>',
        '2.5.29.17 3009810081056140622e63',
        '1.3.6.1.4.1.37476.9000.64.1 <provisioner>',
      ],
      differs: { code: 'template_failed', why: 'a name is not empty (§4.2.1.6)' },
    },
    {
      name: 'a wrong issuer',
      template: '{"subject": "x", "issuer": 7}',
      refused: 'template_result_malformed',
    },
    {
      name: 'an issuer of its own, left aside',
      template: '{"subject": "x", "issuer": "somebody", "version": 1, "authorityKeyId": "AQ=="}',
      subject: '300c310a30080603550403130178',
      extensions: [
        '2.5.29.14 <key>',
        '2.5.29.35 <issuer>',
        '1.3.6.1.4.1.37476.9000.64.1 <provisioner>',
      ],
    },
    {
      name: 'a version that is a text',
      template: '{"subject": "x", "version": "3"}',
      refused: 'template_result_malformed',
    },
    {
      name: 'JSON with escapes',
      template: String.raw`{"\u0073ubject": "\u0041\ud83d\ude00\ud800\/"}`,
      subject: '30143112301006035504030c0941f09f9880efbfbd2f',
      extensions: [
        '2.5.29.14 <key>',
        '2.5.29.35 <issuer>',
        '1.3.6.1.4.1.37476.9000.64.1 <provisioner>',
      ],
    },
    {
      name: 'JSON with a number that is none',
      template: '{"subject": "x", "note": 01}',
      refused: 'template_result_malformed',
    },
    {
      name: 'JSON with a control character in a text',
      template: String.raw`{"subject": "a{{ "\t" }}b"}`,
      refused: 'template_result_malformed',
    },
    {
      name: 'a time that is not there yet',
      template: '{"subject": "x", "notBefore": "{{ now | dateModify "1h" | formatTime }}"}',
      subject: '300c310a30080603550403130178',
      extensions: [
        '2.5.29.14 <key>',
        '2.5.29.35 <issuer>',
        '1.3.6.1.4.1.37476.9000.64.1 <provisioner>',
      ],
    },
    {
      name: 'the zero time of Go',
      template: '{"subject": "x", "notBefore": "0001-01-01T00:00:00Z"}',
      subject: '300c310a30080603550403130178',
      extensions: [
        '2.5.29.14 <key>',
        '2.5.29.35 <issuer>',
        '1.3.6.1.4.1.37476.9000.64.1 <provisioner>',
      ],
    },
    {
      name: 'a purpose that nobody knows',
      template: '{"subject": "x", "extKeyUsage": ["serverAuth", "webServer"]}',
      refused: 'template_result_malformed',
    },
    {
      name: 'a purpose by an identifier that is none',
      template: '{"subject": "x", "unknownExtKeyUsage": "1.2.z"}',
      refused: 'template_result_malformed',
    },
    {
      name: 'what the request says of itself',
      template:
        '{"subject": {"commonName": "{{ .Insecure.CR.Subject.CommonName }}|{{ len .Insecure.CR.Extensions }}|{{ (index .Insecure.CR.Extensions 0).Critical }}|{{ typeOf .Insecure.CR.PublicKey }}|{{ .Insecure.CR.PublicKeyAlgorithm }}"}}',
      subject:
        '30363134303206035504030c2b7765622e696e7465726e616c7c317c66616c73657c2a65636473612e5075626c69634b65797c4543445341',
      extensions: [
        '2.5.29.14 <key>',
        '2.5.29.35 <issuer>',
        '1.3.6.1.4.1.37476.9000.64.1 <provisioner>',
      ],
    },
    {
      name: 'the request as JSON',
      template:
        '{"subject": {{ toJson .Insecure.CR.Subject }}, "sans": [], "extensions": {{ toJson .Insecure.CR.Extensions }}}',
      subject:
        '302b31123010060355040a130941736b6564204f7267311530130603550403130c7765622e696e7465726e616c',
      extensions: [
        '2.5.29.14 <key>',
        '2.5.29.35 <issuer>',
        '2.5.29.17 301d820c7765622e696e7465726e616c820d6d61696c2e696e7465726e616c',
        '1.3.6.1.4.1.37476.9000.64.1 <provisioner>',
      ],
    },
    {
      name: 'the whole request as JSON',
      template: '{{ toJson .Insecure.CR }}',
      subject:
        '302b31123010060355040a130941736b6564204f7267311530130603550403130c7765622e696e7465726e616c',
      extensions: [
        '2.5.29.14 <key>',
        '2.5.29.35 <issuer>',
        '2.5.29.17 301d820c7765622e696e7465726e616c820d6d61696c2e696e7465726e616c',
        '1.3.6.1.4.1.37476.9000.64.1 <provisioner>',
      ],
    },
    {
      name: 'names as JSON',
      template: '{"subject": {{ toJson (toJson .SANs) }}}',
      subject:
        '30593157305506035504030c4e5b7b2274797065223a22646e73222c2276616c7565223a227765622e696e7465726e616c227d2c7b2274797065223a22646e73222c2276616c7565223a226d61696c2e696e7465726e616c227d5d',
      extensions: [
        '2.5.29.14 <key>',
        '2.5.29.35 <issuer>',
        '1.3.6.1.4.1.37476.9000.64.1 <provisioner>',
      ],
    },
    {
      name: 'a name printed',
      template: '{"subject": "{{ index .SANs 0 }} {{ (index .SANs 0).Type }}"}',
      subject: '30243122302006035504030c197b646e73207765622e696e7465726e616c205b5d7d20646e73',
      extensions: [
        '2.5.29.14 <key>',
        '2.5.29.35 <issuer>',
        '1.3.6.1.4.1.37476.9000.64.1 <provisioner>',
      ],
    },
    {
      name: 'the subject printed',
      template: '{"subject": "{{ .Subject }} {{ typeOf .Subject }}"}',
      subject:
        '30433141303f06035504030c387b5b5d205b5d205b5d205b5d205b5d205b5d205b5d20207765622e696e7465726e616c205b5d7d20783530397574696c2e5375626a656374',
      extensions: [
        '2.5.29.14 <key>',
        '2.5.29.35 <issuer>',
        '1.3.6.1.4.1.37476.9000.64.1 <provisioner>',
      ],
    },
    {
      name: 'a refusal of its own',
      template:
        '{{ if gt (len .SANs) 1 }}{{ fail (printf "%d names are too many" (len .SANs)) }}{{ end }}{}',
      refused: 'The request could not be completed: 2 names are too many.',
    },
    {
      name: 'asn1 of many types',
      template:
        '{"subject": "x", "extensions": [{"id": "1.2.3", "value": "{{ asn1Seq (asn1Enc "int:128") (asn1Enc "int:0") (asn1Enc "int:-1") (asn1Marshal true) (asn1Marshal "a*b") (asn1Marshal "a_b") (asn1Marshal 5 "tag:1") }}"}]}',
      subject: '300c310a30080603550403130178',
      extensions: [
        '2.5.29.14 <key>',
        '2.5.29.35 <issuer>',
        '1.2.3 301a020200800201000201ff0101ff0c03612a620c03615f62810105',
        '1.3.6.1.4.1.37476.9000.64.1 <provisioner>',
      ],
    },
    {
      name: 'asn1 that is not base64',
      template: '{"subject": "{{ asn1Seq "*" }}"}',
      refused: 'template_failed',
    },
    {
      name: 'asn1 with a wrong number',
      template: '{"subject": "{{ asn1Enc "int:x" }}"}',
      refused: 'template_failed',
    },
  ]
}

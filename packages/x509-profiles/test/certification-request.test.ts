import 'reflect-metadata'
import { Pkcs10CertificateRequest, SubjectAlternativeNameExtension } from '@peculiar/x509'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type CertificateContents,
  type CertificationRequest,
  createCertificationRequest,
  createName,
  createTemplatedRequest,
  encodeCertificationRequestPem,
  formatName,
  type GeneralName,
  guessGeneralName,
  parseCertificationRequest,
  parseCertificationRequestPem,
  publicKeyOf,
  verifyCertificationRequest,
} from '../src/index.ts'
import {
  constructed,
  encodeBitString,
  encodeElement,
  encodeInteger,
  encodeOid,
  encodeSequence,
  fromHex,
  tags,
} from '../src/internal/der.ts'
import { createOpensslFolder } from './support/openssl.ts'
import { accepts, codeOf, codeOfRejection } from './support/refusals.ts'
import { createTestSigner, type TestKeyType } from './support/signers.ts'

const signer = createTestSigner()
const subject = createName({ commonName: 'web.internal' })
const subjectAltNames = ['web.internal', '10.1.2.3', '::1', 'a@b.c', 'spiffe://td/x'].map(
  guessGeneralName,
)
const request = await createCertificationRequest({ subject, subjectAltNames, signer })

describe('createCertificationRequest', () => {
  test.each<TestKeyType>(['P-256', 'P-384', 'P-521', 'Ed25519', 'RSA'])(
    'makes what openssl and @peculiar/x509 verify, with a %s key',
    async (type) => {
      const own = createTestSigner(type)
      const made = await createCertificationRequest({ subject, subjectAltNames, signer: own })
      using folder = createOpensslFolder()
      folder.write('a.csr', encodeCertificationRequestPem(made))
      const text = folder.run('req', '-in', 'a.csr', '-verify', '-noout', '-text', '-subject')
      expect(text).toContain('subject=CN = web.internal')
      expect(text.replaceAll(/\s+/g, ' ')).toContain(
        'DNS:web.internal, email:a@b.c, IP Address:10.1.2.3, ' +
          'IP Address:0:0:0:0:0:0:0:1, URI:spiffe://td/x',
      )
      const judged = new Pkcs10CertificateRequest(made.der)
      expect(judged.subject).toBe('CN=web.internal')
      const [names] = judged.getExtensions('2.5.29.17')
      expect(names && new SubjectAlternativeNameExtension(names.rawData).names.toJSON()).toEqual(
        made.subjectAltNames.map(({ type, value }) => ({
          type: type === 'uri' ? 'url' : type,
          value,
        })),
      )
      await expect(judged.verify()).resolves.toBe(true)
    },
  )

  test('marks the names as critical when the subject is empty', async () => {
    const made = await createCertificationRequest({
      subject: createName({}),
      subjectAltNames,
      signer,
    })
    expect(made.extensions).toMatchObject([{ oid: '2.5.29.17', critical: true }])
    expect(request.extensions).toMatchObject([{ oid: '2.5.29.17', critical: false }])
  })

  test('asks for no extensions without names', async () => {
    const made = await createCertificationRequest({ subject, subjectAltNames: [], signer })
    expect(made.extensions).toEqual([])
  })

  test('refuses a signer that signs with another key', async () => {
    const liar = { ...signer, sign: createTestSigner().sign }
    const made = createCertificationRequest({ subject, subjectAltNames, signer: liar })
    expect(await codeOfRejection(made)).toBe('certificate_request_signature_invalid')
  })
})

describe('createTemplatedRequest', () => {
  const contents: CertificateContents = {
    subject,
    keyUsage: ['digitalSignature'],
    extendedKeyUsages: ['1.3.6.1.5.5.7.3.2'],
    basicConstraints: { isCa: false },
    ocspServers: ['http://ocsp.internal'],
    issuingCertificateUrls: [],
    subjectAltNames: [{ kind: 'dns', text: 'web.internal' }],
    certificatePolicies: ['1.2.3'],
    crlDistributionPoints: [],
    extensions: [{ oid: '1.2.3.4', critical: false, value: fromHex('0500') }],
  }
  const oids = ({ extensions }: CertificationRequest) => extensions.map(({ oid }) => oid)

  test('asks for what a request may ask for, in step’s order, by the chosen algorithm', async () => {
    const made = await createTemplatedRequest({ ...contents, signatureAlgorithm: 'ES384' }, signer)
    expect(made.signatureAlgorithm.name).toBe('ECDSA-SHA384')
    expect(oids(made)).toEqual(['2.5.29.17', '2.5.29.19', '2.5.29.37', '2.5.29.15', '1.2.3.4'])
    using folder = createOpensslFolder()
    folder.write('a.csr', encodeCertificationRequestPem(made))
    const text = folder.run('req', '-in', 'a.csr', '-verify', '-noout', '-text')
    expect(text).toContain('DNS:web.internal')
    expect(text).toContain('TLS Web Client Authentication')
    expect(text).toContain('CA:FALSE')
  })

  test('writes a ready-made extension in place of a member, and nothing where nothing is said', async () => {
    const ready = { oid: '2.5.29.15', critical: true, value: fromHex('03020106') }
    const made = await createTemplatedRequest({ ...contents, extensions: [ready] }, signer)
    expect(oids(made)).toEqual(['2.5.29.17', '2.5.29.19', '2.5.29.37', '2.5.29.15'])
    expect(made.extensions.at(-1)).toEqual(ready)
    const { basicConstraints: _, ...others } = contents
    const nothing = { keyUsage: [], extendedKeyUsages: [], subjectAltNames: [], extensions: [] }
    expect(oids(await createTemplatedRequest({ ...others, ...nothing }, signer))).toEqual([])
  })

  test.each<[string, Partial<CertificateContents>, string]>([
    [
      'a malformed extension of known structure',
      { extensions: [{ oid: '2.5.29.17', critical: false, value: fromHex('0500') }] },
      'certificate_request_malformed',
    ],
    [
      'a type that is no object identifier',
      { extensions: [{ oid: '9.9.9', critical: false, value: fromHex('0500') }] },
      'profile_violated',
    ],
    ['an algorithm of another key', { signatureAlgorithm: 'Ed25519' }, 'algorithm_unsupported'],
  ])('refuses %s', async (_, changes, code) => {
    const { algorithm, publicKey, sign } = signer
    const refused = createTemplatedRequest(
      { ...contents, ...changes },
      { algorithm, publicKey, sign },
    )
    expect(await codeOfRejection(refused)).toBe(code)
  })
})

describe('parseCertificationRequest', () => {
  test('reads back what was made', () => {
    expect(parseCertificationRequest(request.der)).toEqual(request)
    expect(parseCertificationRequestPem(encodeCertificationRequestPem(request))).toEqual(request)
  })

  test.each([
    { args: ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'], name: 'ECDSA-SHA256' },
    {
      args: ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-384', '-sha384'],
      name: 'ECDSA-SHA384',
    },
    {
      args: ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-521', '-sha512'],
      name: 'ECDSA-SHA512',
    },
    { args: ['-newkey', 'ed25519'], name: 'Ed25519' },
    { args: ['-newkey', 'rsa:2048', '-sha256'], name: 'SHA256-RSA' },
    { args: ['-newkey', 'rsa:3072', '-sha512', '-newhdr'], name: 'SHA512-RSA' },
  ])('reads and proves what openssl makes with $args', ({ args, name }) => {
    using folder = createOpensslFolder()
    const parsed = parseCertificationRequestPem(opensslRequest(folder, args))
    expect(parsed.signatureAlgorithm.name).toBe(name)
    expect(formatName(parsed.subject)).toBe('O=Demo,CN=a.example')
    expect(parsed.subjectAltNames).toEqual<GeneralName[]>([
      { type: 'dns', value: 'a.example' },
      { type: 'ip', value: '10.0.0.1' },
    ])
    expect(() => verifyCertificationRequest(parsed)).not.toThrow()
  })

  test('reads one made by openssl with a challenge password and without names', () => {
    using folder = createOpensslFolder()
    const conf = ['[req]', 'prompt=no', 'distinguished_name=dn', 'attributes=a']
    folder.write(
      'r.conf',
      [...conf, '[dn]', 'CN=x', '[a]', 'challengePassword=secret', ''].join('\n'),
    )
    const text = folder.run(
      ...['req', '-new', '-newkey', 'ed25519', '-nodes', '-keyout', 'k.pem', '-config', 'r.conf'],
    )
    expect(parseCertificationRequestPem(text).extensions).toEqual([])
  })

  test('throws nothing but its own error on changed octets', () => {
    const change = fc.record({ index: fc.nat(request.der.length - 1), octet: fc.nat(255) })
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const octets = Uint8Array.from(request.der)
        for (const { index, octet } of changes) octets[index] = octet
        accepts(() => verifyCertificationRequest(parseCertificationRequest(octets)))
      }),
      { numRuns: 1000 },
    )
  })

  test('proves nothing once an octet of what is signed, or of the signature, has changed', () => {
    for (let index = 0; index < request.der.length; index += 3) {
      const octets = Uint8Array.from(request.der)
      octets[index] = (octets[index] ?? 0) ^ 0x01
      expect(accepts(() => verifyCertificationRequest(parseCertificationRequest(octets)))).toBe(
        false,
      )
    }
  })

  const names = encodeSequence(
    encodeSequence(encodeOid('2.5.29.17'), encodeElement(tags.octetString, fromHex('3003820161'))),
  )
  const asked = encodeSequence(encodeOid('1.2.840.113549.1.9.14'), encodeElement(tags.set, names))
  test.each([
    { info: { version: 1 }, why: 'another version' },
    { info: { attributes: [asked, asked] }, why: 'extensions requested twice' },
    {
      info: {
        attributes: [
          encodeSequence(encodeOid('1.2.840.113549.1.9.14'), encodeElement(tags.set, names, names)),
        ],
      },
      why: 'two lists of extensions',
    },
    { info: { attributes: undefined }, why: 'no attributes at all' },
    {
      info: {
        attributes: [encodeSequence(encodeOid('1.2.3'), encodeElement(tags.set, fromHex('0202')))],
      },
      why: 'an unknown attribute that is no DER',
    },
  ])('refuses $why', ({ info }) => {
    expect(parseCertificationRequest(assemble({ attributes: [asked] }))).toMatchObject({
      subjectAltNames: [{ type: 'dns', value: 'a' }],
    })
    expect(codeOf(() => parseCertificationRequest(assemble(info)))).toBe(
      'certificate_request_malformed',
    )
  })
})

describe('parseCertificationRequestPem', () => {
  test.each([
    { text: 'nothing', why: 'no request' },
    { text: encodeCertificationRequestPem(request).repeat(2), why: 'two requests' },
  ])('refuses $why', ({ text }) => {
    expect(codeOf(() => parseCertificationRequestPem(text))).toBe('pem_malformed')
  })
})

describe('verifyCertificationRequest', () => {
  test.each([
    { args: ['-newkey', 'rsa:1024'], code: 'key_too_weak' },
    { args: ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:secp256k1'], code: 'key_unsupported' },
    { args: ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-224'], code: 'key_unsupported' },
    { args: ['-newkey', 'ed448'], code: 'key_unsupported' },
  ])('refuses a key made with $args', ({ args, code }) => {
    using folder = createOpensslFolder()
    const parsed = parseCertificationRequestPem(opensslRequest(folder, args))
    expect(codeOf(() => verifyCertificationRequest(parsed))).toBe(code)
  })

  test('refuses a signature with SHA-1', () => {
    using folder = createOpensslFolder()
    const args = ['-newkey', 'rsa:2048', '-sha1']
    const parsed = parseCertificationRequestPem(opensslRequest(folder, args))
    expect(codeOf(() => verifyCertificationRequest(parsed))).toBe(
      'certificate_request_signature_invalid',
    )
  })

  test('refuses the key of another', () => {
    const other = createTestSigner()
    const stolen: CertificationRequest = {
      ...request,
      subjectPublicKeyInfo: other.subjectPublicKeyInfo,
    }
    expect(publicKeyOf(stolen).equals(other.publicKey)).toBe(true)
    expect(codeOf(() => verifyCertificationRequest(stolen))).toBe(
      'certificate_request_signature_invalid',
    )
  })
})

function opensslRequest(
  folder: ReturnType<typeof createOpensslFolder>,
  args: readonly string[],
): string {
  return folder.run(
    ...['req', '-new', ...args, '-nodes', '-keyout', 'key.pem', '-subj', '/O=Demo/CN=a.example'],
    ...['-addext', 'subjectAltName=DNS:a.example,IP:10.0.0.1'],
  )
}

interface Info {
  readonly version?: number
  readonly attributes?: readonly Uint8Array[] | undefined
}

/** A request put together from the given parts; its signature is nonsense. */
function assemble({ version = 0, attributes }: Info): Uint8Array {
  return encodeSequence(
    encodeSequence(
      encodeInteger(version),
      subject.der,
      signer.subjectPublicKeyInfo,
      ...(attributes === undefined ? [] : [encodeElement(constructed(0), ...attributes)]),
    ),
    encodeSequence(encodeOid('1.2.840.10045.4.3.2')),
    encodeBitString(fromHex('3000')),
  )
}

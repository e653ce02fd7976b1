import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Certificate,
  certificateFingerprint,
  encodeCertificatePem,
  equalCertificates,
  formatName,
  issue,
  leafProfile,
  parseCertificate,
  parseCertificatePem,
  publicKeyOf,
  verifyCertificateSignature,
} from '../src/index.ts'
import {
  constructed,
  encodeBitString,
  encodedTrue,
  encodeElement,
  encodeInteger,
  encodeOid,
  encodeSequence,
  fromHex,
  tags,
} from '../src/internal/der.ts'
import { ambient, createTestAuthority, leafRequest } from './support/authority.ts'
import { createOpensslFolder } from './support/openssl.ts'
import { accepts, codeOf } from './support/refusals.ts'
import { createTestSigner } from './support/signers.ts'

const signer = createTestSigner()
const authority = await createTestAuthority()
const leaf = await issue(
  leafRequest(signer.subjectPublicKeyInfo, {
    provisioner: { type: 1, name: 'admin@example.org', credentialId: 'key-id' },
  }),
  leafProfile,
  authority.issuer,
  ambient,
)

describe('parseCertificate', () => {
  test('reads back what was issued', () => {
    expect(parseCertificate(leaf.der)).toEqual(leaf)
  })

  test('keeps its own copy of the octets', () => {
    const octets = Uint8Array.from(leaf.der)
    const certificate = parseCertificate(octets)
    octets.fill(0)
    expect(certificate).toEqual(leaf)
  })

  test('reads a certificate made by openssl with extensions of many kinds', () => {
    using folder = createOpensslFolder()
    const extensions = {
      subjectAltName: 'DNS:a.example,IP:::1,IP:10.0.0.1,email:a@b.c,URI:urn:x,RID:1.2.3,dirName:dn',
      keyUsage: 'critical,digitalSignature,keyAgreement,decipherOnly',
      extendedKeyUsage: 'serverAuth,1.2.3.4',
      basicConstraints: 'critical,CA:TRUE,pathlen:3',
      nameConstraints: 'permitted;DNS:example',
    }
    const lines = Object.entries(extensions).map(([name, value]) => `${name}=${value}`)
    const sections = [
      '[req]',
      'distinguished_name=dn',
      'x509_extensions=ext',
      '[dn]',
      'CN=x',
      '[ext]',
    ]
    folder.write('req.conf', [...sections, ...lines, 'subjectKeyIdentifier=hash', ''].join('\n'))
    folder.run(
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-384', '-nodes'],
      ...['-keyout', 'key.pem', '-out', 'a.pem', '-subj', '/C=DE/O=Dämo/CN=a', '-utf8'],
      ...['-config', 'req.conf', '-set_serial', '0x0123456789'],
    )
    const [certificate] = parseCertificatePem(folder.run('x509', '-in', 'a.pem', '-text'))
    expect(certificate).toMatchObject({
      version: 3,
      serialNumber: 0x0123456789n,
      signatureAlgorithm: { name: 'ECDSA-SHA256', oid: '1.2.840.10045.4.3.2' },
      subjectAltNames: [
        { type: 'dns', value: 'a.example' },
        { type: 'ip', value: '::1' },
        { type: 'ip', value: '10.0.0.1' },
        { type: 'email', value: 'a@b.c' },
        { type: 'uri', value: 'urn:x' },
      ],
      keyUsage: ['digitalSignature', 'keyAgreement', 'decipherOnly'],
      extendedKeyUsages: ['1.3.6.1.5.5.7.3.1', '1.2.3.4'],
      basicConstraints: { isCa: true, pathLength: 3 },
      provisioner: undefined,
    })
    expect(certificate && formatName(certificate.subject)).toBe('C=DE,O=Dämo,CN=a')
  })

  test('throws nothing but its own error on changed octets', () => {
    const index = fc.nat(leaf.der.length - 1)
    const change = fc.record({ index, octet: fc.nat(255) })
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const octets = Uint8Array.from(leaf.der)
        for (const { index, octet } of changes) octets[index] = octet
        accepts(() => publicKeyOf(parseCertificate(octets)))
      }),
      { numRuns: 2000 },
    )
  })

  test('throws its own error on every cut and on any octets', () => {
    for (let length = 0; length < leaf.der.length; length++) {
      expect(accepts(() => parseCertificate(leaf.der.subarray(0, length)))).toBe(false)
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (octets) => {
        expect(accepts(() => parseCertificate(octets))).toBe(false)
      }),
    )
  })

  test('refuses an octet after the certificate', () => {
    expect(codeOf(() => parseCertificate(Buffer.concat([leaf.der, Uint8Array.of(0)])))).toBe(
      'certificate_malformed',
    )
  })

  const san = extension('2.5.29.17', '3003820161')
  test.each<[string, Partial<Parts>]>([
    ['a serial number of zero', { serialNumber: encodeInteger(0) }],
    ['a negative serial number', { serialNumber: encodeInteger(-5) }],
    ['a serial number of 21 octets', { serialNumber: encodeInteger(2n ** 160n) }],
    ['version 1 written out', { version: encodeElement(constructed(0), encodeInteger(0)) }],
    ['version 4', { version: encodeElement(constructed(0), encodeInteger(3)) }],
    ['extensions in version 2', { version: encodeElement(constructed(0), encodeInteger(1)) }],
    ['another algorithm outside than inside', { outerAlgorithm: algorithm('1.2.840.10045.4.3.3') }],
    ['an extension twice', { extensions: [san, san] }],
    ['a unique identifier that is no bit string', { uniqueIdentifier: fromHex('81020801') }],
    ['an empty list of extensions', { extensions: [] }],
    [
      'critical FALSE written out',
      {
        extensions: [
          encodeSequence(
            encodeOid('1.2.3'),
            fromHex('010100'),
            encodeElement(tags.octetString, fromHex('0500')),
          ),
        ],
      },
    ],
    ['an empty subjectAltName', { extensions: [extension('2.5.29.17', '3000')] }],
    [
      'a subjectAltName with octets behind it',
      { extensions: [extension('2.5.29.17', '300382016100')] },
    ],
    ['keyUsage without a bit', { extensions: [extension('2.5.29.15', '030100')] }],
    ['keyUsage with a zero bit at its end', { extensions: [extension('2.5.29.15', '03020080')] }],
    ['keyUsage with a tenth bit', { extensions: [extension('2.5.29.15', '0303068040')] }],
    ['extKeyUsage without a purpose', { extensions: [extension('2.5.29.37', '3000')] }],
    ['cA FALSE written out', { extensions: [extension('2.5.29.19', '3003010100')] }],
    ['a negative path length', { extensions: [extension('2.5.29.19', '30060101ff0201ff')] }],
    [
      'an authorityKeyIdentifier that is none',
      { extensions: [extension('2.5.29.35', '3002a900')] },
    ],
    [
      'a provisioner that is no sequence',
      { extensions: [extension('1.3.6.1.4.1.37476.9000.64.1', '0500')] },
    ],
    ['a signature with a bit missing', { signature: encodeBitString(fromHex('3000fe'), 1) }],
  ])('refuses %s', (_, parts) => {
    expect(accepts(() => parseCertificate(assemble({})))).toBe(true)
    expect(codeOf(() => parseCertificate(assemble(parts)))).toBe('certificate_malformed')
  })

  test('reads version 1, which has no extensions', () => {
    const certificate = parseCertificate(
      assemble({
        version: new Uint8Array(),
        uniqueIdentifier: new Uint8Array(),
        extensions: undefined,
      }),
    )
    expect(certificate).toMatchObject({ version: 1, extensions: [], subjectAltNames: [] })
  })

  test('shows an algorithm that is not allowed, but verifies nothing with it', () => {
    const sha1 = encodeSequence(encodeOid('1.2.840.113549.1.1.5'), fromHex('0500'))
    const certificate = parseCertificate(assemble({ innerAlgorithm: sha1, outerAlgorithm: sha1 }))
    expect(certificate.signatureAlgorithm).toMatchObject({ name: 'SHA1-RSA', algorithm: undefined })
    expect(verifyCertificateSignature(certificate, signer.publicKey)).toBe(false)
  })

  test('does not allow RSA without its NULL', () => {
    const bare = algorithm('1.2.840.113549.1.1.11')
    const certificate = parseCertificate(assemble({ innerAlgorithm: bare, outerAlgorithm: bare }))
    expect(certificate.signatureAlgorithm).toMatchObject({
      name: 'SHA256-RSA',
      algorithm: undefined,
    })
  })
})

describe('PEM of certificates', () => {
  test('reads all certificates of a text, in order, and skips other blocks', () => {
    const key = String(signer.privateKey.export({ format: 'pem', type: 'pkcs8' }))
    const text = [leaf, authority.intermediate].map(encodeCertificatePem).join(`words\n${key}`)
    expect(parseCertificatePem(text)).toEqual([leaf, authority.intermediate])
  })

  test('refuses a text without a certificate', () => {
    expect(codeOf(() => parseCertificatePem('nothing here'))).toBe('pem_malformed')
  })
})

describe('a certificate', () => {
  test('has the fingerprint that openssl shows', () => {
    using folder = createOpensslFolder()
    folder.write('leaf.pem', encodeCertificatePem(leaf))
    const shown = folder.run('x509', '-in', 'leaf.pem', '-noout', '-fingerprint', '-sha256')
    const digits = shown.trim().replace(/^.*=/, '').replaceAll(':', '').toLowerCase()
    expect(certificateFingerprint(leaf)).toBe(digits)
  })

  test('equals itself read again, and no other', () => {
    expect(equalCertificates(leaf, parseCertificate(leaf.der))).toBe(true)
    expect(equalCertificates(leaf, authority.intermediate)).toBe(false)
  })

  test('verifies with its issuer’s key and no other', () => {
    const { intermediate, root } = authority
    expect(verifyCertificateSignature(leaf, publicKeyOf(intermediate))).toBe(true)
    expect(verifyCertificateSignature(leaf, publicKeyOf(root))).toBe(false)
  })

  test('has its public key imported once', () => {
    expect(publicKeyOf(leaf)).toBe(publicKeyOf(leaf))
    expect(publicKeyOf(leaf).equals(signer.publicKey)).toBe(true)
  })
})

interface Parts {
  readonly version: Uint8Array
  readonly serialNumber: Uint8Array
  readonly innerAlgorithm: Uint8Array
  readonly outerAlgorithm: Uint8Array
  readonly uniqueIdentifier: Uint8Array
  readonly extensions: readonly Uint8Array[] | undefined
  readonly signature: Uint8Array
}

/** A certificate put together from the leaf's parts and the given ones; its signature is nonsense. */
function assemble(parts: Partial<Parts>): Uint8Array {
  const whole: Parts = {
    version: encodeElement(constructed(0), encodeInteger(2)),
    serialNumber: encodeInteger(1),
    innerAlgorithm: algorithm('1.2.840.10045.4.3.2'),
    outerAlgorithm: algorithm('1.2.840.10045.4.3.2'),
    uniqueIdentifier: fromHex('81020001'),
    extensions: [extension('2.5.29.17', '3003820161')],
    signature: encodeBitString(fromHex('3000')),
    ...parts,
  }
  return encodeSequence(
    encodeSequence(
      ...[whole.version, whole.serialNumber, whole.innerAlgorithm],
      ...[leaf.issuer.der, validity(leaf), leaf.subject.der, leaf.subjectPublicKeyInfo],
      whole.uniqueIdentifier,
      ...(whole.extensions === undefined
        ? []
        : [encodeElement(constructed(3), encodeSequence(...whole.extensions))]),
    ),
    whole.outerAlgorithm,
    whole.signature,
  )
}

function algorithm(oid: string): Uint8Array {
  return encodeSequence(encodeOid(oid))
}

function extension(oid: string, hex: string): Uint8Array {
  return encodeSequence(encodeOid(oid), encodedTrue, encodeElement(tags.octetString, fromHex(hex)))
}

function validity({ validity: { notBefore, notAfter } }: Certificate): Uint8Array {
  const times = [notBefore, notAfter].map((time) =>
    encodeElement(
      tags.utcTime,
      Buffer.from(`${time.toISOString().slice(2, 19).replace(/\D/g, '')}Z`),
    ),
  )
  return encodeSequence(...times)
}

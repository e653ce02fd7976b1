import { describe, expect, test } from 'vitest'
import {
  type AnyGeneralName,
  type Certificate,
  type CertificateContents,
  createName,
  createNameOf,
  type Extension,
  encodeCertificatePem,
  formatName,
  type Issuer,
  issue,
  issueTemplated,
  issueTemplatedRoot,
  parseCertificate,
  type TemplatedProfile,
  verifyCertificatePath,
} from '../src/index.ts'
import { fromHex, toHex } from '../src/internal/der.ts'
import {
  ambient,
  authorityRequest,
  createTestAuthority,
  now,
  validityOfDays,
} from './support/authority.ts'
import { createOpensslFolder } from './support/openssl.ts'
import { codeOf, codeOfRejection } from './support/refusals.ts'
import { createTestSigner } from './support/signers.ts'

const { issuer, root, rootIssuer, intermediate } = await createTestAuthority()
const { subjectPublicKeyInfo } = createTestSigner()
const leaf: TemplatedProfile = { type: 'templated', allowsAuthority: false }
const authority: TemplatedProfile = { type: 'templated', allowsAuthority: true }

const plain: CertificateContents = {
  subject: createName({ commonName: 'web.internal' }),
  keyUsage: [],
  extendedKeyUsages: [],
  ocspServers: [],
  issuingCertificateUrls: [],
  subjectAltNames: [],
  certificatePolicies: [],
  crlDistributionPoints: [],
  extensions: [],
}

function issueWith(
  changes: Partial<CertificateContents>,
  profile: TemplatedProfile = leaf,
  by: Issuer = issuer,
): Promise<Certificate> {
  const contents = { ...plain, ...changes }
  const request = { contents, subjectPublicKeyInfo, validity: validityOfDays(1) }
  return issueTemplated(request, profile, by, ambient)
}

const raw = (oid: string, value: string, critical = false): Extension => ({
  oid,
  critical,
  value: fromHex(value),
})

const everyKind: readonly AnyGeneralName[] = [
  { kind: 'uri', text: 'urn:a' },
  { kind: 'dns', text: 'web.internal' },
  { kind: 'ip', octets: Uint8Array.of(10, 0, 0, 1) },
  { kind: 'email', text: 'a@b.c' },
  { kind: 'other', oid: '1.3.6.1.5.5.7.8.3', value: fromHex('30080c06534e2d313233') },
  { kind: 'registeredId', oid: '1.2.3.4' },
  { kind: 'directory', name: createName({ commonName: 'device' }) },
]

describe('issueTemplated', () => {
  test('writes every extension in step’s order, ready-made ones behind and the provisioner last', async () => {
    const contents: CertificateContents = {
      ...plain,
      keyUsage: ['digitalSignature', 'decipherOnly'],
      extendedKeyUsages: ['1.3.6.1.5.5.7.3.2', '1.3.6.1.4.1.311.20.2.2'],
      basicConstraints: { isCa: false },
      subjectKeyIdentifier: fromHex('0102030405'),
      ocspServers: ['http://ocsp.internal'],
      issuingCertificateUrls: ['http://ca.internal/ca.crt'],
      subjectAltNames: everyKind,
      certificatePolicies: ['1.3.6.1.4.1.99999.5', '2.23.140.1.2.1'],
      crlDistributionPoints: ['http://crl.internal/one.crl'],
      extensions: [raw('1.2.3.4', '0500', true), raw('1.2.3.5', '')],
    }
    const certificate = await issueTemplated(
      {
        contents,
        subjectPublicKeyInfo,
        validity: validityOfDays(1),
        provisioner: { type: 1, name: 'admin', credentialId: 'id' },
      },
      leaf,
      issuer,
      ambient,
    )
    const keyIdentifier = toHex(intermediate.subjectKeyIdentifier ?? new Uint8Array())
    expect(
      certificate.extensions.map(({ oid, critical, value }) => [oid, critical, toHex(value)]),
    ).toEqual([
      ['2.5.29.15', true, '0303078080'],
      ['2.5.29.37', false, '301606082b06010505070302060a2b060104018237140202'],
      ['2.5.29.19', true, '3000'],
      ['2.5.29.14', false, '04050102030405'],
      ['2.5.29.35', false, `30168014${keyIdentifier}`],
      [
        '1.3.6.1.5.5.7.1.1',
        false,
        '3049302006082b060105050730018614687474703a2f2f6f6373702e696e7465726e616c' +
          '302506082b060105050730028619687474703a2f2f63612e696e7465726e616c2f63612e637274',
      ],
      [
        '2.5.29.17',
        false,
        '3054860575726e3a61820c7765622e696e7465726e616c87040a00000181056140622e63' +
          'a01606082b06010505070803a00a30080c06534e2d31323388032a0304' +
          'a4133011310f300d06035504031306646576696365',
      ],
      ['2.5.29.32', false, '3017300b06092b06010401868d1f053008060667810c010201'],
      [
        '2.5.29.31',
        false,
        '30233021a01fa01d861b687474703a2f2f63726c2e696e7465726e616c2f6f6e652e63726c',
      ],
      ['1.2.3.4', true, '0500'],
      ['1.2.3.5', false, ''],
      ['1.3.6.1.4.1.37476.9000.64.1', false, '300e020101040561646d696e04026964'],
    ])
    expect(parseCertificate(certificate.der)).toEqual(certificate)
  })
  test('gives a certificate that openssl and our own path verification trust', async () => {
    const certificate = await issueWith({ subjectAltNames: everyKind, keyUsage: ['cRLSign'] })
    using folder = createOpensslFolder()
    folder.write('root.pem', encodeCertificatePem(root))
    folder.write('intermediate.pem', encodeCertificatePem(intermediate))
    folder.write('leaf.pem', encodeCertificatePem(certificate))
    const time = String(Math.floor(now.getTime() / 1000) + 60)
    const output = folder.run(
      ...['verify', '-x509_strict', '-attime', time, '-CAfile', 'root.pem'],
      ...['-untrusted', 'intermediate.pem', 'leaf.pem'],
    )
    expect(output).toContain('leaf.pem: OK')
    const options = { roots: [root], intermediates: [intermediate], now, usage: 'any' } as const
    expect(() => verifyCertificatePath(certificate, options)).not.toThrow()
  })

  test('takes a serial number that was chosen', async () => {
    const serialNumber = 2n ** 159n - 1n
    expect((await issueWith({ serialNumber })).serialNumber).toBe(serialNumber)
  })

  test('keeps every text of a subject, and marks the names critical without one', async () => {
    const subject = createNameOf([
      [{ type: '2.5.4.6', value: '' }],
      [
        { type: '2.5.4.11', value: 'zz' },
        { type: '2.5.4.11', value: 'a' },
      ],
      [{ type: '2.5.4.3', value: 'two\nlines' }],
      [{ type: '1.2.840.113549.1.9.1', value: 'a@b.c' }],
    ])
    const named = await issueWith({ subject })
    expect(formatName(named.subject)).toBe(
      'C=,OU=a+OU=zz,CN=two\\0alines,1.2.840.113549.1.9.1=a@b.c',
    )
    const subjectAltNames = [{ kind: 'dns', text: 'web.internal' }] as const
    const nameless = await issueWith({ subject: createName({}), subjectAltNames })
    expect(nameless.extensions.find(({ oid }) => oid === '2.5.29.17')?.critical).toBe(true)
  })

  test('lets a ready-made extension take the place of a member', async () => {
    const certificate = await issueWith({
      keyUsage: ['digitalSignature'],
      subjectAltNames: [{ kind: 'dns', text: 'ignored.internal' }],
      extensions: [raw('2.5.29.17', '3010820e68616e642e6578616d706c652e74')],
    })
    expect(certificate.subjectAltNames).toEqual([{ type: 'dns', value: 'hand.example.t' }])
  })

  test('puts the provisioner in the place where a template has one', async () => {
    const provisioner = { type: 1, name: 'admin', credentialId: 'id' }
    const extensions = [
      raw('1.3.6.1.4.1.37476.9000.64.1', '300b0201010404666f72670400', true),
      raw('1.2.3.4', '0500'),
    ]
    const certificate = await issueTemplated(
      {
        contents: { ...plain, extensions },
        subjectPublicKeyInfo,
        validity: validityOfDays(1),
        provisioner,
      },
      leaf,
      issuer,
      ambient,
    )
    expect(certificate.extensions.slice(-2).map(({ oid }) => oid)).toEqual([
      '1.3.6.1.4.1.37476.9000.64.1',
      '1.2.3.4',
    ])
    expect(certificate.provisioner).toEqual(provisioner)
  })

  test('lets nobody choose who answers for the certificate where no provisioner is written', async () => {
    const forged = raw('1.3.6.1.4.1.37476.9000.64.1', '300b0201010404666f72670400')
    expect(await codeOfRejection(issueWith({ extensions: [forged] }))).toBe('profile_violated')
  })
})

describe('issueTemplated makes an authority', () => {
  const subordinate = {
    basicConstraints: { isCa: true, pathLength: 0 },
    keyUsage: ['keyCertSign', 'cRLSign'],
    nameConstraints: {
      critical: true,
      permitted: [
        { kind: 'dns', text: '.internal' },
        { kind: 'ip', octets: fromHex('0a000000ff000000') },
      ],
      excluded: [{ kind: 'email', text: 'bad.internal' }],
    },
  } as const satisfies Partial<CertificateContents>

  test('where the profile allows it, and constrains its names', async () => {
    const certificate = await issueWith(subordinate, authority, rootIssuer)
    expect(certificate.basicConstraints).toEqual({ isCa: true, pathLength: 0 })
    const constraints = certificate.extensions.find(({ oid }) => oid === '2.5.29.30')
    expect(constraints?.critical).toBe(true)
    expect(toHex(constraints?.value ?? new Uint8Array())).toBe(
      '302da019300b82092e696e7465726e616c300a87080a000000ff000000' +
        'a110300e810c6261642e696e7465726e616c',
    )
  })

  test('only within the path length of the issuer', async () => {
    expect(await codeOfRejection(issueWith(subordinate, authority))).toBe('issuer_unfit')
    const without = { ...subordinate, basicConstraints: { isCa: true } }
    expect(await codeOfRejection(issueWith(without, authority, rootIssuer))).toBe('issuer_unfit')
  })

  test('that its issuer’s other certificates verify with', async () => {
    const signer = createTestSigner()
    const request = authorityRequest('ignored', signer)
    const certificate = await issueTemplated(
      { ...request, contents: { ...plain, ...subordinate } },
      authority,
      rootIssuer,
      ambient,
    )
    const below = await issue(
      { ...request, subjectPublicKeyInfo, subject: createName({ commonName: 'x' }) },
      { type: 'leaf', extendedKeyUsages: ['1.3.6.1.5.5.7.3.1'] },
      { certificate, signer },
      ambient,
    )
    expect(below.issuer.der).toEqual(certificate.subject.der)
  })
})

describe('issueTemplated refuses', () => {
  const ca = '30030101ff'
  test.each<[string, Partial<CertificateContents>, string]>([
    ['an authority', { basicConstraints: { isCa: true } }, 'authority_not_allowed'],
    [
      'an authority made of a ready-made extension',
      { extensions: [raw('2.5.29.19', ca, true)] },
      'authority_not_allowed',
    ],
    ['a signer of certificates', { keyUsage: ['keyCertSign'] }, 'authority_not_allowed'],
    [
      'a signer of certificates made of a ready-made extension',
      { extensions: [raw('2.5.29.15', '03020204', true)] },
      'authority_not_allowed',
    ],
    [
      'an authority in Netscape’s old way, as OpenSSL 1.1 still reads it',
      { extensions: [raw('2.16.840.1.113730.1.1', '03020007')] },
      'authority_not_allowed',
    ],
    [
      'an authority for objects in that way',
      { extensions: [raw('2.16.840.1.113730.1.1', '03020091')] },
      'authority_not_allowed',
    ],
    [
      'Netscape’s types that are no DER',
      { extensions: [raw('2.16.840.1.113730.1.1', '0382000200ff')] },
      'profile_violated',
    ],
    [
      'an extension twice',
      { extensions: [raw('1.2.3.4', '0500'), raw('1.2.3.4', '0500')] },
      'certificate_malformed',
    ],
    [
      'basicConstraints that are no DER',
      { extensions: [raw('2.5.29.19', '3080')] },
      'certificate_malformed',
    ],
    ['an empty keyUsage', { extensions: [raw('2.5.29.15', '030100')] }, 'certificate_malformed'],
    ['names that are no DER', { extensions: [raw('2.5.29.17', '0102')] }, 'certificate_malformed'],
    ['an empty list of names', { extensions: [raw('2.5.29.17', '3000')] }, 'certificate_malformed'],
    [
      'policies that are no DER',
      { extensions: [raw('2.5.29.32', '30020500')] },
      'profile_violated',
    ],
    [
      'distribution points that are no DER',
      { extensions: [raw('2.5.29.31', '04')] },
      'profile_violated',
    ],
    [
      'authorityInfoAccess that is no DER',
      { extensions: [raw('1.3.6.1.5.5.7.1.1', '3003020101')] },
      'profile_violated',
    ],
    [
      'a critical subjectKeyIdentifier',
      { extensions: [raw('2.5.29.14', '040101', true)] },
      'profile_violated',
    ],
    [
      'the identifier of another issuer',
      { extensions: [raw('2.5.29.35', '3003800101')] },
      'profile_violated',
    ],
    [
      'name constraints of a leaf',
      {
        nameConstraints: {
          critical: true,
          permitted: [{ kind: 'dns', text: 'a' }],
          excluded: [],
        },
      },
      'profile_violated',
    ],
    [
      'name constraints of a leaf, ready-made',
      { extensions: [raw('2.5.29.30', '3007a0053003820161', true)] },
      'profile_violated',
    ],
    [
      'a path length of a leaf',
      { basicConstraints: { isCa: false, pathLength: 1 } },
      'profile_violated',
    ],
    ['a serial number of zero', { serialNumber: 0n }, 'certificate_malformed'],
    ['a negative serial number', { serialNumber: -1n }, 'certificate_malformed'],
    ['a serial number of 21 octets', { serialNumber: 2n ** 159n }, 'certificate_malformed'],
    ['no name at all', { subject: createName({}) }, 'profile_violated'],
    [
      'uncritical names without a subject',
      { subject: createName({}), extensions: [raw('2.5.29.17', '3003820161')] },
      'profile_violated',
    ],
    ['an empty name', { subjectAltNames: [{ kind: 'dns', text: '' }] }, 'name_invalid'],
    [
      'a name that is not ASCII',
      { subjectAltNames: [{ kind: 'email', text: 'jö@b' }] },
      'name_invalid',
    ],
    [
      'an address of three octets',
      { subjectAltNames: [{ kind: 'ip', octets: Uint8Array.of(1, 2, 3) }] },
      'name_invalid',
    ],
    ['names that are only read', { subjectAltNames: [{ kind: 'x400' }] }, 'name_invalid'],
    ['a purpose that is no object identifier', { extendedKeyUsages: ['9.9'] }, 'profile_violated'],
    [
      'an extension whose type is no object identifier',
      { extensions: [raw('9.9.9', '0500')] },
      'profile_violated',
    ],
    ['a policy that is no object identifier', { certificatePolicies: ['1'] }, 'profile_violated'],
    ['a URI that is not ASCII', { crlDistributionPoints: ['http://ü'] }, 'profile_violated'],
  ])('%s', async (_, changes, code) => {
    expect(await codeOfRejection(issueWith(changes))).toBe(code)
  })

  test.each([
    ['U+0000', [[{ type: '2.5.4.3', value: 'a\0b' }]]],
    ['half a surrogate pair', [[{ type: '2.5.4.3', value: '\ud800' }]]],
    ['an emailAddress that is not ASCII', [[{ type: '1.2.840.113549.1.9.1', value: 'ö' }]]],
    ['a type that is no object identifier', [[{ type: 'CN', value: 'a' }]]],
    ['a relative name without an attribute', [[]]],
  ])('a subject with %s', (_, relativeNames) => {
    expect(codeOf(() => createNameOf(relativeNames))).toBe('name_invalid')
  })
})

describe('issueTemplatedRoot', () => {
  const own = createTestSigner()
  const stand = (changes: Partial<CertificateContents>, signer = own): Promise<Certificate> => {
    const contents = { ...plain, ...changes }
    const { subjectPublicKeyInfo } = own
    const request = { contents, subjectPublicKeyInfo, validity: validityOfDays(1) }
    return issueTemplatedRoot(request, authority, signer, ambient)
  }
  const root = {
    subject: createName({ commonName: 'Own Root' }),
    keyUsage: ['keyCertSign'],
    basicConstraints: { isCa: true, pathLength: 1 },
  } as const

  test('makes what stands for itself, signed with the chosen algorithm', async () => {
    const made = await stand({ ...root, signatureAlgorithm: 'ES384' })
    expect(formatName(made.issuer)).toBe('CN=Own Root')
    expect(made.authorityKeyIdentifier).toBeUndefined()
    expect(made.basicConstraints).toEqual(root.basicConstraints)
    using folder = createOpensslFolder()
    folder.write('root.pem', encodeCertificatePem(made))
    const time = String(Math.floor(now.getTime() / 1000) + 60)
    const verify = ['verify', '-x509_strict', '-check_ss_sig', '-attime', time]
    expect(folder.run(...verify, '-CAfile', 'root.pem', 'root.pem')).toContain('root.pem: OK')
    const issuer = { certificate: made, signer: own }
    const below = await issueWith(
      { basicConstraints: { isCa: true, pathLength: 0 } },
      authority,
      issuer,
    )
    expect(formatName(below.issuer)).toBe('CN=Own Root')
  })

  test('makes a leaf that stands for itself', async () => {
    expect((await stand({})).extensions.map(({ oid }) => oid)).toEqual(['2.5.29.14'])
  })

  test.each<[string, Partial<CertificateContents>, string]>([
    ['an authority without a name', { ...root, subject: createName({}) }, 'profile_violated'],
    ['a serial number of zero', { ...root, serialNumber: 0n }, 'certificate_malformed'],
    ['an algorithm of another key', { signatureAlgorithm: 'PS256' }, 'algorithm_unsupported'],
    [
      'an issuer that is named',
      { extensions: [raw('2.5.29.35', '3003800101')] },
      'profile_violated',
    ],
  ])('refuses %s', async (_, changes, code) => {
    const cannot = { ...own, withAlgorithm: () => undefined }
    expect(await codeOfRejection(stand(changes, cannot))).toBe(code)
  })

  test('refuses the key of another', async () => {
    expect(await codeOfRejection(stand(root, createTestSigner()))).toBe('profile_violated')
  })

  test('refuses an authority that the profile does not allow', async () => {
    const contents = { ...plain, ...root }
    const request = { contents, ...own, validity: validityOfDays(1) }
    const refused = issueTemplatedRoot(request, leaf, own, ambient)
    expect(await codeOfRejection(refused)).toBe('authority_not_allowed')
  })
})

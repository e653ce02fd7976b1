import { describe, expect, test } from 'vitest'
import { encodeSignatureAlgorithm, readSignatureAlgorithm } from '../src/algorithms.ts'
import {
  type CertificateContents,
  createName,
  encodeCertificatePem,
  type Issuer,
  issueTemplated,
  parseCertificatePem,
  parseCertificationRequestPem,
  type SignatureAlgorithmName,
  signatureAlgorithmsOf,
  verifyCertificatePath,
  verifyCertificationRequest,
} from '../src/index.ts'
import { DerReader, fromHex, toHex } from '../src/internal/der.ts'
import { ambient, createTestAuthority, now, validityOfDays } from './support/authority.ts'
import { createOpensslFolder, type OpensslFolder } from './support/openssl.ts'
import { codeOf, codeOfRejection } from './support/refusals.ts'
import { createTestSigner, type TestKeyType } from './support/signers.ts'

const keyTypes: readonly TestKeyType[] = ['P-256', 'P-384', 'P-521', 'Ed25519', 'RSA']
const authorities = new Map(
  await Promise.all(keyTypes.map(async (type) => [type, await createTestAuthority(type)] as const)),
)
const { subjectPublicKeyInfo } = createTestSigner()

const contents: CertificateContents = {
  subject: createName({ commonName: 'web.internal' }),
  keyUsage: ['digitalSignature'],
  extendedKeyUsages: [],
  ocspServers: [],
  issuingCertificateUrls: [],
  subjectAltNames: [{ kind: 'dns', text: 'web.internal' }],
  certificatePolicies: [],
  crlDistributionPoints: [],
  extensions: [],
}

function issueWith(issuer: Issuer, signatureAlgorithm: SignatureAlgorithmName) {
  const request = {
    contents: { ...contents, signatureAlgorithm },
    subjectPublicKeyInfo,
    validity: validityOfDays(1),
  }
  return issueTemplated(request, { type: 'templated', allowsAuthority: false }, issuer, ambient)
}

const curves = ['P-256', 'P-384', 'P-521'] as const

/** Each kind of key with each algorithm, and the names that step and openssl have for it. */
const cases: readonly {
  readonly type: TestKeyType
  readonly algorithm: SignatureAlgorithmName
  readonly name: string
  readonly openssl: string
}[] = [
  ...curves.flatMap((type) => [
    { type, algorithm: 'ES256', name: 'ECDSA-SHA256', openssl: 'ecdsa-with-SHA256' } as const,
    { type, algorithm: 'ES384', name: 'ECDSA-SHA384', openssl: 'ecdsa-with-SHA384' } as const,
    { type, algorithm: 'ES512', name: 'ECDSA-SHA512', openssl: 'ecdsa-with-SHA512' } as const,
  ]),
  { type: 'Ed25519', algorithm: 'Ed25519', name: 'Ed25519', openssl: 'ED25519' },
  { type: 'RSA', algorithm: 'RS256', name: 'SHA256-RSA', openssl: 'sha256WithRSAEncryption' },
  { type: 'RSA', algorithm: 'RS384', name: 'SHA384-RSA', openssl: 'sha384WithRSAEncryption' },
  { type: 'RSA', algorithm: 'RS512', name: 'SHA512-RSA', openssl: 'sha512WithRSAEncryption' },
  { type: 'RSA', algorithm: 'PS256', name: 'SHA256-RSAPSS', openssl: 'rsassaPss' },
  { type: 'RSA', algorithm: 'PS384', name: 'SHA384-RSAPSS', openssl: 'rsassaPss' },
  { type: 'RSA', algorithm: 'PS512', name: 'SHA512-RSAPSS', openssl: 'rsassaPss' },
]

describe('a certificate signed with a chosen algorithm', () => {
  test.each(cases)('by $type with $algorithm is one that openssl verifies', async (each) => {
    const { issuer, intermediate, root } = authorityOf(each.type)
    const certificate = await issueWith(issuer, each.algorithm)
    expect(certificate.signatureAlgorithm).toMatchObject({
      name: each.name,
      algorithm: each.algorithm,
    })
    const options = { roots: [root], intermediates: [intermediate], now, usage: 'any' } as const
    expect(() => verifyCertificatePath(certificate, options)).not.toThrow()

    using folder = createOpensslFolder()
    folder.write('root.pem', encodeCertificatePem(root))
    folder.write('intermediate.pem', encodeCertificatePem(intermediate))
    folder.write('leaf.pem', encodeCertificatePem(certificate))
    const time = String(Math.floor(now.getTime() / 1000) + 60)
    const verified = folder.run(
      ...['verify', '-x509_strict', '-attime', time, '-CAfile', 'root.pem'],
      ...['-untrusted', 'intermediate.pem', 'leaf.pem'],
    )
    expect(verified).toContain('leaf.pem: OK')
    const text = folder.run('x509', '-in', 'leaf.pem', '-noout', '-text')
    expect(text.match(/Signature Algorithm: \S+/g)).toEqual([
      `Signature Algorithm: ${each.openssl}`,
      `Signature Algorithm: ${each.openssl}`,
    ])
    if (!each.algorithm.startsWith('PS')) return
    const [, hash = ''] = /Hash Algorithm: (\S+)/.exec(text) ?? []
    expect(hash).toBe(each.name.slice(0, 6).toLowerCase())
    expect(text).toContain(`Mask Algorithm: mgf1 with ${hash}`)
    expect(text).toContain(`Salt Length: 0x${(Number(hash.slice(3)) / 8).toString(16)}`)
  })

  test.each([
    { type: 'P-256', algorithm: 'RS256', usable: 'ECDSA-SHA256, ECDSA-SHA384, ECDSA-SHA512' },
    { type: 'Ed25519', algorithm: 'ES256', usable: 'Ed25519' },
  ] as const)('is refused where a key of $type cannot: $algorithm', async (each) => {
    const { issuer } = authorityOf(each.type)
    const { algorithm, publicKey } = issuer.signer
    const signer = {
      algorithm,
      publicKey,
      sign: async () => expect.unreachable('nothing is to be signed'),
      withAlgorithm: (other: SignatureAlgorithmName) =>
        signatureAlgorithmsOf(publicKey).includes(other)
          ? { ...signer, algorithm: other }
          : undefined,
    }
    const refused = issueWith({ ...issuer, signer }, each.algorithm)
    await expect(refused).rejects.toMatchObject({
      code: 'algorithm_unsupported',
      hint: `It signs with ${each.usable}.`,
    })
  })

  test('is refused by a signer with one algorithm, and by one that gives another', async () => {
    const { issuer } = authorityOf('P-256')
    const { algorithm, publicKey } = issuer.signer
    const sign = async (): Promise<never> => expect.unreachable('nothing is to be signed')
    const plain = { algorithm, publicKey, sign }
    await expect(issueWith({ ...issuer, signer: plain }, 'ES384')).rejects.toMatchObject({
      code: 'algorithm_unsupported',
      message: 'the issuing key does not sign with ECDSA-SHA384',
      hint: 'It signs with ECDSA-SHA256.',
    })
    const wrong = { ...plain, withAlgorithm: () => plain }
    const refused = issueWith({ ...issuer, signer: wrong }, 'ES384')
    expect(await codeOfRejection(refused)).toBe('algorithm_unsupported')
  })

  test('is not given away when the signature is made with another one', async () => {
    const { issuer } = authorityOf('P-256')
    const { algorithm, publicKey, sign } = issuer.signer
    const signer = { algorithm, publicKey, sign, withAlgorithm: () => ({ ...signer, ...es384 }) }
    const refused = issueWith({ ...issuer, signer }, 'ES384')
    expect(await codeOfRejection(refused)).toBe('signature_invalid')
  })
})

const es384 = { algorithm: 'ES384' } as const

describe('what openssl signs', () => {
  test.each(
    (['sha256', 'sha384', 'sha512'] as const).flatMap((hash) => [
      ...curves.map((type) => ({ type, hash, options: [] })),
      { type: 'RSA' as const, hash, options: [] },
      { type: 'RSA' as const, hash, options: pss('digest') },
    ]),
  )('by $type with $hash and $options is verified: root, leaf and request', (each) => {
    using folder = createOpensslFolder()
    const { root, leaf, csr } = signByOpenssl(folder, each)
    const path = verifyCertificatePath(leaf, {
      roots: [root],
      intermediates: [],
      now: leaf.validity.notBefore,
      usage: 'any',
    })
    expect(path).toHaveLength(2)
    expect(() => verifyCertificationRequest(csr)).not.toThrow()
  })

  test.each([
    { type: 'P-256', hash: 'sha1', options: [], name: 'ECDSA-SHA1' },
    { type: 'RSA', hash: 'sha1', options: [], name: 'SHA1-RSA' },
    { type: 'RSA', hash: 'md5', options: [], name: 'MD5-RSA' },
    { type: 'P-256', hash: 'sha224', options: [], name: '1.2.840.10045.4.3.1' },
    { type: 'RSA', hash: 'sha1', options: pss('digest'), name: '1.2.840.113549.1.1.10' },
    { type: 'RSA', hash: 'sha256', options: pss('20'), name: '1.2.840.113549.1.1.10' },
    {
      type: 'RSA',
      hash: 'sha256',
      options: [...pss('digest'), '-sigopt', 'rsa_mgf1_md:sha384'],
      name: '1.2.840.113549.1.1.10',
    },
  ] as const)('by $type with $hash and $options is refused', (each) => {
    using folder = createOpensslFolder()
    const { root, leaf, csr } = signByOpenssl(folder, each)
    expect(leaf.signatureAlgorithm).toMatchObject({ name: each.name, algorithm: undefined })
    const options = { roots: [root], intermediates: [], now: leaf.validity.notBefore }
    const refused = () => verifyCertificatePath(leaf, { ...options, usage: 'any' })
    expect(refused).toThrow(`is signed with ${each.name}, which is not allowed`)
    expect(codeOf(() => verifyCertificationRequest(csr))).toBe(
      'certificate_request_signature_invalid',
    )
  })
})

describe('the AlgorithmIdentifier of RSASSA-PSS', () => {
  const written =
    '304106092a864886f70d01010a3034' +
    'a00f300d06096086480165030402010500' +
    'a11c301a06092a864886f70d010108300d06096086480165030402010500' +
    'a203020120'

  test('is written with NULL for the parameters of both hashes', () => {
    expect(toHex(encodeSignatureAlgorithm('PS256'))).toBe(written)
  })

  test.each([
    [
      'without parameters of the hash',
      '303f06092a864886f70d01010a3032a00d300b0609608648016503040201',
    ],
    [
      'without parameters of either',
      '303d06092a864886f70d01010a3030a00d300b0609608648016503040201',
    ],
  ])('is read %s (RFC 4055 §2.1)', (_, start) => {
    const isBare = start.startsWith('303d')
    const mask = isBare
      ? 'a11a301806092a864886f70d010108300b0609608648016503040201'
      : 'a11c301a06092a864886f70d010108300d06096086480165030402010500'
    expect(algorithmOf(`${start}${mask}a203020120`)).toBe('PS256')
  })

  test.each([
    ['no parameters, which mean SHA-1', '300b06092a864886f70d01010a'],
    ['defaults, which mean SHA-1', '300d06092a864886f70d01010a3000'],
    ['a salt of another length', written.replace(/20$/, '14')],
    ['MGF1 with another hash', written.replace('03040201', '03040203')],
    [
      'a trailer field, which DER leaves out',
      `${written.replace('3041', '3046').replace('3034', '3039')}a303020101`,
    ],
  ])('is not allowed with %s', (_, der) => {
    expect(algorithmOf(der)).toBeUndefined()
  })
})

describe('signatureAlgorithmsOf', () => {
  test.each(keyTypes)('lists what %s signs with, the usual one first', (type) => {
    const { algorithm, publicKey } = createTestSigner(type)
    const expected = cases.filter((each) => each.type === type).map((each) => each.algorithm)
    const listed = signatureAlgorithmsOf(publicKey)
    expect(listed[0]).toBe(algorithm)
    expect([...listed].sort()).toEqual([...expected].sort())
  })

  test('lists nothing for a key that is not allowed', () => {
    expect(signatureAlgorithmsOf(createTestSigner().privateKey)).toEqual([])
  })
})

/** Of a root and of a leaf. */
const keyPems = new Map(
  keyTypes.map((type) => [type, [createKeyPem(type), createKeyPem(type)] as const]),
)

function createKeyPem(type: TestKeyType): string {
  return String(createTestSigner(type).privateKey.export({ format: 'pem', type: 'pkcs8' }))
}

function authorityOf(type: TestKeyType) {
  const authority = authorities.get(type)
  if (authority === undefined) throw new TypeError(`no authority of ${type}`)
  return authority
}

function algorithmOf(der: string): SignatureAlgorithmName | undefined {
  return readSignatureAlgorithm(new DerReader(fromHex(der))).algorithm
}

function pss(saltLength: string): readonly string[] {
  const options = ['rsa_padding_mode:pss', `rsa_pss_saltlen:${saltLength}`]
  return options.flatMap((option) => ['-sigopt', option])
}

/** A root, a leaf below it and a request, all signed in the same way. */
function signByOpenssl(
  folder: OpensslFolder,
  how: { readonly type: TestKeyType; readonly hash: string; readonly options: readonly string[] },
) {
  const signature = [`-${how.hash}`, ...how.options]
  const [rootKey, leafKey] = keyPems.get(how.type) ?? []
  folder.write('root.key', rootKey ?? '')
  folder.write('leaf.key', leafKey ?? '')
  const made = (name: string, ...args: readonly string[]): string => {
    const pem = folder.run(...args, ...signature)
    folder.write(name, pem)
    return pem
  }
  const root = made(
    'root.pem',
    ...['req', '-x509', '-new', '-key', 'root.key', '-subj', '/CN=Root'],
  )
  const csr = made('leaf.csr', ...['req', '-new', '-key', 'leaf.key', '-subj', '/CN=leaf'])
  folder.write('leaf.cnf', 'authorityKeyIdentifier=keyid\n')
  const by = ['-CA', 'root.pem', '-CAkey', 'root.key', '-extfile', 'leaf.cnf']
  const leaf = made('leaf.pem', 'x509', '-req', '-in', 'leaf.csr', ...by)
  const [top, bottom] = [root, leaf].flatMap((pem) => parseCertificatePem(pem))
  if (top === undefined || bottom === undefined) throw new TypeError('openssl made no certificate')
  return { root: top, leaf: bottom, csr: parseCertificationRequestPem(csr) }
}

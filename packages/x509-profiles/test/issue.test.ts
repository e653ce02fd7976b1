import 'reflect-metadata'
import { X509Certificate as NodeCertificate } from 'node:crypto'
import { X509Certificate as PeculiarCertificate } from '@peculiar/x509'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Certificate,
  createName,
  encodeCertificatePem,
  formatName,
  guessGeneralName,
  type IssuanceRequest,
  type Issuer,
  intermediateProfile,
  issue,
  issueRoot,
  leafProfile,
  parseCertificate,
  publicKeyOf,
  rootProfile,
  verifyCertificateSignature,
} from '../src/index.ts'
import { fromHex, toHex } from '../src/internal/der.ts'
import {
  ambient,
  authorityRequest,
  createTestAuthority,
  leafRequest,
  now,
  type TestAuthority,
  validityOfDays,
} from './support/authority.ts'
import { createOpensslFolder } from './support/openssl.ts'
import { codeOfRejection } from './support/refusals.ts'
import { createTestSigner, type TestKeyType } from './support/signers.ts'

const authority = await createTestAuthority()
const { issuer, root, rootIssuer, intermediate } = authority
const signer = createTestSigner()
const request = leafRequest(signer.subjectPublicKeyInfo, {
  subjectAltNames: ['spiffe://td/x', '10.1.2.3', 'a@b.c', 'web.internal', '::1', 'b.internal'].map(
    guessGeneralName,
  ),
  provisioner: { type: 1, name: 'admin@example.org', credentialId: 'UJKz' },
})
const leaf = await issue(request, leafProfile, issuer, ambient)

describe('a root', () => {
  test('has what step’s root has, in its order', () => {
    expect(formatName(root.subject)).toBe('O=Demo,CN=Demo Root CA')
    expect(root.issuer.der).toEqual(root.subject.der)
    expect(hexOfExtensions(root)).toEqual([
      ['2.5.29.15', true, '03020106'],
      ['2.5.29.19', true, '30060101ff020101'],
      ['2.5.29.14', false, expect.stringMatching(/^0414[0-9a-f]{40}$/)],
    ])
  })

  test('is refused with another key than the signer’s', async () => {
    const asked = authorityRequest('Demo Root CA', createTestSigner())
    expect(await codeOfRejection(issueRoot(asked, rootProfile, signer, ambient))).toBe(
      'profile_violated',
    )
  })
})

describe('an intermediate', () => {
  test('has what step’s intermediate has, in its order', () => {
    expect(intermediate.issuer.der).toEqual(root.subject.der)
    expect(hexOfExtensions(intermediate)).toEqual([
      ['2.5.29.15', true, '03020106'],
      ['2.5.29.19', true, '30060101ff020100'],
      ['2.5.29.14', false, expect.stringMatching(/^0414/)],
      ['2.5.29.35', false, `30168014${toHex(root.subjectKeyIdentifier ?? new Uint8Array())}`],
    ])
  })

  test.each([
    { pathLength: 1, why: 'as long as the root’s' },
    { pathLength: undefined, why: 'without a limit' },
  ])('is refused with a path length $why', async ({ pathLength }) => {
    const own = createTestSigner()
    const profile = {
      type: 'intermediate',
      ...(pathLength === undefined ? {} : { pathLength }),
    } as const
    const issued = issue(authorityRequest('Sub', own), profile, rootIssuer, ambient)
    expect(await codeOfRejection(issued)).toBe('issuer_unfit')
  })

  test('is refused below an issuer that may have none', async () => {
    const issued = issue(
      authorityRequest('Sub', createTestSigner()),
      intermediateProfile,
      issuer,
      ambient,
    )
    await expect(issued).rejects.toThrow(
      'issuer certificate cannot sign an intermediate-ca: pathLenConstraint is 0',
    )
  })

  test('may follow at any length below a root without a limit', async () => {
    const rootSigner = createTestSigner()
    const endless = await issueRoot(
      authorityRequest('Root', rootSigner),
      { type: 'root' },
      rootSigner,
      ambient,
    )
    expect(endless.basicConstraints).toEqual({ isCa: true })
    const sub = await issue(
      authorityRequest('Sub', signer),
      { type: 'intermediate', pathLength: 5 },
      { certificate: endless, signer: rootSigner },
      ambient,
    )
    expect(sub.basicConstraints).toEqual({ isCa: true, pathLength: 5 })
  })

  test.each<[string, Partial<IssuanceRequest>]>([
    ['names', { subjectAltNames: [{ type: 'dns', value: 'a' }] }],
    ['a provisioner', { provisioner: { type: 1, name: 'x', credentialId: '' } }],
    ['no subject', { subject: createName({}) }],
  ])('is refused with %s', async (_, changes) => {
    const asked = { ...authorityRequest('Sub', createTestSigner()), ...changes }
    expect(await codeOfRejection(issue(asked, intermediateProfile, rootIssuer, ambient))).toBe(
      'profile_violated',
    )
  })
})

describe('a leaf', () => {
  test('has what step’s leaf has, in its order', () => {
    expect(hexOfExtensions(leaf)).toEqual([
      ['2.5.29.15', true, '03020780'],
      ['2.5.29.37', false, '301406082b0601050507030106082b06010505070302'],
      ['2.5.29.14', false, expect.stringMatching(/^0414/)],
      [
        '2.5.29.35',
        false,
        `30168014${toHex(intermediate.subjectKeyIdentifier ?? new Uint8Array())}`,
      ],
      ['2.5.29.17', false, expect.any(String)],
      [
        '1.3.6.1.4.1.37476.9000.64.1',
        false,
        `301c0201010411${Buffer.from('admin@example.org').toString('hex')}0404${Buffer.from('UJKz').toString('hex')}`,
      ],
    ])
  })

  test('has its names in the order DNS, email, IP, URI', () => {
    expect(leaf.subjectAltNames.map(({ value }) => value)).toEqual([
      ...['web.internal', 'b.internal', 'a@b.c', '10.1.2.3', '::1', 'spiffe://td/x'],
    ])
  })

  test('has a serial number of 16 positive octets, another one each time', async () => {
    const again = await issue(request, leafProfile, issuer, ambient)
    expect(again.serialNumber).not.toBe(leaf.serialNumber)
    for (const { serialNumber } of [leaf, again]) expect(serialNumber >> 126n).toBe(1n)
  })

  test('has its bounds cut to seconds, and may outlive its issuer', async () => {
    const validity = {
      notBefore: new Date('2026-11-23T08:00:00.999Z'),
      notAfter: new Date('2061-01-01T00:00:00.001Z'),
    }
    const long = await issue({ ...request, validity }, leafProfile, issuer, ambient)
    expect(long.validity).toEqual({
      notBefore: new Date('2026-11-23T08:00:00Z'),
      notAfter: new Date('2061-01-01T00:00:00Z'),
    })
  })

  test('has key pairs of a cloud provisioner and finds them again', async () => {
    const provisioner = {
      type: 4,
      name: 'gcp',
      credentialId: 'x',
      keyValuePairs: ['InstanceID', '12', 'InstanceName', 'wéb_1'],
    }
    const cloud = await issue({ ...request, provisioner }, leafProfile, issuer, ambient)
    expect(parseCertificate(cloud.der).provisioner).toEqual(provisioner)
  })

  test('without a subject has critical names', async () => {
    const asked = { ...request, subject: createName({}) }
    const nameless = await issue(asked, leafProfile, issuer, ambient)
    expect(nameless.extensions.find(({ oid }) => oid === '2.5.29.17')?.critical).toBe(true)
  })

  test('without names has no subjectAltName', async () => {
    const asked = { ...request, subjectAltNames: [] }
    const nameless = await issue(asked, leafProfile, issuer, ambient)
    expect(nameless.extensions.map(({ oid }) => oid)).not.toContain('2.5.29.17')
  })

  test.each<[string, Partial<IssuanceRequest>, string]>([
    [
      'neither subject nor names',
      { subject: createName({}), subjectAltNames: [] },
      'profile_violated',
    ],
    [
      'a name of control characters',
      { subjectAltNames: [{ type: 'dns', value: 'a\n' }] },
      'name_invalid',
    ],
    ['an end before its beginning', { validity: validityOfDays(-1) }, 'validity_invalid'],
    ['no length', { validity: validityOfDays(0) }, 'validity_invalid'],
    ['less than a second', { validity: validityOfDays(0.5 / 86_400) }, 'validity_invalid'],
    [
      'no time as a bound',
      { validity: { notBefore: now, notAfter: new Date(Number.NaN) } },
      'validity_invalid',
    ],
    ['a key that is none', { subjectPublicKeyInfo: fromHex('3000') }, 'key_unsupported'],
  ])('is refused with %s', async (_, changes, code) => {
    const issued = issue({ ...request, ...changes }, leafProfile, issuer, ambient)
    expect(await codeOfRejection(issued)).toBe(code)
  })

  test('says anything that was asked, whatever the names', async () => {
    const label = fc.stringMatching(/^[A-Za-z0-9_*-]{1,20}$/)
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(label, { minLength: 1, maxLength: 20 }),
        fc.string(),
        async (labels, name) => {
          const subjectAltNames = labels.map((value) => ({ type: 'dns' as const, value }))
          const provisioner = { type: 1, name: name.toWellFormed(), credentialId: '' }
          const asked = leafRequest(signer.subjectPublicKeyInfo, { subjectAltNames, provisioner })
          const issued = await issue(asked, leafProfile, issuer, ambient)
          expect(parseCertificate(issued.der)).toEqual(issued)
          expect(issued).toMatchObject({ subjectAltNames, provisioner })
        },
      ),
      { numRuns: 50 },
    )
  })
})

describe('an issuer is unfit', () => {
  test.each<[string, () => Issuer | Promise<Issuer>, string]>([
    [
      'when it is a leaf',
      () => ({ certificate: leaf, signer }),
      'issuer certificate is not a certificate authority',
    ],
    [
      'when it may not sign certificates',
      () => ({ ...issuer, certificate: { ...intermediate, keyUsage: ['cRLSign'] } }),
      'issuer certificate does not have the keyCertSign usage',
    ],
    [
      'when it does not say what its key is for',
      () => ({ ...issuer, certificate: { ...intermediate, keyUsage: undefined } }),
      'issuer certificate does not have the keyCertSign usage',
    ],
    [
      'when the signer has another key',
      () => ({ certificate: intermediate, signer: createTestSigner() }),
      'private key does not match issuer public key',
    ],
  ])('%s', async (_, createIssuer, message) => {
    const issued = issue(request, leafProfile, await createIssuer(), ambient)
    await expect(issued).rejects.toThrow(message)
    expect(await codeOfRejection(issued)).toBe('issuer_unfit')
  })

  test('once it has expired, though it was fit before', async () => {
    const last = intermediate.validity.notAfter
    await expect(
      issue(request, leafProfile, issuer, { ...ambient, now: () => last }),
    ).resolves.toBeDefined()
    const late = new Date(last.getTime() + 1000)
    const issued = issue(request, leafProfile, issuer, { ...ambient, now: () => late })
    expect(await codeOfRejection(issued)).toBe('issuer_unfit')
  })
})

test('a clock that tells no time gives no certificate', async () => {
  const broken = { ...ambient, now: () => new Date(Number.NaN) }
  await expect(issue(request, leafProfile, issuer, broken)).rejects.toThrow(TypeError)
})

describe('a signature that does not verify is refused', () => {
  test.each<[string, Partial<typeof signer>]>([
    ['by another key', { sign: createTestSigner().sign }],
    ['over other octets', { sign: async (message) => issuer.signer.sign(message.subarray(1)) }],
    ['that is empty', { sign: async () => new Uint8Array() }],
    ['under an algorithm of another key type', { algorithm: 'ES384' }],
  ])('%s', async (_, changes) => {
    const broken = { certificate: intermediate, signer: { ...issuer.signer, ...changes } }
    expect(await codeOfRejection(issue(request, leafProfile, broken, ambient))).toBe(
      'signature_invalid',
    )
  })

  test('and an error of the signer comes through as it is', async () => {
    const failure = new Error('token removed')
    const broken = {
      certificate: intermediate,
      signer: { ...issuer.signer, sign: () => Promise.reject(failure) },
    }
    await expect(issue(request, leafProfile, broken, ambient)).rejects.toBe(failure)
  })
})

test('randomness that is too short gives no certificate', async () => {
  const poor = { ...ambient, random: () => new Uint8Array(8) }
  expect(await codeOfRejection(issue(request, leafProfile, issuer, poor))).toBe('profile_violated')
})

describe('other implementations', () => {
  test.each<TestKeyType>(['P-256', 'P-384', 'P-521', 'Ed25519', 'RSA'])(
    'verify a chain of %s keys',
    async (type) => {
      const own = await createTestAuthority(type)
      const subject = createTestSigner(type)
      const asked = { ...request, subjectPublicKeyInfo: subject.subjectPublicKeyInfo }
      const issued = await issue(asked, leafProfile, own.issuer, ambient)
      expect(issued.keyUsage).toEqual(
        type === 'RSA' ? ['digitalSignature', 'keyEncipherment'] : ['digitalSignature'],
      )
      expectOpensslVerifies(own, issued)
      await expectSameReading(issued, own.intermediate)
    },
  )
})

function expectOpensslVerifies(chain: TestAuthority, issued: Certificate): void {
  using folder = createOpensslFolder()
  folder.write('root.pem', encodeCertificatePem(chain.root))
  folder.write('intermediate.pem', encodeCertificatePem(chain.intermediate))
  folder.write('leaf.pem', encodeCertificatePem(issued))
  const trust = ['-x509_strict', '-CAfile', 'root.pem', '-untrusted', 'intermediate.pem']
  const at = ['-attime', String(now.getTime() / 1000 + 60)]
  for (const purpose of ['sslserver', 'sslclient']) {
    const verdict = folder.run('verify', ...trust, ...at, '-purpose', purpose, 'leaf.pem')
    expect(verdict).toBe('leaf.pem: OK\n')
  }
  const names = folder.run('x509', '-in', 'leaf.pem', '-noout', '-ext', 'subjectAltName')
  expect(names).toContain(
    'DNS:web.internal, DNS:b.internal, email:a@b.c, IP Address:10.1.2.3, ' +
      'IP Address:0:0:0:0:0:0:0:1, URI:spiffe://td/x',
  )
}

async function expectSameReading(issued: Certificate, parent: Certificate): Promise<void> {
  const peculiar = new PeculiarCertificate(issued.der)
  expect(BigInt(`0x${peculiar.serialNumber}`)).toBe(issued.serialNumber)
  expect(peculiar.notBefore).toEqual(issued.validity.notBefore)
  expect(peculiar.notAfter).toEqual(issued.validity.notAfter)
  expect(peculiar.subject).toBe(formatName(issued.subject, { separator: ', ' }))
  expect(peculiar.issuer).toBe(formatName(issued.issuer, { separator: ', ' }))
  expect(
    peculiar.extensions.map(({ type, critical, value }) => [
      type,
      critical,
      toHex(new Uint8Array(value)),
    ]),
  ).toEqual(hexOfExtensions(issued))
  await expect(
    peculiar.verify({ publicKey: new PeculiarCertificate(parent.der), signatureOnly: true }),
  ).resolves.toBe(true)
  const node = new NodeCertificate(issued.der)
  expect(node.verify(publicKeyOf(parent))).toBe(true)
  expect(node.checkHost('b.internal')).toBe('b.internal')
  expect(verifyCertificateSignature(issued, publicKeyOf(parent))).toBe(true)
}

function hexOfExtensions({ extensions }: Certificate): [string, boolean, string][] {
  return extensions.map(({ oid, critical, value }) => [oid, critical, toHex(value)])
}

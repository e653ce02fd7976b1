import { describe, expect, test } from 'vitest'
import {
  type Certificate,
  type Extension,
  encodeCertificatePem,
  issue,
  leafProfile,
  parseCertificate,
  reissue,
} from '../src/index.ts'
import { fromHex } from '../src/internal/der.ts'
import {
  ambient,
  createTestAuthority,
  leafRequest,
  now,
  validityOfDays,
} from './support/authority.ts'
import { createOpensslFolder } from './support/openssl.ts'
import { codeOfRejection } from './support/refusals.ts'
import { createTestSigner } from './support/signers.ts'

const authority = await createTestAuthority()
const { issuer, intermediate, root } = authority
const signer = createTestSigner()
const predecessor = await issue(
  leafRequest(signer.subjectPublicKeyInfo, {
    provisioner: { type: 1, name: 'admin', credentialId: 'key-id' },
  }),
  leafProfile,
  issuer,
  ambient,
)
const validity = validityOfDays(2)

const keyUsage = '2.5.29.15'
const extendedKeyUsage = '2.5.29.37'
const subjectKeyIdentifier = '2.5.29.14'
const authorityKeyIdentifier = '2.5.29.35'
const subjectAltName = '2.5.29.17'
const provisioner = '1.3.6.1.4.1.37476.9000.64.1'

describe('reissue without a key: a renewal', () => {
  test('keeps subject, key and extensions, with the authorityKeyIdentifier first', async () => {
    const renewed = await reissue({ predecessor, validity }, issuer, ambient)
    expect(oidsOf(renewed)).toEqual([
      ...[authorityKeyIdentifier, keyUsage, extendedKeyUsage, subjectKeyIdentifier],
      ...[subjectAltName, provisioner],
    ])
    expect(renewed.extensions.toSorted(byOid)).toEqual(predecessor.extensions.toSorted(byOid))
    expect(renewed.subject).toEqual(predecessor.subject)
    expect(renewed.subjectPublicKeyInfo).toEqual(predecessor.subjectPublicKeyInfo)
    expect(renewed.validity).toEqual(validity)
    expect(renewed.serialNumber).not.toBe(predecessor.serialNumber)
    expect(parseCertificate(renewed.der)).toEqual(renewed)
  })

  test('names the new issuer when the authority has another one', async () => {
    const other = await createTestAuthority()
    const renewed = await reissue({ predecessor, validity }, other.issuer, ambient)
    expect(renewed.authorityKeyIdentifier).toEqual(other.intermediate.subjectKeyIdentifier)
    expect(renewed.authorityKeyIdentifier).not.toEqual(predecessor.authorityKeyIdentifier)
  })

  test('gives what openssl verifies, also for a renewed renewal', async () => {
    const renewed = await reissue({ predecessor, validity }, issuer, ambient)
    const again = await reissue({ predecessor: renewed, validity }, issuer, ambient)
    using folder = createOpensslFolder()
    folder.write('root.pem', encodeCertificatePem(root))
    folder.write('intermediate.pem', encodeCertificatePem(intermediate))
    folder.write('leaf.pem', encodeCertificatePem(again))
    const at = ['-attime', String(now.getTime() / 1000 + 60)]
    const trust = ['-x509_strict', '-CAfile', 'root.pem', '-untrusted', 'intermediate.pem']
    expect(folder.run('verify', ...trust, ...at, 'leaf.pem')).toBe('leaf.pem: OK\n')
    expect(oidsOf(again)).toEqual(oidsOf(renewed))
  })

  test('copies extensions that this package does not know, critical ones too', async () => {
    const unknown: Extension = { oid: '1.2.3.4', critical: true, value: fromHex('0500') }
    const old = { ...predecessor, extensions: [unknown, ...predecessor.extensions] }
    const renewed = await reissue({ predecessor: old, validity }, issuer, ambient)
    expect(renewed.extensions[1]).toEqual(unknown)
  })
})

describe('reissue with a key: a rekey', () => {
  test('has the new key and its identifier, before the rest', async () => {
    const { subjectPublicKeyInfo } = createTestSigner('Ed25519')
    const rekeyed = await reissue({ predecessor, subjectPublicKeyInfo, validity }, issuer, ambient)
    expect(oidsOf(rekeyed)).toEqual([
      ...[subjectKeyIdentifier, authorityKeyIdentifier, keyUsage, extendedKeyUsage],
      ...[subjectAltName, provisioner],
    ])
    expect(rekeyed.subjectPublicKeyInfo).toEqual(subjectPublicKeyInfo)
    expect(rekeyed.subjectKeyIdentifier).not.toEqual(predecessor.subjectKeyIdentifier)
    expect(rekeyed).toMatchObject({
      subjectAltNames: predecessor.subjectAltNames,
      provisioner: predecessor.provisioner,
    })
  })

  test('refuses a key that is not allowed', async () => {
    const subjectPublicKeyInfo = fromHex('3000')
    const rekeyed = reissue({ predecessor, subjectPublicKeyInfo, validity }, issuer, ambient)
    expect(await codeOfRejection(rekeyed)).toBe('key_unsupported')
  })
})

describe('reissue refuses', () => {
  const authorityBits: Extension = { oid: keyUsage, critical: true, value: fromHex('03020284') }
  const others = predecessor.extensions.filter(({ oid }) => oid !== keyUsage)
  test.each<[string, Certificate, string]>([
    ['a certificate authority', intermediate, 'profile_violated'],
    [
      'a leaf that may sign certificates',
      { ...predecessor, extensions: [authorityBits, ...others] },
      'profile_violated',
    ],
    [
      'a predecessor with an extension twice',
      { ...predecessor, extensions: [...others, ...others] },
      'certificate_malformed',
    ],
  ])('%s', async (_, old, code) => {
    const renewed = reissue({ predecessor: old, validity }, issuer, ambient)
    expect(await codeOfRejection(renewed)).toBe(code)
  })

  test('a validity that ends before it begins', async () => {
    const renewed = reissue({ predecessor, validity: validityOfDays(-1) }, issuer, ambient)
    expect(await codeOfRejection(renewed)).toBe('validity_invalid')
  })

  test('an issuer whose key is not the signer’s', async () => {
    const renewed = reissue(
      { predecessor, validity },
      { certificate: intermediate, signer },
      ambient,
    )
    expect(await codeOfRejection(renewed)).toBe('issuer_unfit')
  })
})

function oidsOf({ extensions }: Certificate): string[] {
  return extensions.map(({ oid }) => oid)
}

function byOid(a: Extension, b: Extension): number {
  return a.oid < b.oid ? -1 : 1
}

import { describe, expect, test } from 'vitest'
import { assertConforms, type Expectation, type ProfileExpectation } from '../src/conformance.ts'
import {
  type Certificate,
  createName,
  type Extension,
  intermediateProfile,
  issue,
  leafProfile,
  reissue,
} from '../src/index.ts'
import { fromHex } from '../src/internal/der.ts'
import { ambient, createTestAuthority, leafRequest, validityOfDays } from './support/authority.ts'
import { codeOf } from './support/refusals.ts'
import { createTestSigner } from './support/signers.ts'

const { issuer, intermediate, root } = await createTestAuthority()
const signer = createTestSigner()
const other = createTestSigner()
const request = leafRequest(signer.subjectPublicKeyInfo, {
  provisioner: { type: 1, name: 'admin', credentialId: 'id' },
})
const leaf = await issue(request, leafProfile, issuer, ambient)
const renewed = await reissue({ predecessor: leaf, validity: validityOfDays(1) }, issuer, ambient)

const expected: ProfileExpectation = {
  algorithm: 'ES256',
  issuer: intermediate.subject,
  subject: request.subject,
  validity: request.validity,
  subjectPublicKeyInfo: request.subjectPublicKeyInfo,
  authorityKeyIdentifier: intermediate.subjectKeyIdentifier,
  contents: {
    type: 'profile',
    profile: leafProfile,
    subjectAltNames: request.subjectAltNames,
    provisioner: request.provisioner,
  },
}

describe('assertConforms lets pass', () => {
  test.each<[string, Certificate, Expectation]>([
    ['the leaf that was meant', leaf, expected],
    [
      'the renewed leaf that was meant',
      renewed,
      { ...expected, contents: { type: 'predecessor', predecessor: leaf, isRekey: false } },
    ],
  ])('%s', (_, fields, expectation) => {
    expect(() => assertConforms(fields, expectation)).not.toThrow()
  })
})

describe('assertConforms stops a leaf', () => {
  test.each<[string, Partial<Certificate>]>([
    ['of another version', { version: 1 }],
    ['with a short serial number', { serialNumber: 1n }],
    ['with a serial number of 17 octets', { serialNumber: 2n ** 127n }],
    [
      'with another signature algorithm',
      { signatureAlgorithm: { oid: '1.2', name: 'x', algorithm: 'ES384' } },
    ],
    [
      'with an algorithm that is not allowed',
      { signatureAlgorithm: { oid: '1.2', name: 'x', algorithm: undefined } },
    ],
    ['of another issuer', { issuer: root.subject }],
    ['of another subject', { subject: createName({ commonName: 'other' }) }],
    ['for another key', { subjectPublicKeyInfo: other.subjectPublicKeyInfo }],
    ['that begins at another time', { validity: { ...leaf.validity, notBefore: new Date(0) } }],
    ['that ends at another time', { validity: validityOfDays(2) }],
    ['with another authorityKeyIdentifier', { authorityKeyIdentifier: new Uint8Array(20) }],
    ['without authorityKeyIdentifier', { authorityKeyIdentifier: undefined }],
    ['with another subjectKeyIdentifier', { subjectKeyIdentifier: new Uint8Array(20) }],
    ['without subjectKeyIdentifier', { subjectKeyIdentifier: undefined }],
    ['that is a certificate authority', { basicConstraints: { isCa: true } }],
    ['that may sign certificates', { keyUsage: ['digitalSignature', 'keyCertSign'] }],
    [
      'that may encipher keys with an EC key',
      { keyUsage: ['digitalSignature', 'keyEncipherment'] },
    ],
    ['without keyUsage', { keyUsage: undefined }],
    ['for another purpose', { extendedKeyUsages: ['2.5.29.37.0'] }],
    ['for any purpose', { extendedKeyUsages: undefined }],
    ['with another name', { subjectAltNames: [{ type: 'dns', value: 'evil.internal' }] }],
    [
      'with the name as another kind',
      { subjectAltNames: [{ type: 'uri', value: 'web.internal' }] },
    ],
    [
      'with one name more',
      { subjectAltNames: [...leaf.subjectAltNames, { type: 'dns', value: 'evil.internal' }] },
    ],
    ['without its names', { subjectAltNames: [] }],
    ['without its provisioner', { provisioner: undefined }],
    ['of another provisioner', { provisioner: { type: 1, name: 'admin', credentialId: 'other' } }],
    [
      'with an extension that has no place',
      { extensions: [...leaf.extensions, extension('2.5.29.19', '3000')] },
    ],
    [
      'with names that are critical beside a subject',
      { extensions: leaf.extensions.map((each) => ({ ...each, critical: true })) },
    ],
    [
      'with a keyUsage that is not critical',
      { extensions: leaf.extensions.map((each) => ({ ...each, critical: false })) },
    ],
  ])('%s', (_, changes) => {
    expect(codeOf(() => assertConforms({ ...leaf, ...changes }, expected))).toBe('profile_violated')
  })

  test('that was meant to be nameless', () => {
    const subject = createName({})
    const contents = { ...expected.contents, subjectAltNames: [] }
    const extensions = leaf.extensions.filter(({ oid }) => oid !== '2.5.29.17')
    const fields = { ...leaf, subject, extensions, subjectAltNames: [] }
    expect(codeOf(() => assertConforms(fields, { ...expected, subject, contents }))).toBe(
      'profile_violated',
    )
  })

  test('that was meant to last no time', () => {
    const validity = { notBefore: leaf.validity.notBefore, notAfter: leaf.validity.notBefore }
    const fields = { ...leaf, validity }
    expect(codeOf(() => assertConforms(fields, { ...expected, validity }))).toBe('validity_invalid')
  })

  test('where an intermediate was meant', () => {
    const contents = { ...expected.contents, profile: intermediateProfile } as const
    expect(codeOf(() => assertConforms(leaf, { ...expected, contents }))).toBe('profile_violated')
  })
})

describe('assertConforms stops a renewed leaf', () => {
  const succession: Expectation = {
    ...expected,
    contents: { type: 'predecessor', predecessor: leaf, isRekey: false },
  }
  const [authorityKeyIdentifier, ...copied] = renewed.extensions
  test.each<[string, Partial<Certificate>]>([
    ['with an extension more', { extensions: [...renewed.extensions, extension('1.2.3', '0500')] }],
    ['with an extension less', { extensions: renewed.extensions.slice(0, -1) }],
    ['with its extensions in another order', { extensions: renewed.extensions.toReversed() }],
    [
      'with an extension changed',
      { extensions: renewed.extensions.map((each) => ({ ...each, value: fromHex('0500') })) },
    ],
    [
      'with a criticality changed',
      { extensions: renewed.extensions.map((each) => ({ ...each, critical: true })) },
    ],
    [
      'with a critical authorityKeyIdentifier',
      {
        extensions: [
          ...(authorityKeyIdentifier ? [{ ...authorityKeyIdentifier, critical: true }] : []),
          ...copied,
        ],
      },
    ],
    ['that is a certificate authority', { basicConstraints: { isCa: true } }],
    ['that may sign certificates', { keyUsage: ['keyCertSign'] }],
  ])('%s', (_, changes) => {
    expect(codeOf(() => assertConforms({ ...renewed, ...changes }, succession))).toBe(
      'profile_violated',
    )
  })

  test('with the identifier of the old key after a rekey', () => {
    const fields = { ...renewed, subjectPublicKeyInfo: other.subjectPublicKeyInfo }
    const rekey: Expectation = {
      ...expected,
      subjectPublicKeyInfo: other.subjectPublicKeyInfo,
      contents: { type: 'predecessor', predecessor: leaf, isRekey: true },
    }
    expect(codeOf(() => assertConforms(fields, rekey))).toBe('profile_violated')
  })
})

function extension(oid: string, hex: string): Extension {
  return { oid, critical: false, value: fromHex(hex) }
}

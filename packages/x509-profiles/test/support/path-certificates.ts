import { encodeSignatureAlgorithm } from '../../src/algorithms.ts'
import {
  encodeAuthorityKeyIdentifier,
  encodeBasicConstraints,
  encodeExtendedKeyUsages,
  encodeExtension,
  encodeKeyUsage,
  encodeSubjectAltNames,
  encodeSubjectKeyIdentifier,
} from '../../src/extensions.ts'
import {
  type Certificate,
  createName,
  type Extension,
  type GeneralName,
  type KeyUsage,
  parseCertificate,
  type SignatureAlgorithmName,
  type Validity,
} from '../../src/index.ts'
import {
  constructed,
  encodeBitString,
  encodeElement,
  encodeInteger,
  encodeSequence,
} from '../../src/internal/der.ts'
import { keyIdentifierOf } from '../../src/public-key.ts'
import { encodeValidity } from '../../src/validity.ts'
import { validityOfDays } from './authority.ts'
import { createTestSigner, signWith, type TestSigner } from './signers.ts'

/** A certificate and its key, so that it may sign further ones. */
export interface Entity {
  readonly certificate: Certificate
  readonly signer: TestSigner
}

/** What a certificate holds; everything has a sound value unless said. */
export interface Contents {
  readonly name?: string
  readonly validity?: Validity
  readonly signer?: TestSigner
  /** What its issuer signs it with; the issuer's own when absent. */
  readonly algorithm?: SignatureAlgorithmName
  readonly pathLength?: number
  readonly names?: readonly GeneralName[]
  readonly keyUsage?: readonly KeyUsage[]
  readonly extendedKeyUsages?: readonly string[]
  /** Object identifiers of extensions to leave out. */
  readonly without?: readonly string[]
  /** Put at the end, or in place of the sound one of the same object identifier. */
  readonly extensions?: readonly Extension[]
}

/** A self-signed root. */
export function makeRoot(contents: Contents = {}): Entity {
  return makeAuthority({ name: 'Root', ...contents }, undefined)
}

/** A CA certificate below `issuer`. */
export function makeIntermediate(issuer: Entity, contents: Contents = {}): Entity {
  return makeAuthority({ name: 'Intermediate', ...contents }, issuer)
}

/** A certificate for web.internal below `issuer`. */
export function makeLeaf(issuer: Entity, contents: Contents = {}): Entity {
  const {
    names = [{ type: 'dns', value: 'web.internal' }],
    keyUsage = ['digitalSignature'],
    extendedKeyUsages = [serverAuth, clientAuth],
  } = contents
  return make({ name: 'leaf', ...contents }, issuer, [
    { oid: '2.5.29.15', critical: true, value: encodeKeyUsage(keyUsage) },
    { oid: '2.5.29.37', critical: false, value: encodeExtendedKeyUsages(extendedKeyUsages) },
    ...(names.length > 0 ? [encodeSubjectAltNames(names, { critical: false })] : []),
  ])
}

export const serverAuth = '1.3.6.1.5.5.7.3.1'
export const clientAuth = '1.3.6.1.5.5.7.3.2'

function makeAuthority(contents: Contents, issuer: Entity | undefined): Entity {
  const {
    pathLength,
    keyUsage = ['keyCertSign', 'cRLSign'],
    extendedKeyUsages,
    names = [],
  } = contents
  const constraints = { isCa: true, ...(pathLength !== undefined && { pathLength }) }
  return make(contents, issuer, [
    { oid: '2.5.29.15', critical: true, value: encodeKeyUsage(keyUsage) },
    { oid: '2.5.29.19', critical: true, value: encodeBasicConstraints(constraints) },
    ...(extendedKeyUsages === undefined
      ? []
      : [{ oid: '2.5.29.37', critical: false, value: encodeExtendedKeyUsages(extendedKeyUsages) }]),
    ...(names.length > 0 ? [encodeSubjectAltNames(names, { critical: false })] : []),
  ])
}

function make(contents: Contents, issuer: Entity | undefined, sound: readonly Extension[]): Entity {
  const { name = '', validity = validityOfDays(10), signer = createTestSigner() } = contents
  const { without = [], extensions = [] } = contents
  const subject = createName({ commonName: name })
  const issuerSigner = issuer?.signer ?? signer
  const issuerKeyIdentifier =
    issuer?.certificate.subjectKeyIdentifier ?? keyIdentifierOf(issuerSigner.subjectPublicKeyInfo)
  const all: Extension[] = [
    ...sound,
    {
      oid: '2.5.29.14',
      critical: false,
      value: encodeSubjectKeyIdentifier(keyIdentifierOf(signer.subjectPublicKeyInfo)),
    },
    {
      oid: '2.5.29.35',
      critical: false,
      value: encodeAuthorityKeyIdentifier(issuerKeyIdentifier),
    },
  ]
  const replaced = new Set([...without, ...extensions.map(({ oid }) => oid)])
  const kept = [...all.filter(({ oid }) => !replaced.has(oid)), ...extensions]
  const { algorithm: algorithmName = issuerSigner.algorithm } = contents
  const algorithm = encodeSignatureAlgorithm(algorithmName)
  const tbsCertificate = encodeSequence(
    encodeElement(constructed(0), encodeInteger(2)),
    encodeInteger(nextSerialNumber()),
    algorithm,
    issuer?.certificate.subject.der ?? subject.der,
    encodeValidity(validity),
    subject.der,
    signer.subjectPublicKeyInfo,
    encodeElement(constructed(3), encodeSequence(...kept.map(encodeExtension))),
  )
  const signature = signWith(issuerSigner.privateKey, algorithmName, tbsCertificate)
  const der = encodeSequence(tbsCertificate, algorithm, encodeBitString(signature))
  return { certificate: parseCertificate(der), signer }
}

let serialNumber = 1000

function nextSerialNumber(): number {
  serialNumber += 1
  return serialNumber
}

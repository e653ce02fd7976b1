import { hash, type KeyObject } from 'node:crypto'
import { readSignatureAlgorithm, type SignatureAlgorithm, verifySignature } from './algorithms.ts'
import { ProfileError } from './errors.ts'
import {
  decodeKnownExtensions,
  type Extension,
  type KnownExtensions,
  readExtensions,
} from './extensions.ts'
import { constructed, DerError, DerReader, equalOctets, primitive, tags } from './internal/der.ts'
import { type DistinguishedName, readName } from './name.ts'
import { encodePem, parsePem } from './pem.ts'
import { parseSubjectPublicKeyInfo } from './public-key.ts'
import { readValidity, type Validity } from './validity.ts'

/** What a TBSCertificate says (RFC 5280 §4.1). */
export interface CertificateFields extends KnownExtensions {
  /** The TBSCertificate: the octets that are signed. */
  readonly tbsCertificate: Uint8Array
  /** 1, 2 or 3. */
  readonly version: number
  readonly serialNumber: bigint
  readonly signatureAlgorithm: SignatureAlgorithm
  readonly issuer: DistinguishedName
  readonly subject: DistinguishedName
  readonly validity: Validity
  /** The DER of the SubjectPublicKeyInfo. */
  readonly subjectPublicKeyInfo: Uint8Array
  readonly extensions: readonly Extension[]
}

/** A certificate, read strictly; nothing is said about whether its signature holds. */
export interface Certificate extends CertificateFields {
  readonly der: Uint8Array
  readonly signature: Uint8Array
}

/**
 * Reads one certificate and nothing after it. Strict DER throughout; the serial number is positive
 * and of 20 octets at most, both signature algorithms are the same, no extension comes twice, and the
 * extensions of {@link KnownExtensions} are well-formed.
 *
 * @throws {ProfileError} `certificate_malformed`.
 */
export function parseCertificate(input: Uint8Array): Certificate {
  const der = new Uint8Array(input)
  return asCertificateError(() => {
    const reader = new DerReader(der)
    const sequence = reader.enter(tags.sequence)
    reader.finish()
    const tbsCertificate = sequence.readOctets(tags.sequence)
    const outer = readSignatureAlgorithm(sequence)
    const signature = sequence.readBitString()
    sequence.finish()
    if (signature.unusedBits !== 0) throw new DerError('the signature is no whole number of octets')
    const { fields, algorithmDer } = readTbsCertificate(tbsCertificate)
    if (!equalOctets(outer.der, algorithmDer)) throw new DerError('signature algorithms differ')
    return { ...fields, der, signature: signature.octets }
  })
}

/**
 * Reads one TBSCertificate and nothing after it, as strictly as {@link parseCertificate}.
 *
 * @throws {ProfileError} `certificate_malformed`.
 */
export function parseTbsCertificate(octets: Uint8Array): CertificateFields {
  return asCertificateError(() => readTbsCertificate(octets).fields)
}

/**
 * Reads all `CERTIFICATE` blocks of a text, in order; other blocks are skipped.
 *
 * @throws {ProfileError} `pem_malformed` when there is none, `certificate_malformed`.
 */
export function parseCertificatePem(text: string): Certificate[] {
  const blocks = parsePem(text).filter(({ label }) => label === 'CERTIFICATE')
  if (blocks.length === 0) {
    throw new ProfileError('pem_malformed', 'the text holds no PEM block CERTIFICATE')
  }
  return blocks.map(({ octets }) => parseCertificate(octets))
}

/** Writes a certificate as a `CERTIFICATE` block. */
export function encodeCertificatePem(certificate: Certificate): string {
  return encodePem('CERTIFICATE', certificate.der)
}

/**
 * The public key of a certificate or a request, imported once for each object.
 *
 * @throws {ProfileError} `key_unsupported` or `key_too_weak`, see {@link parseSubjectPublicKeyInfo}.
 */
export function publicKeyOf(holder: { readonly subjectPublicKeyInfo: Uint8Array }): KeyObject {
  const known = publicKeys.get(holder.subjectPublicKeyInfo)
  if (known !== undefined) return known
  const publicKey = parseSubjectPublicKeyInfo(holder.subjectPublicKeyInfo)
  publicKeys.set(holder.subjectPublicKeyInfo, publicKey)
  return publicKey
}

/** Whether `issuerKey` signed the certificate, with an algorithm of the allow-list. */
export function verifyCertificateSignature(
  certificate: Certificate,
  issuerKey: KeyObject,
): boolean {
  const { signatureAlgorithm, tbsCertificate, signature } = certificate
  const { algorithm } = signatureAlgorithm
  return algorithm !== undefined && verifySignature(algorithm, issuerKey, tbsCertificate, signature)
}

/** SHA-256 of the certificate in lower-case hexadecimal digits. */
export function certificateFingerprint(certificate: Certificate): string {
  return hash('sha256', certificate.der)
}

/** Whether both are the same, octet by octet. */
export function equalCertificates(a: Certificate, b: Certificate): boolean {
  return equalOctets(a.der, b.der)
}

interface TbsCertificateParts {
  readonly fields: CertificateFields
  /** The inner AlgorithmIdentifier, to be compared with the outer one. */
  readonly algorithmDer: Uint8Array
}

function readTbsCertificate(tbsCertificate: Uint8Array): TbsCertificateParts {
  const reader = new DerReader(tbsCertificate)
  const sequence = reader.enter(tags.sequence)
  reader.finish()
  const version = readVersion(sequence)
  const serialNumber = readSerialNumber(sequence)
  const { der: algorithmDer, ...signatureAlgorithm } = readSignatureAlgorithm(sequence)
  const issuer = readName(sequence)
  const validity = readValidity(sequence)
  const subject = readName(sequence)
  const subjectPublicKeyInfo = sequence.readOctets(tags.sequence)
  if (version > 1) skipUniqueIdentifiers(sequence)
  const extensions = version === 3 ? readOptionalExtensions(sequence) : []
  sequence.finish()
  const fields = {
    tbsCertificate,
    version,
    serialNumber,
    signatureAlgorithm,
    issuer,
    subject,
    validity,
    subjectPublicKeyInfo,
    extensions,
    ...decodeKnownExtensions(extensions),
  }
  return { fields, algorithmDer }
}

function readVersion(sequence: DerReader): number {
  const explicit = sequence.enterOptional(constructed(0))
  if (explicit === undefined) return 1
  const version = explicit.readSmallInteger() + 1
  explicit.finish()
  if (version !== 2 && version !== 3) throw new DerError('the version is not 2 or 3')
  return version
}

function readSerialNumber(sequence: DerReader): bigint {
  const serialNumber = sequence.readInteger()
  if (serialNumber <= 0n || serialNumber >= 2n ** 159n) {
    throw new DerError('the serial number is not positive, or of more than 20 octets')
  }
  return serialNumber
}

function skipUniqueIdentifiers(sequence: DerReader): void {
  for (const tag of [primitive(1), primitive(2)]) {
    if (sequence.peekTag() === tag) sequence.readBitString(tag)
  }
}

function readOptionalExtensions(sequence: DerReader): Extension[] {
  const explicit = sequence.enterOptional(constructed(3))
  if (explicit === undefined) return []
  const extensions = readExtensions(explicit)
  explicit.finish()
  return extensions
}

function asCertificateError<T>(parse: () => T): T {
  try {
    return parse()
  } catch (cause) {
    if (!(cause instanceof DerError)) throw cause
    const message = `not a certificate: ${cause.message}`
    throw new ProfileError('certificate_malformed', message, { cause })
  }
}

const publicKeys = new WeakMap<Uint8Array, KeyObject>()

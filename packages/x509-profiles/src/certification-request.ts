import {
  encodeSignatureAlgorithm,
  readSignatureAlgorithm,
  type SignatureAlgorithm,
  verifySignature,
} from './algorithms.ts'
import { publicKeyOf } from './certificate.ts'
import type { CertificateContents } from './certificate-contents.ts'
import { buildRequestedExtensions } from './contents-extensions.ts'
import { ProfileError } from './errors.ts'
import {
  decodeKnownExtensions,
  type Extension,
  encodeExtension,
  encodeSubjectAltNames,
  readExtensions,
} from './extensions.ts'
import type { GeneralName } from './general-name.ts'
import {
  assertDer,
  constructed,
  DerError,
  DerReader,
  encodeBitString,
  encodeElement,
  encodeInteger,
  encodeOid,
  encodeSequence,
  tags,
} from './internal/der.ts'
import { type DistinguishedName, isEmptyName, readName } from './name.ts'
import { encodePem, parsePem } from './pem.ts'
import { chooseSigner, type Signer } from './signer.ts'

/** A PKCS #10 request (RFC 2986), read strictly; {@link verifyCertificationRequest} proves it. */
export interface CertificationRequest {
  readonly der: Uint8Array
  /** The octets that are signed. */
  readonly certificationRequestInfo: Uint8Array
  readonly subject: DistinguishedName
  /** The DER of the SubjectPublicKeyInfo. */
  readonly subjectPublicKeyInfo: Uint8Array
  /** What the extensionRequest attribute asks for (RFC 2985 §5.4.2), empty without one. */
  readonly extensions: readonly Extension[]
  /** Without names of other kinds, which only the extension itself shows. */
  readonly subjectAltNames: readonly GeneralName[]
  readonly signatureAlgorithm: SignatureAlgorithm
  readonly signature: Uint8Array
}

/**
 * Reads one request and nothing after it. The signature is not verified.
 *
 * @throws {ProfileError} `certificate_request_malformed`.
 */
export function parseCertificationRequest(input: Uint8Array): CertificationRequest {
  const der = new Uint8Array(input)
  try {
    return readCertificationRequest(der)
  } catch (cause) {
    if (!(cause instanceof DerError)) throw cause
    const message = `not a certificate request: ${cause.message}`
    throw new ProfileError('certificate_request_malformed', message, { cause })
  }
}

/**
 * Reads the one `CERTIFICATE REQUEST` block of a text (or `NEW CERTIFICATE REQUEST`, RFC 7468 §7).
 *
 * @throws {ProfileError} `pem_malformed` when there is none, or more than one;
 * `certificate_request_malformed`.
 */
export function parseCertificationRequestPem(text: string): CertificationRequest {
  const blocks = parsePem(text).filter(({ label }) => pemLabels.has(label))
  const [block] = blocks
  if (block === undefined || blocks.length > 1) {
    const found = blocks.length === 0 ? 'no' : 'more than one'
    throw new ProfileError(
      'pem_malformed',
      `the text holds ${found} PEM block CERTIFICATE REQUEST, where one is needed`,
    )
  }
  return parseCertificationRequest(block.octets)
}

/** Writes a request as a `CERTIFICATE REQUEST` block. */
export function encodeCertificationRequestPem(request: CertificationRequest): string {
  return encodePem('CERTIFICATE REQUEST', request.der)
}

/**
 * Proves that who made the request holds its private key, and that the key is of an allowed kind and
 * strength.
 *
 * @throws {ProfileError} `key_unsupported`, `key_too_weak`, or `certificate_request_signature_invalid`.
 */
export function verifyCertificationRequest(request: CertificationRequest): void {
  const publicKey = publicKeyOf(request)
  const { certificationRequestInfo, signature, signatureAlgorithm } = request
  const { algorithm, name } = signatureAlgorithm
  if (
    algorithm === undefined ||
    !verifySignature(algorithm, publicKey, certificationRequestInfo, signature)
  ) {
    throw new ProfileError(
      'certificate_request_signature_invalid',
      `the ${name} signature of the certificate request is not by its own key`,
      { hint: 'Make the request again with the private key it is for.' },
    )
  }
}

/** What {@link createCertificationRequest} asks for. */
export interface CertificationRequestOptions {
  readonly subject: DistinguishedName
  readonly subjectAltNames: readonly GeneralName[]
  readonly signer: Signer
}

/**
 * Makes a request signed by the key it is for.
 *
 * @throws {ProfileError} `name_invalid`; `certificate_request_signature_invalid` when the signer's
 * signature is not by its public key.
 */
export async function createCertificationRequest({
  subject,
  subjectAltNames,
  signer,
}: CertificationRequestOptions): Promise<CertificationRequest> {
  const extensions =
    subjectAltNames.length > 0
      ? [encodeSubjectAltNames(subjectAltNames, { critical: isEmptyName(subject) })]
      : []
  return signRequest({ subject, extensions, signer })
}

/**
 * Makes a request with chosen contents, signed by the key it is for. What a request may ask for is its subject, names,
 * usages, basicConstraints and ready-made extensions; other members of the contents are left aside, as by step.
 *
 * @throws {ProfileError} `name_invalid`; `profile_violated` when an object identifier is none; `algorithm_unsupported`
 * when the key does not sign with the chosen algorithm; `certificate_request_malformed` for contents that cannot be
 * read back.
 */
export async function createTemplatedRequest(
  contents: CertificateContents,
  signer: Signer,
): Promise<CertificationRequest> {
  return signRequest({
    subject: contents.subject,
    extensions: buildRequestedExtensions(contents),
    signer: chooseSigner(signer, contents.signatureAlgorithm),
  })
}

async function signRequest({
  subject,
  extensions,
  signer,
}: {
  readonly subject: DistinguishedName
  readonly extensions: readonly Extension[]
  readonly signer: Signer
}): Promise<CertificationRequest> {
  const certificationRequestInfo = encodeSequence(
    encodeInteger(0),
    subject.der,
    new Uint8Array(signer.publicKey.export({ format: 'der', type: 'spki' })),
    encodeElement(constructed(0), ...encodeExtensionRequest(extensions)),
  )
  const request = parseCertificationRequest(
    encodeSequence(
      certificationRequestInfo,
      encodeSignatureAlgorithm(signer.algorithm),
      encodeBitString(await signer.sign(certificationRequestInfo)),
    ),
  )
  verifyCertificationRequest(request)
  return request
}

function encodeExtensionRequest(extensions: readonly Extension[]): Uint8Array[] {
  if (extensions.length === 0) return []
  const list = encodeSequence(...extensions.map(encodeExtension))
  return [encodeSequence(encodeOid(extensionRequest), encodeElement(tags.set, list))]
}

function readCertificationRequest(der: Uint8Array): CertificationRequest {
  const reader = new DerReader(der)
  const sequence = reader.enter(tags.sequence)
  reader.finish()
  const certificationRequestInfo = sequence.readOctets(tags.sequence)
  const { der: _, ...signatureAlgorithm } = readSignatureAlgorithm(sequence)
  const signature = sequence.readBitString()
  sequence.finish()
  if (signature.unusedBits !== 0) throw new DerError('the signature is no whole number of octets')

  const info = new DerReader(certificationRequestInfo).enter(tags.sequence)
  if (info.readSmallInteger() !== 0) throw new DerError('the version is not 1')
  const subject = readName(info)
  const subjectPublicKeyInfo = info.readOctets(tags.sequence)
  const extensions = readAttributes(info.enter(constructed(0)))
  info.finish()
  const { subjectAltNames } = decodeKnownExtensions(extensions)
  return {
    der,
    certificationRequestInfo,
    subject,
    subjectPublicKeyInfo,
    extensions,
    subjectAltNames,
    signatureAlgorithm,
    signature: signature.octets,
  }
}

/** Reads the attributes, in any order as not all clients sort them, and returns the requested extensions. */
function readAttributes(attributes: DerReader): Extension[] {
  let extensions: Extension[] | undefined
  while (!attributes.isAtEnd) {
    const attribute = attributes.enter(tags.sequence)
    const oid = attribute.readOid()
    const values = attribute.readOctets(tags.set)
    attribute.finish()
    if (oid !== extensionRequest) {
      assertDer(values)
    } else if (extensions === undefined) {
      const set = new DerReader(values).enter(tags.set)
      extensions = readExtensions(set)
      set.finish()
    } else {
      throw new DerError('extensions are requested twice')
    }
  }
  return extensions ?? []
}

const extensionRequest = '1.2.840.113549.1.9.14'

const pemLabels: ReadonlySet<string> = new Set(['CERTIFICATE REQUEST', 'NEW CERTIFICATE REQUEST'])

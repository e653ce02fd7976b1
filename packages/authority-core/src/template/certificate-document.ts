import {
  type BasicConstraints,
  type CertificateContents,
  type ChosenNameConstraints,
  type Extension,
  type KeyUsage,
  parseTime,
  type SignatureAlgorithmName,
} from '@mayfly/x509-profiles'
import type { SubjectTemplate } from '../config/ca-configuration.ts'
import { listNames, type NameLists, parseAddress, readTypedName } from './alternative-names.ts'
import {
  DocumentMembers,
  readBoolean,
  readInteger,
  readItems,
  readObjectIdentifier,
  readOctets,
  readText,
  readTexts,
  shorten,
} from './document-members.ts'
import { type JsonNode, malformedResult, parseJsonDocument } from './json-document.ts'
import { readExtendedKeyUsages, readKeyUsage } from './key-purposes.ts'
import { readNameConstraints } from './name-constraints.ts'
import { readSignatureAlgorithm } from './signature-algorithm.ts'
import { createRawSubject, createSubject, readSubject, type SubjectFields } from './subject.ts'
import { normalizeUri } from './uri.ts'

/** What a template's result says, typed but not yet put together. */
export interface CertificateDocument {
  readonly subject: SubjectFields
  /** The DER of a Name, which goes before `subject`. */
  readonly rawSubject: Uint8Array | undefined
  readonly names: NameLists
  readonly keyUsage: readonly KeyUsage[]
  readonly extendedKeyUsages: readonly string[]
  readonly basicConstraints: BasicConstraints | undefined
  readonly nameConstraints: ChosenNameConstraints | undefined
  readonly subjectKeyIdentifier: Uint8Array | undefined
  readonly ocspServers: readonly string[]
  readonly issuingCertificateUrls: readonly string[]
  readonly crlDistributionPoints: readonly string[]
  readonly certificatePolicies: readonly string[]
  readonly extensions: readonly Extension[]
  readonly serialNumber: bigint | undefined
  readonly signatureAlgorithm: SignatureAlgorithmName | undefined
  readonly notBefore: Date | undefined
  readonly notAfter: Date | undefined
}

/**
 * Reads the text that a template has made. `issuer`, `version` and `authorityKeyId` are read and left aside: the
 * issuer's stand.
 *
 * @throws {AuthorityError} `template_result_malformed`, `signature_algorithm_not_offered`.
 */
export function parseCertificateDocument(text: string): CertificateDocument {
  const members = new DocumentMembers(parseJsonDocument(text), '')
  members.read('version', readInteger)
  members.read('issuer', readSubject)
  members.read('authorityKeyId', readOctets)
  const texts = (name: string): readonly string[] => members.read(name, readTexts) ?? []
  const subjectKeyIdentifier = members.read('subjectKeyId', readOctets)
  const rawSubject = members.read('rawSubject', readOctets)
  return {
    subject: members.read('subject', readSubject) ?? { values: {}, extraNames: [] },
    rawSubject: rawSubject?.length ? rawSubject : undefined,
    names: {
      dnsNames: texts('dnsNames'),
      emailAddresses: texts('emailAddresses'),
      ipAddresses: members.read('ipAddresses', readAddresses) ?? [],
      uris: members.read('uris', readUris) ?? [],
      typed:
        members.read('sans', (node, path) =>
          readItems(node, path).map((item) => readTypedName(item, path)),
        ) ?? [],
    },
    keyUsage: members.read('keyUsage', readKeyUsage) ?? [],
    extendedKeyUsages: [
      ...(members.read('extKeyUsage', readExtendedKeyUsages) ?? []),
      ...(members.read('unknownExtKeyUsage', readObjectIdentifiers) ?? []),
    ],
    basicConstraints: readBasicConstraints(
      members.findAll('basicConstraints'),
      members.pathOf('basicConstraints'),
    ),
    nameConstraints: readNameConstraints(
      members.findAll('nameConstraints'),
      members.pathOf('nameConstraints'),
    ),
    subjectKeyIdentifier: subjectKeyIdentifier?.length ? subjectKeyIdentifier : undefined,
    ocspServers: texts('ocspServer'),
    issuingCertificateUrls: texts('issuingCertificateURL'),
    crlDistributionPoints: texts('crlDistributionPoints'),
    certificatePolicies: members.read('policyIdentifiers', readObjectIdentifiers) ?? [],
    extensions: members.read('extensions', readExtensions) ?? [],
    serialNumber: members.read('serialNumber', readSerialNumber),
    signatureAlgorithm: members.read('signatureAlgorithm', readSignatureAlgorithm),
    notBefore: members.read('notBefore', readTime),
    notAfter: members.read('notAfter', readTime),
  }
}

/**
 * Puts a document's contents together. `defaults` fill the attributes that its subject lacks.
 *
 * @throws {AuthorityError} `template_failed` for a name that cannot be written.
 * @throws {ProfileError} `name_invalid`.
 */
export function toContents(
  document: CertificateDocument,
  defaults: SubjectTemplate,
): CertificateContents {
  const { rawSubject, serialNumber, basicConstraints, nameConstraints, subjectKeyIdentifier } =
    document
  const { signatureAlgorithm } = document
  const hasReadyNames = document.extensions.some(({ oid }) => oid === subjectAltName)
  return {
    subject:
      rawSubject === undefined
        ? createSubject(document.subject, defaults)
        : createRawSubject(rawSubject),
    keyUsage: document.keyUsage,
    extendedKeyUsages: document.extendedKeyUsages,
    ocspServers: document.ocspServers,
    issuingCertificateUrls: document.issuingCertificateUrls,
    subjectAltNames: hasReadyNames ? [] : listNames(document.names),
    certificatePolicies: document.certificatePolicies,
    crlDistributionPoints: document.crlDistributionPoints,
    extensions: document.extensions,
    ...(serialNumber === undefined ? {} : { serialNumber }),
    ...(signatureAlgorithm === undefined ? {} : { signatureAlgorithm }),
    ...(basicConstraints === undefined ? {} : { basicConstraints }),
    ...(nameConstraints === undefined ? {} : { nameConstraints }),
    ...(subjectKeyIdentifier === undefined ? {} : { subjectKeyIdentifier }),
  }
}

function readAddresses(node: JsonNode, path: string): readonly Uint8Array[] {
  return readTexts(node, path).map((text) => {
    const octets = parseAddress(text)
    if (octets === undefined) throw malformedResult(`${path}: ${shorten(text)} is no IP address`)
    return octets
  })
}

function readUris(node: JsonNode, path: string): readonly string[] {
  return readTexts(node, path).map((text) => {
    const uri = normalizeUri(text)
    if (uri === undefined) throw malformedResult(`${path}: ${shorten(text)} is no URI`)
    return uri
  })
}

function readObjectIdentifiers(node: JsonNode, path: string): readonly string[] {
  return readTexts(node, path).map((text) => {
    if (!/^\d+(?:\.\d+)+$/.test(text)) {
      throw malformedResult(`${path}: ${shorten(text)} is not an object identifier`)
    }
    return text
  })
}

/** Without `maxPathLen` no intermediate may follow; a negative one sets no limit; a leaf has none. */
function readBasicConstraints(
  nodes: readonly JsonNode[],
  path: string,
): BasicConstraints | undefined {
  if (nodes.length === 0) return undefined
  const layers = nodes.map((node) => new DocumentMembers(node, path))
  const isCa = layers.map((each) => each.read('isCA', readBoolean)).findLast(isDefined) ?? false
  const limit = layers.map((each) => each.read('maxPathLen', readInteger)).findLast(isDefined) ?? 0n
  if (!isCa) return { isCa }
  if (limit > 0x7fffffffn) throw malformedResult(`${path}.maxPathLen: ${limit} is too large`)
  return limit < 0n ? { isCa } : { isCa, pathLength: Number(limit) }
}

function readExtensions(node: JsonNode, path: string): readonly Extension[] {
  return readItems(node, path).flatMap((item) => {
    const members = new DocumentMembers(item, path)
    const oid = members.read('id', readObjectIdentifier) ?? ''
    const critical = members.read('critical', readBoolean) ?? false
    const value = members.read('value', readOctets) ?? new Uint8Array()
    return oid === '' ? [] : [{ oid, critical, value }]
  })
}

/** A number, or a text with the prefixes of Go: 0b, 0o, 0 and 0x. */
function readSerialNumber(node: JsonNode, path: string): bigint {
  if (node.type !== 'string') return readInteger(node, path)
  // Underscores may part the digits.
  const text = node.value.replace(/(?<=[0-9A-Fa-fxXbBoO])_(?=[0-9A-Fa-f])/g, '')
  const [, sign = '', digits = ''] =
    /^([+-]?)(0[bB][01]+|0[oO]?[0-7]+|0[xX][0-9A-Fa-f]+|0|[1-9]\d*)$/.exec(text) ?? []
  if (digits === '' || digits.length > maximumDigits) {
    throw malformedResult(`${path} ${shorten(node.value)} is not valid`)
  }
  const value = BigInt(digits.replace(/^0(?=\d)/, '0o'))
  return sign === '-' ? -value : value
}

/** RFC 3339; the year 1 of Go's zero time counts as absent. */
function readTime(node: JsonNode, path: string): Date | undefined {
  const text = readText(node, path)
  const time = parseTime(text)
  if (time === undefined) throw malformedResult(`${path}: ${shorten(text)} is no time of RFC 3339`)
  return time.getTime() === zeroTime ? undefined : time
}

const isDefined = <Value>(value: Value | undefined): value is Value => value !== undefined

/** A serial number of 20 octets has 161 binary digits and a prefix at most. */
const maximumDigits = 200
const subjectAltName = '2.5.29.17'
const zeroTime = Date.parse('0001-01-01T00:00:00Z')

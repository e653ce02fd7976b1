import { decodeKnownExtensions, type Extension, type KeyUsage } from '../extensions.ts'
import { type AnyGeneralName, parseAnyGeneralNames } from '../internal/any-general-name.ts'
import { DerError, toHex } from '../internal/der.ts'
import { showText } from '../internal/show-text.ts'
import { parseNameConstraints } from '../name-constraints.ts'
import {
  parseAuthorityInfoAccess,
  parseCertificatePolicies,
  parseCrlUris,
  parseText,
} from './extension-values.ts'
import { formatIpAddress, formatIpRange } from './ip-text.ts'
import { hexWithColons } from './layout.ts'
import { formatNameForText } from './name-text.ts'
import { pairUp, provisionerTypeNames } from './provisioner-type.ts'

/**
 * The lines of step's text form for one extension of a certificate: a heading and, four blanks further
 * in, its values. One that is unknown or malformed is shown by its object identifier and its octets.
 */
export function formatExtension(extension: Extension): string[] {
  return formatKnown(extension) ?? formatUnknown(extension)
}

/**
 * As {@link formatExtension} for an extension that a request asks for; `undefined` for those that step
 * lists by {@link formatAttribute}.
 */
export function formatRequestedExtension(extension: Extension): string[] | undefined {
  return requestable.has(extension.oid) ? formatKnown(extension) : undefined
}

/** An extension of a request as text and as octets. */
export function formatAttribute(extension: Extension): string[] {
  return [...formatUnknown(extension), `    ${hexWithColons(extension.value)}`]
}

function formatKnown(extension: Extension): string[] | undefined {
  const form = extensionForms.get(extension.oid)
  if (form === undefined) return undefined
  try {
    const lines = form.lines(extension).map((line) => `    ${line}`)
    return [`${form.title}:${extension.critical ? ' critical' : ''}`, ...lines]
  } catch (error) {
    if (!(error instanceof DerError)) throw error
    return undefined
  }
}

function formatUnknown({ oid, critical, value }: Extension): string[] {
  const text = Array.from(value, (octet) => {
    return octet >= 0x20 && octet < 0x7f ? String.fromCharCode(octet) : '.'
  })
  return [`${oid}:${critical ? ' critical' : ''}`, `    ${text.join('')}`]
}

function formatKeyUsage(extension: Extension): string[] {
  const { keyUsage = [] } = decodeKnownExtensions([extension])
  return [keyUsage.map((usage) => keyUsageNames[usage]).join(', ')]
}

function formatExtendedKeyUsage(extension: Extension): string[] {
  const { extendedKeyUsages = [] } = decodeKnownExtensions([extension])
  const known = extendedKeyUsages.filter((oid) => keyPurposeNames.has(oid))
  const others = extendedKeyUsages.filter((oid) => !keyPurposeNames.has(oid))
  return [[...known.map((oid) => keyPurposeNames.get(oid) ?? oid), ...others].join(', ')]
}

function formatBasicConstraints(extension: Extension): string[] {
  const { basicConstraints } = decodeKnownExtensions([extension])
  const { isCa = false, pathLength } = basicConstraints ?? {}
  if (!isCa) return ['CA:FALSE']
  return [pathLength === undefined ? 'CA:TRUE' : `CA:TRUE, pathlen:${pathLength}`]
}

function formatKeyIdentifier(extension: Extension): string[] {
  const known = decodeKnownExtensions([extension])
  const identifier = known.subjectKeyIdentifier ?? known.authorityKeyIdentifier
  return [hexWithColons(identifier ?? new Uint8Array()).toUpperCase()]
}

function formatSubjectAltNames({ value }: Extension): string[] {
  const names = parseAnyGeneralNames(value)
  const line = (kind: AnyGeneralName['kind'], label: string): string[] => {
    const members = names.filter((name) => name.kind === kind)
    if (members.length === 0) return []
    return [members.map((name) => `${label}:${formatGeneralName(name)}`).join(', ')]
  }
  return [
    ...line('dns', 'DNS'),
    ...line('email', 'email'),
    ...line('ip', 'IP Address'),
    ...line('uri', 'URI'),
    ...names.flatMap((name) => (name.kind === 'other' ? [formatOtherName(name)] : [])),
    ...line('directory', 'DirName'),
    ...line('registeredId', 'Registered ID'),
  ]
}

function formatOtherName({ oid, value }: Extract<AnyGeneralName, { kind: 'other' }>): string {
  if (oid === userPrincipalName) return `UPN: ${showText(parseText(value))}`
  return `OtherName: Type: ${oid}, Value: 0x${toHex(value)}`
}

function formatNameConstraints({ value }: Extension): string[] {
  const { permitted, excluded } = parseNameConstraints(value)
  return [...formatSubtrees('Permitted', permitted), ...formatSubtrees('Excluded', excluded)]
}

function formatSubtrees(title: string, subtrees: readonly AnyGeneralName[]): string[] {
  if (subtrees.length === 0) return []
  const lines = subtreeLabels.flatMap(([kind, label]) => {
    const members = subtrees.filter((subtree) => subtree.kind === kind)
    return members.length === 0 ? [] : [`  ${label}: ${members.map(formatSubtree).join(', ')}`]
  })
  return [`${title}:`, ...lines]
}

function formatSubtree(subtree: AnyGeneralName): string {
  return subtree.kind === 'ip' ? formatIpRange(subtree.octets).cidr : formatGeneralName(subtree)
}

function formatGeneralName(name: AnyGeneralName): string {
  switch (name.kind) {
    case 'dns':
    case 'email':
    case 'uri':
      return quoteAmbiguous(name.text)
    case 'ip':
      return formatIpAddress(name.octets)
    case 'directory':
      return formatNameForText(name.name)
    case 'other':
    case 'registeredId':
      return name.oid
    case 'x400':
    case 'ediParty':
      return '(not shown)'
  }
}

/** A name that holds the separator would read as two: it is quoted, which step does not do. */
function quoteAmbiguous(text: string): string {
  return text.includes(', ') ? JSON.stringify(text) : text
}

function formatCrlDistributionPoints({ value }: Extension): string[] {
  return ['Full Name:', `  ${joinUris(parseCrlUris(value), ', ')}`]
}

function formatAuthorityInfoAccess({ value }: Extension): string[] {
  const { ocsp, caIssuers } = parseAuthorityInfoAccess(value)
  return [
    ...(ocsp.length > 0 ? [`OCSP - ${joinUris(ocsp, ',')}`] : []),
    ...(caIssuers.length > 0 ? [`CA Issuers - ${joinUris(caIssuers, ',')}`] : []),
  ]
}

function joinUris(uris: readonly string[], separator: string): string {
  return uris.map((uri) => `URI:${quoteAmbiguous(uri)}`).join(separator)
}

function formatProvisioner(extension: Extension): string[] {
  const { provisioner } = decodeKnownExtensions([extension])
  if (provisioner === undefined) return []
  const { type, name, credentialId, keyValuePairs = [] } = provisioner
  return [
    `Type: ${provisionerTypeNames.get(type) ?? `${type} (unknown)`}`,
    `Name: ${showText(name)}`,
    ...(credentialId === '' ? [] : [`CredentialID: ${showText(credentialId)}`]),
    ...pairUp(keyValuePairs).map(([key, value]) => `${showText(key)}: ${showText(value)}`),
  ]
}

interface ExtensionForm {
  readonly title: string
  readonly lines: (extension: Extension) => string[]
}

const extensionForms: ReadonlyMap<string, ExtensionForm> = new Map([
  ['2.5.29.15', { title: 'X509v3 Key Usage', lines: formatKeyUsage }],
  ['2.5.29.37', { title: 'X509v3 Extended Key Usage', lines: formatExtendedKeyUsage }],
  ['2.5.29.19', { title: 'X509v3 Basic Constraints', lines: formatBasicConstraints }],
  ['2.5.29.14', { title: 'X509v3 Subject Key Identifier', lines: formatKeyIdentifier }],
  ['2.5.29.35', { title: 'X509v3 Authority Key Identifier', lines: formatKeyIdentifier }],
  ['2.5.29.17', { title: 'X509v3 Subject Alternative Name', lines: formatSubjectAltNames }],
  ['2.5.29.30', { title: 'X509v3 Name Constraints', lines: formatNameConstraints }],
  ['2.5.29.31', { title: 'X509v3 CRL Distribution Points', lines: formatCrlDistributionPoints }],
  [
    '2.5.29.32',
    {
      title: 'X509v3 Certificate Policies',
      lines: ({ value }) => parseCertificatePolicies(value).map(({ oid }) => `Policy: ${oid}`),
    },
  ],
  [
    '1.3.6.1.5.5.7.1.1',
    { title: 'Authority Information Access', lines: formatAuthorityInfoAccess },
  ],
  [
    '2.16.840.1.113730.1.13',
    { title: 'Netscape Comment', lines: ({ value }) => [showText(parseText(value))] },
  ],
  ['1.3.6.1.4.1.37476.9000.64.1', { title: 'X509v3 Step Provisioner', lines: formatProvisioner }],
])

/** What step shows of a request under "Requested Extensions". */
const requestable: ReadonlySet<string> = new Set([
  '2.5.29.14',
  '2.5.29.15',
  '2.5.29.17',
  '2.5.29.19',
  '2.5.29.30',
  '2.5.29.37',
])

const subtreeLabels: readonly (readonly [AnyGeneralName['kind'], string])[] = [
  ['dns', 'DNS'],
  ['email', 'Email'],
  ['uri', 'URI'],
  ['ip', 'IP Range'],
  ['directory', 'DirName'],
  ['other', 'OtherName'],
  ['registeredId', 'Registered ID'],
  ['x400', 'X400Name'],
  ['ediParty', 'EdiPartyName'],
]

const keyUsageNames: Readonly<Record<KeyUsage, string>> = {
  digitalSignature: 'Digital Signature',
  contentCommitment: 'Content Commitment',
  keyEncipherment: 'Key Encipherment',
  dataEncipherment: 'Data Encipherment',
  keyAgreement: 'Key Agreement',
  keyCertSign: 'Certificate Sign',
  cRLSign: 'CRL Sign',
  encipherOnly: 'Encipher Only',
  decipherOnly: 'Decipher Only',
}

const keyPurposeNames: ReadonlyMap<string, string> = new Map([
  ['2.5.29.37.0', 'Any Usage'],
  ['1.3.6.1.5.5.7.3.1', 'Server Authentication'],
  ['1.3.6.1.5.5.7.3.2', 'Client Authentication'],
  ['1.3.6.1.5.5.7.3.3', 'Code Signing'],
  ['1.3.6.1.5.5.7.3.4', 'E-mail Protection'],
  ['1.3.6.1.5.5.7.3.5', 'IPSec End System'],
  ['1.3.6.1.5.5.7.3.6', 'IPSec Tunnel'],
  ['1.3.6.1.5.5.7.3.7', 'IPSec User'],
  ['1.3.6.1.5.5.7.3.8', 'Time Stamping'],
  ['1.3.6.1.5.5.7.3.9', 'OCSP Signing'],
])

const userPrincipalName = '1.3.6.1.4.1.311.20.2.3'

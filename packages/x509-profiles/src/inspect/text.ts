import type { Certificate } from '../certificate.ts'
import type { CertificationRequest } from '../certification-request.ts'
import { toHex } from '../internal/der.ts'
import type { DistinguishedName } from '../name.ts'
import { describeKey, integerOctets, type ShownKey } from './describe-key.ts'
import { hexRows } from './layout.ts'
import { formatNameForText } from './name-text.ts'
import { formatAttribute, formatExtension, formatRequestedExtension } from './text-extensions.ts'

/** The text form of `step certificate inspect`, ended by a newline. */
export function formatCertificateText(certificate: Certificate): string {
  const { version, serialNumber, signatureAlgorithm, validity, extensions } = certificate
  const serial = `${serialNumber} (0x${toHex(integerOctets(serialNumber))})`
  return joinLines([
    'Certificate:',
    '    Data:',
    `        Version: ${version} (0x${version - 1})`,
    `        Serial Number: ${serial}`,
    `        Signature Algorithm: ${signatureAlgorithm.name}`,
    formatNameLine('Issuer', certificate.issuer),
    '        Validity',
    `            Not Before: ${formatTime(validity.notBefore)}`,
    `            Not After : ${formatTime(validity.notAfter)}`,
    formatNameLine('Subject', certificate.subject),
    ...formatPublicKey(certificate.subjectPublicKeyInfo),
    ...section('X509v3 extensions', extensions.map(formatExtension)),
    ...formatSignature(certificate),
  ])
}

/** The text form of `step certificate inspect` for a request, ended by a newline. */
export function formatCertificationRequestText(request: CertificationRequest): string {
  const requested = request.extensions.flatMap((extension) => {
    const lines = formatRequestedExtension(extension)
    return lines === undefined ? [] : [lines]
  })
  const others = request.extensions.filter((extension) => {
    return formatRequestedExtension(extension) === undefined
  })
  return joinLines([
    'Certificate Request:',
    '    Data:',
    '        Version: 0 (0x0)',
    formatNameLine('Subject', request.subject),
    ...formatPublicKey(request.subjectPublicKeyInfo),
    ...section('Requested Extensions', requested),
    ...section('Attributes', others.map(formatAttribute)),
    ...formatSignature(request),
  ])
}

function formatNameLine(label: string, name: DistinguishedName): string {
  const text = formatNameForText(name)
  return text === '' ? `        ${label}:` : `        ${label}: ${text}`
}

/** `Nov 23 08:18:35 2026 UTC`; the day is not padded. */
function formatTime(date: Date): string {
  const time = date.toISOString().slice(11, 19)
  return `${months[date.getUTCMonth()]} ${date.getUTCDate()} ${time} ${date.getUTCFullYear()} UTC`
}

function formatPublicKey(subjectPublicKeyInfo: Uint8Array): string[] {
  const key = describeKey(subjectPublicKeyInfo)
  return [
    '        Subject Public Key Info:',
    `            Public Key Algorithm: ${key.type === 'other' ? key.oid : algorithmNames[key.type]}`,
    ...formatKey(key).map((line) => `                ${line}`),
  ]
}

function formatKey(key: ShownKey): string[] {
  const rows = (octets: Uint8Array): string[] => hexRows(octets, 15, '    ')
  switch (key.type) {
    case 'ec':
      return [
        `Public-Key: (${key.bits} bit)`,
        'X:',
        ...rows(key.x),
        'Y:',
        ...rows(key.y),
        `Curve: ${key.curve}`,
      ]
    case 'ed25519':
      return ['Public-Key: (32 bit)', ...rows(key.publicKey)]
    case 'rsa':
      return [
        `Public-Key: (${key.bits} bit)`,
        'Modulus:',
        ...rows(key.modulus),
        `Exponent: ${key.exponent} (0x${key.exponent.toString(16)})`,
      ]
    case 'other':
      return ['Public-Key:', 'Raw Bytes:', ...rows(key.publicKey)]
  }
}

function section(title: string, blocks: readonly (readonly string[])[]): string[] {
  if (blocks.length === 0) return []
  return [`        ${title}:`, ...blocks.flat().map((line) => `            ${line}`)]
}

function formatSignature({
  signatureAlgorithm,
  signature,
}: Certificate | CertificationRequest): string[] {
  return [
    `    Signature Algorithm: ${signatureAlgorithm.name}`,
    ...hexRows(signature, 18, '         '),
  ]
}

function joinLines(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('')
}

const algorithmNames: Readonly<Record<Exclude<ShownKey['type'], 'other'>, string>> = {
  ec: 'ECDSA',
  ed25519: 'Ed25519',
  rsa: 'RSA',
}

const months = [
  'Jan',
  'Feb',
  'Mar',
  'Apr',
  'May',
  'Jun',
  'Jul',
  'Aug',
  'Sep',
  'Oct',
  'Nov',
  'Dec',
] as const

import {
  type Certificate,
  type CertificationRequest,
  parseCertificate,
  parseCertificationRequest,
  parsePem,
} from '@mayfly/x509-profiles'
import { CommandError } from '../framework/errors.ts'
import { parseNamed } from './named-file.ts'

/** What a file of certificates may hold. */
export type CertificateFileEntry =
  | { readonly kind: 'certificate'; readonly value: Certificate }
  | { readonly kind: 'request'; readonly value: CertificationRequest }

/**
 * Reads the certificates and CSRs of a file, PEM or DER; other PEM blocks are skipped.
 *
 * @throws {CommandError} `certificate_unfit` when there is none.
 * @throws {ProfileError} when one cannot be read.
 */
export function parseCertificates(octets: Buffer, name: string): CertificateFileEntry[] {
  const found = octets.includes('-----BEGIN ')
    ? parsePemEntries(octets.toString(), name)
    : [parseDer(octets)]
  const entries = found.filter((entry) => entry !== undefined)
  if (entries.length === 0) {
    throw new CommandError(
      'certificate_unfit',
      `file ${name} does not contain any valid CERTIFICATE or CERTIFICATE REQUEST blocks`,
    )
  }
  return entries
}

function parsePemEntries(text: string, name: string): (CertificateFileEntry | undefined)[] {
  return parseNamed(name, () => parsePem(text)).map(({ label, octets }) => {
    switch (label) {
      case 'CERTIFICATE':
        return { kind: 'certificate', value: parseNamed(name, () => parseCertificate(octets)) }
      case 'CERTIFICATE REQUEST':
      case 'NEW CERTIFICATE REQUEST':
        return { kind: 'request', value: parseNamed(name, () => parseCertificationRequest(octets)) }
      default:
        return undefined
    }
  })
}

function parseDer(octets: Buffer): CertificateFileEntry | undefined {
  try {
    return { kind: 'certificate', value: parseCertificate(octets) }
  } catch {
    // Octets that are no certificate may be a request; if they are neither, the file holds nothing for us.
  }
  try {
    return { kind: 'request', value: parseCertificationRequest(octets) }
  } catch {
    return undefined
  }
}

import { decodeBase64url } from '@mayfly/jwt-tokens'
import type { Certificate } from '@mayfly/x509-profiles'
import { AcmeError } from './errors.ts'

/** What tells a certificate, RFC 9773 §4.1: its authorityKeyIdentifier and its serial number. */
export interface CertificateId {
  readonly authorityKeyIdentifier: Uint8Array
  readonly serialNumber: bigint
}

/**
 * Reads `base64url(keyIdentifier).base64url(serialNumber)`, the serial number as in DER.
 *
 * @throws {AcmeError} `malformed`.
 */
export function parseCertificateId(text: string): CertificateId {
  const parts = text.split('.')
  const [key = '', serial = ''] = parts
  const authorityKeyIdentifier = decodeBase64url(key)
  const octets = decodeBase64url(serial)
  if (
    parts.length !== 2 ||
    authorityKeyIdentifier === undefined ||
    authorityKeyIdentifier.length === 0 ||
    octets === undefined ||
    !isPositiveInteger(octets)
  ) {
    throw new AcmeError('malformed', `${JSON.stringify(text)} is not the id of a certificate`, {
      hint: 'RFC 9773 §4.1 says how it is made.',
    })
  }
  const serialNumber = BigInt(`0x${Buffer.from(octets).toString('hex')}`)
  return { authorityKeyIdentifier, serialNumber }
}

/** Writes the id of a certificate; `undefined` when it has no authorityKeyIdentifier. */
export function formatCertificateId({
  authorityKeyIdentifier,
  serialNumber,
}: Pick<Certificate, 'authorityKeyIdentifier' | 'serialNumber'>): string | undefined {
  if (authorityKeyIdentifier === undefined) return undefined
  const digits = serialNumber.toString(16)
  const even = digits.length % 2 === 0 ? digits : `0${digits}`
  const hex = Number.parseInt(even.slice(0, 2), 16) < 0x80 ? even : `00${even}`
  return [authorityKeyIdentifier, Buffer.from(hex, 'hex')]
    .map((octets) => Buffer.from(octets).toString('base64url'))
    .join('.')
}

/** Positive, at most 20 octets and one, and minimal as DER has it. */
function isPositiveInteger(octets: Uint8Array): boolean {
  const [first = 0x80, second = 0] = octets
  if (octets.length > 21 || first >= 0x80) return false
  return first !== 0 || (octets.length > 1 && second >= 0x80)
}

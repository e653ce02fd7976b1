import { type Certificate, parseCertificate } from '@mayfly/x509-profiles'
import { type CertificateId, formatCertificateId, parseCertificateId } from './certificate-id.ts'
import type { IssuancePort } from './issuance-port.ts'

/** A certificate of this authority, read. */
export interface KnownCertificate {
  readonly certificate: Certificate
  readonly revokedAt: Date | undefined
}

/** Finds a certificate of this authority by the id that RFC 9773 §4.1 gives it. */
export async function findKnownCertificate(
  id: string,
  issuance: Pick<IssuancePort, 'findCertificate'>,
): Promise<KnownCertificate | undefined> {
  const { serialNumber }: CertificateId = parseCertificateId(id)
  const found = await issuance.findCertificate(serialNumber)
  if (found === undefined) return undefined
  const certificate = parseCertificate(found.der)
  return formatCertificateId(certificate) === id
    ? { certificate, revokedAt: found.revokedAt }
    : undefined
}

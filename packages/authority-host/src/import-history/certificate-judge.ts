import { describeCertificate } from '@mayfly/authority-core'
import type { CertificateRecord } from '@mayfly/db-adapters'
import {
  type Certificate,
  formatName,
  ProfileError,
  parseCertificate,
  publicKeyOf,
  verifyCertificateSignature,
} from '@mayfly/x509-profiles'
import type { Verdict } from './history-table.ts'
import { StepCaValue } from './step-ca-value.ts'

/** Judges the certificates that another authority has kept. */
export interface CertificateJudge {
  /** `data` is what step-ca keeps beside a certificate, in `x509_certs_data`. */
  judge(der: Uint8Array, data: Uint8Array | undefined): Verdict<CertificateRecord>
}

/**
 * Creates a judge by the certificates of the authorities that are known to have issued.
 *
 * - What cannot be read strictly is refused: it could not be renewed here either.
 * - What says that one of them has signed it, and is not signed by it, is refused: it is damaged or forged.
 * - What somebody else has signed is kept, and noted: an intermediate that was replaced since. A record vouches for
 *   nothing, since each renewal is verified up to today's roots, while one that is missing could no longer be revoked by
 *   its key or with its renewals.
 *
 * A revocation is taken over in any case: it goes by the serial number alone.
 */
export function createCertificateJudge(issuers: readonly Certificate[]): CertificateJudge {
  function verify(certificate: Certificate): 'verified' | 'unknown_issuer' | 'forged' {
    const candidates = issuers.filter((issuer) => mayHaveIssued(issuer, certificate))
    const isSigned = candidates.some((issuer) =>
      verifyCertificateSignature(certificate, publicKeyOf(issuer)),
    )
    if (isSigned) return 'verified'
    const isNamed = candidates.some(
      ({ subjectKeyIdentifier }) =>
        subjectKeyIdentifier !== undefined && certificate.authorityKeyIdentifier !== undefined,
    )
    return isNamed ? 'forged' : 'unknown_issuer'
  }

  return {
    judge(der, data) {
      const certificate = parse(der)
      if (typeof certificate === 'string') return { kind: 'refuse', reason: certificate }
      const outcome = verify(certificate)
      if (outcome === 'forged') {
        const reason = `its signature is not that of its issuer, ${formatName(certificate.issuer)}`
        return { kind: 'refuse', reason }
      }
      const item = toRecord(certificate, data)
      if (outcome === 'verified') return { kind: 'keep', item }
      const note = `kept, though its issuer is none of the configured certificates: ${formatName(certificate.issuer)}`
      return { kind: 'keep', item, note }
    },
  }
}

function parse(der: Uint8Array): Certificate | string {
  if (der.length === 0) return 'its value is empty'
  try {
    return parseCertificate(der)
  } catch (error) {
    if (error instanceof ProfileError) return `it cannot be read: ${error.message}`
    throw error
  }
}

function mayHaveIssued(issuer: Certificate, certificate: Certificate): boolean {
  const { subjectKeyIdentifier } = issuer
  const { authorityKeyIdentifier } = certificate
  if (!Buffer.from(issuer.subject.der).equals(certificate.issuer.der)) return false
  if (subjectKeyIdentifier === undefined || authorityKeyIdentifier === undefined) return true
  return Buffer.from(subjectKeyIdentifier).equals(authorityKeyIdentifier)
}

/**
 * Without data step-ca goes by the extension of the certificate when it renews; so does this authority where a record
 * names no provisioner by its id. When it was issued nobody has written down: not before its notBefore.
 */
function toRecord(certificate: Certificate, data: Uint8Array | undefined): CertificateRecord {
  const provisioner =
    data === undefined ? undefined : StepCaValue.parse(data)?.object('provisioner')
  return {
    ...describeCertificate(certificate),
    provisionerId: provisioner?.text('id') ?? '',
    provisionerName: provisioner?.text('name') ?? certificate.provisioner?.name ?? '',
    provisionerType: provisioner?.text('type') ?? '',
    issuedAt: certificate.validity.notBefore,
  }
}

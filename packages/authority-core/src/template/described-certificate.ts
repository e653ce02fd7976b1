import {
  createStruct,
  type TemplateField,
  type TemplateStruct,
  type TemplateValue,
} from '@mayfly/go-template'
import type { Certificate } from '@mayfly/x509-profiles'
import { describePublicKey } from './described-key.ts'
import { describeExtensions, namesOf } from './described-request.ts'
import { describeSubject } from './described-subject.ts'

/** A certificate as templates see it, `.AuthorizationCrt`: the members of Go's type that a template has use for. */
export function describeCertificate(certificate: Certificate): TemplateStruct {
  const { subject, issuer, serialNumber, validity, extensions } = certificate
  const field = (name: string, value: TemplateValue): TemplateField => ({ name, value })
  return createStruct({
    type: '*x509.Certificate',
    fields: [
      field('Raw', certificate.der),
      field('RawSubject', subject.der),
      field('RawIssuer', issuer.der),
      field('Version', BigInt(certificate.version)),
      field('SerialNumber', serialNumber),
      field('Issuer', describeSubject('pkix.Name', issuer.attributes)),
      field('Subject', describeSubject('pkix.Name', subject.attributes)),
      field('NotBefore', validity.notBefore),
      field('NotAfter', validity.notAfter),
      field('Extensions', describeExtensions(extensions)),
      field('IsCA', certificate.basicConstraints?.isCa === true),
      field('SubjectKeyId', certificate.subjectKeyIdentifier ?? new Uint8Array()),
      field('AuthorityKeyId', certificate.authorityKeyIdentifier ?? new Uint8Array()),
      field('DNSNames', namesOf(certificate, 'dns')),
      field('EmailAddresses', namesOf(certificate, 'email')),
      field('IPAddresses', namesOf(certificate, 'ip')),
      field('URIs', namesOf(certificate, 'uri')),
      ...describePublicKey(certificate),
    ],
  })
}

export {
  type Authority,
  type AuthorityOptions,
  createAuthority,
  type ServingCertificateRequest,
} from './authority.ts'
export { AuthorityError, type AuthorityErrorCode } from './errors.ts'
export type { ExplainedRefusal, ExplainRequest, Explanation } from './explain.ts'
export type { ExplainedCheck } from './explained-check.ts'
export { type CertificateDescription, describeCertificate, type Issued } from './issuance.ts'
export type { SignRequest } from './issuance-decision.ts'
export type { PlannedCertificate, PlannedExtension } from './planned-certificate.ts'
export type { PresentedCertificate } from './presented-certificate.ts'
export { findTemplateFile, type TemplateFile } from './provisioner-template.ts'
export type { ProvisionerListing, ProvisionerWarning } from './provisioners.ts'
export type { RekeyRequest, RenewalCredential, RenewRequest } from './renew.ts'
export type { TimeValue } from './requested-validity.ts'
export type { RevocationCredential, Revoked, RevokeRequest } from './revoke.ts'
export { describeSpentToken, type SpentToken } from './spent-token.ts'

export { requestAlgorithms } from './account-key.ts'
export { formatCertificateId } from './certificate-id.ts'
export type {
  IdentifierPolicy,
  IdentifierRefusal,
  Incidents,
  LimitReached,
  RateLimits,
  RenewalWindow,
} from './decision-ports.ts'
export {
  AcmeError,
  type AcmeErrorCode,
  type AcmeErrorOptions,
  type AcmeSubproblem,
} from './errors.ts'
export { parseDnsIdentifier } from './identifier.ts'
export type {
  CertificateOrder,
  CertificateOutcome,
  CertificateRevocation,
  IssuancePort,
  IssuedCertificate,
} from './issuance-port.ts'
export { createLocations, type Locations } from './location.ts'
export type { AcmeAnswer, AcmeRequest } from './message.ts'
export { createNonces, type Nonces } from './nonce-keys.ts'
export type { ProblemDocument } from './problem.ts'
export type { AcmeProvisioner } from './provisioner.ts'
export { createRateLimits, type RateLimit, type RateLimitSettings } from './rate-limit.ts'
export { type AcmeService, type AcmeServiceOptions, createAcmeService } from './service.ts'
export type { ValidationAttempt, ValidationOutcome, ValidationPort } from './validation-port.ts'

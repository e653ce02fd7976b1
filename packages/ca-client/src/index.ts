export {
  type CaClient,
  type CaClientOptions,
  createCaClient,
  type RevokeRequest,
  type SignRequest,
} from './ca-client.ts'
export { CaClientError, type CaClientErrorCode } from './errors.ts'
export type { ClientIdentity } from './identity.ts'
export { type ConnectionFailure, describeConnectionFailure } from './internal/connection-failure.ts'
export type { ProvisionerListing } from './provisioner.ts'
export { createRenewalToken } from './renewal-token.ts'
export { type LoadRootOptions, loadRootByFingerprint } from './root.ts'
export type { SignResponse } from './sign-response.ts'
export { parseCaUrl } from './url.ts'

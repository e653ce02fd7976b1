import type { VerifiedToken } from '@mayfly/jwt-tokens'
import type { CertificationRequest, Validity } from '@mayfly/x509-profiles'
import type { ReadyProvisioner } from './provisioners.ts'
import type { GrantedNames } from './requested-names.ts'
import type { Credential } from './x5c-credential.ts'

/** A rule that was asked and did not refuse, with what it found. */
export type PassedCheck =
  | { readonly check: 'request'; readonly certificationRequest: CertificationRequest }
  | { readonly check: 'provisioner'; readonly provisioner: ReadyProvisioner }
  | { readonly check: 'credential'; readonly credential: Credential }
  /** Signature and claims of the token. */
  | { readonly check: 'token'; readonly token: VerifiedToken }
  | { readonly check: 'unspent'; readonly isKnown: boolean }
  | { readonly check: 'confirmation'; readonly fingerprint: string | undefined }
  | { readonly check: 'possession'; readonly certificationRequest: CertificationRequest }
  | { readonly check: 'names'; readonly names: GrantedNames }
  | {
      readonly check: 'contents'
      readonly isTemplated: boolean
      readonly provisioner: ReadyProvisioner
    }
  | {
      readonly check: 'validity'
      readonly validity: Validity
      readonly provisioner: ReadyProvisioner
    }
  /** JSON paths of the policies that were asked. */
  | { readonly check: 'policy'; readonly paths: readonly string[] }
  | { readonly check: 'constraints' }
  | { readonly check: 'conformance' }

/** Is told of each check that passes, in the order in which they are made. */
export type Trace = (passed: PassedCheck) => void

import type { Store } from '@mayfly/db-adapters'
import type { Certificate, Issuer, IssuingPath } from '@mayfly/x509-profiles'
import type { Audiences } from './audiences.ts'
import type { SubjectTemplate } from './config/ca-configuration.ts'
import type { NamePolicy } from './policy.ts'
import type { Provisioners } from './provisioners.ts'

/** What each operation of one authority works with; proven once, when the authority is created. */
export interface AuthorityState {
  readonly issuer: Issuer
  /** The issuing certificate and those above it, without the root. */
  readonly chain: readonly Certificate[]
  readonly roots: readonly Certificate[]
  /** What the certificates above the leaves say about names (RFC 5280 §4.2.1.10). */
  readonly issuingPaths: readonly IssuingPath[]
  readonly audiences: Audiences
  readonly provisioners: Provisioners
  /** Rules about names that hold whoever grants them. */
  readonly policy: NamePolicy | undefined
  readonly backdateSeconds: number
  readonly subjectTemplate: SubjectTemplate
  readonly disableIssuedAtCheck: boolean
  readonly maximumTokenLifetimeSeconds: number
  readonly renewalAfterExpirySeconds: number
  readonly store: Store
  /** The revision of the shared configuration that this authority goes by; `undefined` where there are none. */
  readonly revision: number | undefined
  readonly startedAt: Date
  readonly restoredAt: Date | undefined
  readonly now: () => Date
  readonly random: (length: number) => Uint8Array
}

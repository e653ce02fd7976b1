import type { AuditEntry } from './audit-entry.ts'
import type { TokenClaim } from './issuance-unit.ts'
import type { RevocationRecord } from './revocation-record.ts'

/** One revocation: the token, the revocations and their audit entries, which all come to stand or none. */
export interface RevocationUnit {
  /** The certificate asked for. It need not be in the store. */
  readonly revocation: RevocationRecord
  /** The token to be spent with it. */
  readonly token?: TokenClaim
  /**
   * Also revoke every certificate with the same public key, and all that descend by renewal from it or
   * from one of those, however often renewed. `publicKeySha256` is the asked-for certificate's key,
   * for when the store may not hold that certificate.
   */
  readonly withRenewals?: { readonly publicKeySha256?: Uint8Array }
  /** Written once for each certificate newly revoked, each with its own serial number. */
  readonly audit: AuditEntry
  /** As `IssuanceUnit.revision`. */
  readonly revision?: number
}

/** How a revocation ended. After anything but `revoked`, nothing was written and no token is spent. */
export type RevocationOutcome =
  /** All that are newly revoked; the one asked for is first, if it was not revoked before. */
  | { readonly status: 'revoked'; readonly serialNumbers: readonly bigint[] }
  | { readonly status: 'already_revoked' }
  | { readonly status: 'token_spent' }
  /** The revision that the unit names is not the newest. */
  | { readonly status: 'configuration_changed' }

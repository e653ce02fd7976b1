import type { AuditEntry } from './audit-entry.ts'
import type { CertificateRecord } from './certificate-record.ts'

/** A one-time token to be spent. */
export interface TokenClaim {
  /** The token's identity, 32 octets. */
  readonly tokenId: Uint8Array
  /** The token's `exp`: until well after it, the store remembers that the token is spent. */
  readonly expiresAt: Date
}

/** What must still be free for a certificate to come into being. */
export type Claim =
  | { readonly kind: 'none' }
  /** The token must be unspent, and is spent with the certificate. */
  | ({ readonly kind: 'token' } & TokenClaim)
  /**
   * The predecessor, or the certificate that vouches in its place for a first one, must not be revoked; a token that
   * authenticates the renewal is spent with it.
   */
  | { readonly kind: 'renewal'; readonly predecessor: bigint; readonly token?: TokenClaim }

/** One issuance: the claim, the certificate and the audit entry, which all come to stand or none. */
export interface IssuanceUnit {
  readonly claim: Claim
  readonly certificate: CertificateRecord
  readonly audit: AuditEntry
  /**
   * The revision of the shared configuration by which the issuance was judged, 0 where there was none yet: it must be the
   * newest when the unit's transaction begins. Left out where the configuration is not shared. (A store that is not
   * persistent has no revisions, and does not look.)
   */
  readonly revision?: number
}

/** How an issuance ended. Only after `committed` may the certificate leave; else nothing was written. */
export type IssuanceOutcome =
  | { readonly status: 'committed' }
  /** `spentBy` is the certificate that the token was spent for, or `undefined` if it was another deed. */
  | { readonly status: 'token_spent'; readonly spentBy: bigint | undefined }
  | { readonly status: 'predecessor_revoked' }
  | { readonly status: 'serial_taken' }
  /** The revision that the unit names is not the newest. */
  | { readonly status: 'configuration_changed' }

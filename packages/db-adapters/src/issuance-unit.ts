import type { AcmeNonce } from './acme/nonce-store.ts'
import type { AuditEntry } from './audit-entry.ts'
import type { CertificateRecord } from './certificate-record.ts'

/** A one-time token to be spent. */
export interface TokenClaim {
  /** The token's identity, 32 octets. */
  readonly tokenId: Uint8Array
  /** The token's `exp`: until well after it, the store remembers that the token is spent. */
  readonly expiresAt: Date
}

/** An ACME order to be finalized. */
export interface OrderClaim {
  /** The order must be ready and not expired at the certificate's `issuedAt`; it becomes valid with the certificate. */
  readonly orderId: string
  /** What is to stand in the certificate's URL. */
  readonly certificateId: string
  /** The nonce of the request; it is spent with the certificate, and only then. */
  readonly nonce?: AcmeNonce
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
  | ({ readonly kind: 'order' } & OrderClaim)

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
  /** The order is not ready, or not any more: somebody else has finalized it, or it has expired. */
  | { readonly status: 'order_lost' }
  /** The nonce of the request was spent before; told before `order_lost`, where both are so. */
  | { readonly status: 'nonce_spent' }
  /** The revision that the unit names is not the newest. */
  | { readonly status: 'configuration_changed' }

/** Why and when a certificate was revoked. One a serial number, never changed. */
export interface RevocationRecord {
  readonly serialNumber: bigint
  /** CRLReason, RFC 5280 §5.3.1. */
  readonly reasonCode: number
  /** The reason in the words of who asked; may be empty. */
  readonly reason: string
  readonly revokedAt: Date
  /** The revoked certificate's notAfter, where it is known. */
  readonly expiresAt?: Date
  readonly provisionerId: string
  /** Whether the certificate itself authenticated the request, rather than a token. */
  readonly mutualTls: boolean
  /** The identity of the token that authenticated the request, 32 octets. */
  readonly tokenId?: Uint8Array
}

import type { AcmeIdentifier, Claim } from '@mayfly/db-adapters'

/** Under which order a certificate is asked for. It comes to stand with the claim, or not at all. */
export interface CertificateOrder {
  /** The request, which was proven to be by its own key and to name `identifiers`, and nothing else. */
  readonly csrDer: Uint8Array
  /** As the order has them, a wildcard with its `*.`. */
  readonly identifiers: readonly AcmeIdentifier[]
  readonly notBefore?: Date
  readonly notAfter?: Date
  readonly profile?: string
  readonly accountId: string
  readonly requestId: string
  readonly claim: Extract<Claim, { readonly kind: 'order' }>
}

/** How an issuance ended; all but `issued` have left nothing behind. */
export interface CertificateOutcome {
  readonly status: 'issued' | 'nonce_spent' | 'order_lost'
}

/** A certificate of this authority, as it stands. */
export interface IssuedCertificate {
  readonly der: Uint8Array
  readonly revokedAt?: Date
}

/** A revocation that was found to be allowed. */
export interface CertificateRevocation {
  readonly serialNumber: bigint
  readonly der: Uint8Array
  /** RFC 5280 §5.3.1. */
  readonly reasonCode: number
  /** The account that asks for it; left out when the certificate's own key did. */
  readonly accountId?: string
  readonly requestId: string
}

/**
 * What the authority does for ACME. What a client is to be told of a refusal it throws as an `AcmeError` (`badCSR`,
 * `rejectedIdentifier`, `badPublicKey`, …); any other error is the server's own.
 */
export interface IssuancePort {
  issue(order: CertificateOrder): Promise<CertificateOutcome>
  /** A certificate of this authority, however it was issued. */
  findCertificate(serialNumber: bigint): Promise<IssuedCertificate | undefined>
  /** Its chains without the root, in PEM and each beginning with it: the usual one first, then alternates. */
  findChains(certificateDer: Uint8Array): Promise<readonly string[]>
  revoke(revocation: CertificateRevocation): Promise<'already_revoked' | 'revoked'>
}

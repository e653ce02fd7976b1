/** An ACME account, RFC 8555 §7.1.2. Its id stands in the URLs that its client keeps. */
export interface AcmeAccountRecord {
  readonly id: string
  /** The provisioner whose directory it was made at; elsewhere it is unknown. */
  readonly provisionerId: string
  readonly status: 'valid' | 'deactivated' | 'revoked'
  /** The account's public key, a JWK in compact JSON. */
  readonly publicKey: string
  /** SHA-256 thumbprint of the key (RFC 7638), 32 octets. At a provisioner no two accounts have the same. */
  readonly thumbprint: Uint8Array
  /** URLs, such as `mailto:admin@example.org`. */
  readonly contacts: readonly string[]
  /** What the `kid` of its requests begins with, where another authority has said so: all before the id. */
  readonly locationPrefix?: string
  readonly termsOfServiceAgreedAt?: Date
  /** The key that it was bound by; it may have been removed since. */
  readonly externalAccountKeyId?: string
  readonly createdAt: Date
  readonly deactivatedAt?: Date
}

/** A key that an external account is bound by, RFC 8555 §7.3.4. */
export interface AcmeExternalAccountKeyRecord {
  readonly id: string
  /** Empty where it is good at every provisioner. */
  readonly provisionerId: string
  /** The operator's own name for it, unique at a provisioner. */
  readonly reference?: string
  /** A secret; gone once as many accounts are bound as may be. */
  readonly hmacKey?: Uint8Array
  /** What its accounts may order, as the operator has said; anything where it is left out. */
  readonly names?: readonly string[]
  /** How many accounts may be bound by it; 1 by default. */
  readonly maximumAccounts?: number
  /** How many are; by default 1 where `accountId` is given, else 0. */
  readonly accountCount?: number
  /** The account that was bound by it last. */
  readonly accountId?: string
  readonly createdAt: Date
  readonly boundAt?: Date
}

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
  /** A secret; gone once an account is bound. */
  readonly hmacKey?: Uint8Array
  /** The account that was bound by it. */
  readonly accountId?: string
  readonly createdAt: Date
  readonly boundAt?: Date
}

/** A certificate as it is kept: its octets, and what it is looked up and judged by later. */
export interface CertificateRecord {
  /** RFC 5280 §4.1.2.2. Unique within a store. */
  readonly serialNumber: bigint
  /** The whole certificate, as it was signed. */
  readonly der: Uint8Array
  /** The subject's common name; empty when it has none. */
  readonly subject: string
  /** The subject alternative names, each with its kind: `dns:web.internal`, `ip:10.0.0.7`. */
  readonly names: readonly string[]
  /** SHA-256 of the subjectPublicKeyInfo, 32 octets. */
  readonly publicKeySha256: Uint8Array
  /** The serial number of the certificate that this one renews or rekeys. */
  readonly predecessor?: bigint
  readonly provisionerId: string
  readonly provisionerName: string
  readonly provisionerType: string
  /** The profile it was issued by, such as `leaf`. */
  readonly profile: string
  readonly notBefore: Date
  readonly notAfter: Date
  readonly issuedAt: Date
}

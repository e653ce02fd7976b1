import type { BasicConstraints, Extension, KeyUsage } from './extensions.ts'
import type { AnyGeneralName } from './internal/any-general-name.ts'
import type { DistinguishedName } from './name.ts'

/** All that can be chosen of a certificate but its key, its validity and its issuer. Empty lists leave out. */
export interface CertificateContents {
  readonly subject: DistinguishedName
  /** Drawn when absent; positive and below 2¹⁵⁹ (RFC 5280 §4.1.2.2). */
  readonly serialNumber?: bigint
  readonly keyUsage: readonly KeyUsage[]
  /** Object identifiers. */
  readonly extendedKeyUsages: readonly string[]
  readonly basicConstraints?: BasicConstraints
  /** Of the public key when absent. */
  readonly subjectKeyIdentifier?: Uint8Array
  /** URIs of the issuer's OCSP responders (RFC 5280 §4.2.2.1). */
  readonly ocspServers: readonly string[]
  /** URIs of the issuer's certificate (RFC 5280 §4.2.2.1). */
  readonly issuingCertificateUrls: readonly string[]
  /** In the order in which they are written. */
  readonly subjectAltNames: readonly AnyGeneralName[]
  /** Object identifiers. */
  readonly certificatePolicies: readonly string[]
  readonly nameConstraints?: ChosenNameConstraints
  /** URIs, one for each distribution point (RFC 5280 §4.2.1.13). */
  readonly crlDistributionPoints: readonly string[]
  /** Written as they are behind the others; one replaces what the members above make of the same type. */
  readonly extensions: readonly Extension[]
}

/** Subtrees of names; an `ip` holds an address and its mask (RFC 5280 §4.2.1.10). */
export interface ChosenNameConstraints {
  readonly critical: boolean
  readonly permitted: readonly AnyGeneralName[]
  readonly excluded: readonly AnyGeneralName[]
}

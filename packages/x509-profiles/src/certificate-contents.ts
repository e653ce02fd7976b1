import type { SignatureAlgorithmName } from './algorithms.ts'
import { ProfileError } from './errors.ts'
import type { BasicConstraints, Extension, KeyUsage } from './extensions.ts'
import { type GeneralName, parseGeneralNames } from './general-name.ts'
import type { AnyGeneralName } from './internal/any-general-name.ts'
import { DerError } from './internal/der.ts'
import { formatIpAddress } from './internal/ip-address.ts'
import { extensionOids } from './internal/oids.ts'
import type { DistinguishedName } from './name.ts'

/** All that can be chosen of a certificate but its key, its validity and its issuer. Empty lists leave out. */
export interface CertificateContents {
  readonly subject: DistinguishedName
  /** Drawn when absent; positive and below 2¹⁵⁹ (RFC 5280 §4.1.2.2). */
  readonly serialNumber?: bigint
  /** The signer's own when absent. */
  readonly signatureAlgorithm?: SignatureAlgorithmName
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

/**
 * The names that a certificate of the contents will hold, those of other kinds left out; a ready-made
 * subjectAltName counts in place of the member.
 *
 * @throws {ProfileError} `profile_violated` when the ready-made one is malformed.
 */
export function subjectAltNamesOf({
  subjectAltNames,
  extensions,
}: Pick<CertificateContents, 'subjectAltNames' | 'extensions'>): readonly GeneralName[] {
  const extension = extensions.find(({ oid }) => oid === extensionOids.subjectAltName)
  if (extension === undefined) return subjectAltNames.flatMap(toGeneralNames)
  try {
    return parseGeneralNames(extension.value)
  } catch (cause) {
    if (!(cause instanceof DerError)) throw cause
    const message = `not signed: the subjectAltName is malformed: ${cause.message}`
    throw new ProfileError('profile_violated', message, { cause })
  }
}

function toGeneralNames(name: AnyGeneralName): readonly GeneralName[] {
  if ('text' in name) return [{ type: name.kind, value: name.text }]
  const value = name.kind === 'ip' ? formatIpAddress(name.octets) : undefined
  return value === undefined ? [] : [{ type: 'ip', value }]
}

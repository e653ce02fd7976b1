import type { Certificate } from '../certificate.ts'
import type { Extension } from '../extensions.ts'
import {
  type AuthorityInfoAccess,
  parseAuthorityInfoAccess,
  parseCrlUris,
} from '../inspect/extension-values.ts'
import { type AnyGeneralName, parseAnyGeneralNames } from '../internal/any-general-name.ts'
import { extensionOids, keyPurposeOids } from '../internal/oids.ts'
import type { DistinguishedName } from '../name.ts'
import { looksSelfSigned } from '../path-rules.ts'
import type { LintSource } from './lint.ts'

/** Days from which the rules of a document bind; of the baseline requirements the first edition. */
export const documents: Readonly<Record<LintSource, Date>> = {
  rfc2459: new Date('1999-01-01T00:00:00Z'),
  rfc3280: new Date('2002-04-01T00:00:00Z'),
  rfc5280: new Date('2008-05-01T00:00:00Z'),
  baseline: new Date('2012-07-01T00:00:00Z'),
}

/** For lints of every certificate. */
export function always(): boolean {
  return true
}

export function isAuthority({ basicConstraints }: Certificate): boolean {
  return basicConstraints?.isCa === true
}

export function isRoot(certificate: Certificate): boolean {
  return isAuthority(certificate) && looksSelfSigned(certificate)
}

export function isSubordinate(certificate: Certificate): boolean {
  return isAuthority(certificate) && !looksSelfSigned(certificate)
}

/** Of a server, a person, a program. */
export function isSubscriber(certificate: Certificate): boolean {
  return !isAuthority(certificate)
}

/** Of a subscriber, by somebody else. */
export function isIssuedToOthers(certificate: Certificate): boolean {
  return isSubscriber(certificate) && !looksSelfSigned(certificate)
}

/** Whether a certificate may be a TLS server's, for which alone the baseline requirements are. */
export function isServers({ extendedKeyUsages }: Certificate): boolean {
  return (
    extendedKeyUsages === undefined ||
    extendedKeyUsages.includes(keyPurposeOids.serverAuth) ||
    extendedKeyUsages.includes(anyPurpose)
  )
}

/** The extended key usage that stands for all. */
export const anyPurpose = '2.5.29.37.0'

/** The extension of that object identifier. */
function find({ extensions }: Certificate, oid: string): Extension | undefined {
  return extensions.find((extension) => extension.oid === oid)
}

/** Whether there is an extension of that object identifier. */
export function has(oid: string): (certificate: Certificate) => boolean {
  return (certificate) => find(certificate, oid) !== undefined
}

/** Whether the extension of that object identifier is critical; false without one. */
export function isCritical(certificate: Certificate, oid: string): boolean {
  return find(certificate, oid)?.critical === true
}

/** Whether all of the conditions hold. */
export function all(
  ...conditions: readonly ((certificate: Certificate) => boolean)[]
): (certificate: Certificate) => boolean {
  return (certificate) => conditions.every((condition) => condition(certificate))
}

/** The subjectAltNames of all kinds. Throws DerError. */
export function alternativeNames(certificate: Certificate): readonly AnyGeneralName[] {
  const extension = find(certificate, extensionOids.subjectAltName)
  return extension === undefined ? [] : parseAnyGeneralNames(extension.value)
}

/** The DNS names among the subjectAltNames. Throws DerError. */
export function dnsNames(certificate: Certificate): readonly string[] {
  return alternativeNames(certificate).flatMap((name) => (name.kind === 'dns' ? [name.text] : []))
}

/** What authorityInfoAccess tells; nothing without it. Throws DerError. */
export function informationAccess(certificate: Certificate): AuthorityInfoAccess {
  const extension = find(certificate, extensionOids.authorityInfoAccess)
  return extension === undefined
    ? { ocsp: [], caIssuers: [] }
    : parseAuthorityInfoAccess(extension.value)
}

/** The URIs of cRLDistributionPoints. Throws DerError. */
export function crlUris(certificate: Certificate): readonly string[] {
  const extension = find(certificate, extensionOids.crlDistributionPoints)
  return extension === undefined ? [] : parseCrlUris(extension.value)
}

/** Whether one of the URIs is of HTTP. */
export function anyHttp(uris: readonly string[]): boolean {
  return uris.some((uri) => uri.startsWith('http://'))
}

/** Object identifiers of extensions that only lints look at. */
export const lintOids = {
  issuerAltName: '2.5.29.18',
  policyMappings: '2.5.29.33',
  policyConstraints: '2.5.29.36',
  freshestCrl: '2.5.29.46',
  inhibitAnyPolicy: '2.5.29.54',
  subjectInfoAccess: '1.3.6.1.5.5.7.1.11',
} as const

/** Object identifiers of a name's attributes (RFC 5280 appendix A.1). */
export const attributeOids = {
  commonName: '2.5.4.3',
  country: '2.5.4.6',
  locality: '2.5.4.7',
  province: '2.5.4.8',
  organization: '2.5.4.10',
  organizationalUnit: '2.5.4.11',
} as const

/** All values of one kind in a name. */
export function valuesOf(name: DistinguishedName, type: string): readonly string[] {
  return name.attributes.filter((attribute) => attribute.type === type).map(({ value }) => value)
}

import type { Certificate } from './certificate.ts'
import { ProfileError } from './errors.ts'
import { DerError, equalOctets } from './internal/der.ts'
import { extensionOids, keyPurposeOids } from './internal/oids.ts'
import { formatName, isEmptyName } from './name.ts'
import { findNameFault, nameConstraintsOid } from './name-constraints.ts'
import { PathError } from './path-error.ts'
import type { PathWork } from './path-work.ts'
import { assertAllowedPublicKey } from './public-key.ts'

/** What a leaf is to be used for; `any` asks for nothing. */
export type PathUsage = 'serverAuth' | 'clientAuth' | 'any'

/** What every certificate of a path is judged by. */
export interface PathTerms {
  readonly now: Date
  readonly usage: PathUsage
  /** How many intermediates there may be, self-issued ones not counted. */
  readonly maximumPathLength: number
}

/**
 * Checks what RFC 5280 asks of the certificate in question itself.
 *
 * @throws {PathError}
 */
export function assertFitLeaf(leaf: Certificate, terms: PathTerms): void {
  assertCommon(leaf, terms)
  assertPublicKey(leaf)
  const isCa = leaf.basicConstraints?.isCa === true
  if (!isCa && has(leaf, nameConstraintsOid))
    throw profile(leaf, 'has name constraints, but is no CA')
  if (!isCa && leaf.keyUsage?.includes('keyCertSign')) {
    throw profile(leaf, 'may sign certificates, but is no CA')
  }
  assertUsage(leaf, terms.usage)
  if (terms.usage !== 'any' && !isCa && leaf.keyUsage?.includes('digitalSignature') === false) {
    throw new PathError('usage', `certificate ${label(leaf)} may not make digital signatures`)
  }
}

/**
 * Checks that a certificate may stand above `path` (RFC 5280 §6.1.4): that it is a CA's, in time, and
 * allows what stands below it. A trusted root need not have a subjectKeyIdentifier, as old ones have
 * none and a trust anchor is a name and a key (§6.1.1(d)).
 *
 * @throws {PathError}
 */
export function assertFitIssuer(
  { certificate: issuer, isRoot }: { readonly certificate: Certificate; readonly isRoot: boolean },
  path: readonly Certificate[],
  terms: PathTerms,
  work: PathWork,
): void {
  assertCommon(issuer, terms)
  if (issuer.basicConstraints?.isCa !== true) {
    throw new PathError('usage', `certificate ${label(issuer)} is not a certificate authority's`)
  }
  if (issuer.keyUsage?.includes('keyCertSign') === false) {
    throw new PathError('usage', `certificate ${label(issuer)} may not sign certificates`)
  }
  if (isEmptyName(issuer.subject)) throw profile(issuer, 'is of a CA without a name')
  if (!isRoot && issuer.subjectKeyIdentifier === undefined)
    throw profile(issuer, 'has no subjectKeyIdentifier')
  const basicConstraints = issuer.extensions.find(
    ({ oid }) => oid === extensionOids.basicConstraints,
  )
  if (basicConstraints?.critical !== true) throw profile(issuer, 'has uncritical basicConstraints')
  assertUsage(issuer, terms.usage)
  assertPathLength(issuer, path)
  assertNames(issuer, path, work)
}

/**
 * Checks what holds for a certificate that another one vouches for: it names the issuer's key, unless
 * the issuer is a root that does not name it either (RFC 5280 §4.2.1.1).
 *
 * @throws {PathError}
 */
export function assertIssued(certificate: Certificate, issuer: Certificate): void {
  const { authorityKeyIdentifier } = certificate
  if (authorityKeyIdentifier === undefined && issuer.subjectKeyIdentifier !== undefined) {
    throw profile(certificate, 'has no authorityKeyIdentifier')
  }
}

/** Whether a certificate is, as far as can be told without its signature, signed with its own key. */
export function looksSelfSigned(certificate: Certificate): boolean {
  const { authorityKeyIdentifier, subjectKeyIdentifier } = certificate
  if (!isSelfIssued(certificate)) return false
  if (authorityKeyIdentifier === undefined || subjectKeyIdentifier === undefined) return true
  return equalOctets(authorityKeyIdentifier, subjectKeyIdentifier)
}

/** Whether issuer and subject are the same name (RFC 5280 §6.1). */
function isSelfIssued(certificate: Certificate): boolean {
  return equalOctets(certificate.subject.der, certificate.issuer.der)
}

/** The intermediates of a path from its leaf on that count: neither the leaf nor self-issued ones. */
export function pathLengthOf(path: readonly Certificate[]): number {
  return path.slice(1).filter((certificate) => !isSelfIssued(certificate)).length
}

function assertCommon(certificate: Certificate, { now }: PathTerms): void {
  assertValidity(certificate, now)
  if (certificate.version !== 3) throw profile(certificate, 'is not of version 3')
  for (const { oid, critical } of certificate.extensions) {
    if (critical && !processed.has(oid)) {
      const message = `certificate ${label(certificate)} has critical extension ${oid}`
      throw new PathError('critical_extension', `${message}, which is not processed`)
    }
  }
  if (has(certificate, policyConstraints)) {
    const message = `certificate ${label(certificate)} has policy constraints, which are not processed`
    throw new PathError('critical_extension', message)
  }
  if (isEmptyName(certificate.subject)) assertNamed(certificate)
}

function assertValidity(certificate: Certificate, now: Date): void {
  const { notBefore, notAfter } = certificate.validity
  const second = Math.floor(now.getTime() / 1000) * 1000
  const time = `current time ${format(now)}`
  if (second > notAfter.getTime()) {
    throw new PathError('expired', `${time} is after ${format(notAfter)} (${label(certificate)})`)
  }
  if (second < notBefore.getTime()) {
    const message = `${time} is before ${format(notBefore)} (${label(certificate)})`
    throw new PathError('not_yet_valid', message)
  }
}

/** Without a subject, the subjectAltNames must be critical (RFC 5280 §4.1.2.6). */
function assertNamed(certificate: Certificate): void {
  const names = certificate.extensions.find(({ oid }) => oid === extensionOids.subjectAltName)
  if (names?.critical !== true) throw profile(certificate, 'has no subject and no critical name')
}

function assertPublicKey(certificate: Certificate): void {
  try {
    assertAllowedPublicKey(certificate.subjectPublicKeyInfo)
  } catch (cause) {
    if (!(cause instanceof ProfileError)) throw cause
    throw new PathError('signature', `certificate ${label(certificate)}: ${cause.message}`, {
      cause,
    })
  }
}

/** An issuer's extended key usages narrow what its certificates may be used for, as Go has it. */
function assertUsage(certificate: Certificate, usage: PathUsage): void {
  const { extendedKeyUsages } = certificate
  if (usage === 'any' || extendedKeyUsages === undefined) return
  if (extendedKeyUsages.some((oid) => oid === keyPurposeOids[usage] || oid === anyUsage)) return
  throw new PathError('usage', `certificate ${label(certificate)} is not for ${usage}`)
}

function assertPathLength(issuer: Certificate, path: readonly Certificate[]): void {
  const limit = issuer.basicConstraints?.pathLength
  if (limit === undefined || pathLengthOf(path) <= limit) return
  const message = `certificate ${label(issuer)} allows ${limit} intermediates below it`
  throw new PathError('path_length', message)
}

function assertNames(issuer: Certificate, path: readonly Certificate[], work: PathWork): void {
  try {
    const constraints = work.findNameConstraints(issuer)
    if (constraints === undefined) return
    const named = path.filter((certificate, index) => index === 0 || !isSelfIssued(certificate))
    for (const certificate of named) {
      const spend = (): void => work.spend('nameComparisons')
      const fault = findNameFault(constraints, work.namesOf(certificate), spend)
      if (fault === undefined) continue
      const message = `${fault}, under the name constraints of ${label(issuer)}`
      throw new PathError('name_constraints', message)
    }
  } catch (cause) {
    if (!(cause instanceof DerError)) throw cause
    const message = `names or name constraints below ${label(issuer)} are malformed: ${cause.message}`
    throw new PathError('name_constraints', message, { cause })
  }
}

function has(certificate: Certificate, wanted: string): boolean {
  return certificate.extensions.some(({ oid }) => oid === wanted)
}

function profile(certificate: Certificate, fault: string): PathError {
  return new PathError('profile', `certificate ${label(certificate)} ${fault}`)
}

/** How messages name a certificate. */
export function label(certificate: Certificate): string {
  const { subject, serialNumber } = certificate
  return isEmptyName(subject) ? `of serial number ${serialNumber}` : formatName(subject)
}

function format(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, 'Z')
}

const policyConstraints = '2.5.29.36'
const anyUsage = '2.5.29.37.0'

/**
 * Extensions that may be critical. Policies are among them because, without policy constraints, no
 * policy ever makes a path invalid (RFC 5280 §6.1.5).
 */
const processed: ReadonlySet<string> = new Set([
  extensionOids.keyUsage,
  extensionOids.extendedKeyUsage,
  extensionOids.basicConstraints,
  extensionOids.subjectAltName,
  nameConstraintsOid,
  '2.5.29.32', // certificatePolicies
  '2.5.29.33', // policyMappings
  '2.5.29.54', // inhibitAnyPolicy
])

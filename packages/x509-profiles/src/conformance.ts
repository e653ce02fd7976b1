import type { SignatureAlgorithmName } from './algorithms.ts'
import type { Certificate, CertificateFields } from './certificate.ts'
import { assertContents, type TemplatedContents } from './contents-conformance.ts'
import { ProfileError } from './errors.ts'
import { type Extension, sortGeneralNames } from './extensions.ts'
import type { GeneralName } from './general-name.ts'
import { demand, violated } from './internal/demand.ts'
import { equalOctets } from './internal/der.ts'
import { extensionOids } from './internal/oids.ts'
import { type DistinguishedName, isEmptyName } from './name.ts'
import { keyUsageOf, type Profile } from './profile.ts'
import type { ProvisionerExtension } from './provisioner-extension.ts'
import { assertAllowedPublicKey, keyIdentifierOf } from './public-key.ts'
import { isDrawnSerialNumber } from './serial-number.ts'
import { truncateToSecond, type Validity } from './validity.ts'

/** What the octets to be signed must say. */
export interface Expectation {
  readonly algorithm: SignatureAlgorithmName
  readonly issuer: DistinguishedName
  readonly subject: DistinguishedName
  readonly validity: Validity
  readonly subjectPublicKeyInfo: Uint8Array
  /** The issuer's key identifier, `undefined` for a root. */
  readonly authorityKeyIdentifier: Uint8Array | undefined
  /** Drawn when absent. */
  readonly serialNumber?: bigint
  readonly contents: ProfileContents | PredecessorContents | TemplatedContents
}

/** An {@link Expectation} whose extensions are made for a profile. */
export type ProfileExpectation = Expectation & { readonly contents: ProfileContents }

/** Extensions made for a profile. */
interface ProfileContents {
  readonly type: 'profile'
  readonly profile: Profile
  readonly subjectAltNames: readonly GeneralName[]
  readonly provisioner: ProvisionerExtension | undefined
}

/** Extensions copied from the certificate that is renewed. */
interface PredecessorContents {
  readonly type: 'predecessor'
  readonly predecessor: Certificate
  /** Whether the new certificate is for another key. */
  readonly isRekey: boolean
}

/**
 * Checks the decoded octets that are about to be signed against all that was meant. The last gate:
 * whatever built the octets, a certificate that breaks its profile is not signed.
 *
 * @throws {ProfileError} `validity_invalid`, `key_unsupported`, `key_too_weak`, `authority_not_allowed`,
 * `issuer_unfit`, else `profile_violated`.
 */
export function assertConforms(fields: CertificateFields, expected: Expectation): void {
  demand(fields.version === 3, 'the version is not 3')
  if (expected.serialNumber === undefined) {
    demand(isDrawnSerialNumber(fields.serialNumber), 'the serial number is not of 16 drawn octets')
  } else {
    demand(fields.serialNumber === expected.serialNumber, 'the serial number is not the chosen one')
  }
  demand(
    fields.signatureAlgorithm.algorithm === expected.algorithm,
    'the algorithm is not the signer’s',
  )
  demand(
    equalOctets(fields.issuer.der, expected.issuer.der),
    'the issuer is not the issuer’s subject',
  )
  demand(
    equalOctets(fields.subject.der, expected.subject.der),
    'the subject is not the one asked for',
  )
  demand(
    equalOctets(fields.subjectPublicKeyInfo, expected.subjectPublicKeyInfo),
    'the public key is not the one asked for',
  )
  assertValidity(fields.validity, expected.validity)
  demand(
    equalOptional(fields.authorityKeyIdentifier, expected.authorityKeyIdentifier),
    'the authorityKeyIdentifier is not the issuer’s',
  )
  const { contents } = expected
  switch (contents.type) {
    case 'profile':
      assertProfile(fields, contents)
      break
    case 'predecessor':
      assertSuccession(fields, contents)
      break
    case 'templated':
      assertNamed(fields)
      assertContents(fields, contents)
      assertProvisioner(fields, contents)
      break
  }
}

function assertValidity({ notBefore, notAfter }: Validity, asked: Validity): void {
  if (notAfter <= notBefore) {
    const [from, to] = [notBefore.toISOString(), notAfter.toISOString()]
    const message = `the validity from ${from} to ${to} does not end after it begins`
    throw new ProfileError('validity_invalid', message)
  }
  const isAsked =
    notBefore.getTime() === truncateToSecond(asked.notBefore).getTime() &&
    notAfter.getTime() === truncateToSecond(asked.notAfter).getTime()
  demand(isAsked, 'the validity is not the one asked for')
}

function assertProfile(fields: CertificateFields, { profile, ...asked }: ProfileContents): void {
  const publicKey = assertAllowedPublicKey(fields.subjectPublicKeyInfo)
  const isLeaf = profile.type === 'leaf'
  assertCriticality(fields, profile)
  demand(
    equalLists(fields.keyUsage, keyUsageOf(profile, publicKey)),
    'the keyUsage is not the profile’s',
  )
  demand(
    equalLists(fields.extendedKeyUsages, isLeaf ? profile.extendedKeyUsages : undefined),
    'the extKeyUsage is not the profile’s',
  )
  if (isLeaf) {
    assertNoAuthority(fields)
    assertNamed(fields)
  } else {
    const { basicConstraints } = fields
    demand(basicConstraints?.isCa === true, 'a certificate authority needs basicConstraints')
    demand(
      basicConstraints?.pathLength === profile.pathLength,
      'the path length is not the profile’s',
    )
    demand(!isEmptyName(fields.subject), 'a certificate authority needs a subject')
  }
  demand(
    equalOptional(fields.subjectKeyIdentifier, keyIdentifierOf(fields.subjectPublicKeyInfo)),
    'the subjectKeyIdentifier is not the public key’s',
  )
  demand(
    equalNames(fields.subjectAltNames, sortGeneralNames(asked.subjectAltNames)),
    'the names are not the ones asked for',
  )
  assertProvisioner(fields, asked)
}

function assertProvisioner(
  fields: CertificateFields,
  asked: { readonly provisioner: ProvisionerExtension | undefined },
): void {
  demand(
    equalProvisioners(fields.provisioner, asked.provisioner),
    'the provisioner extension is not the one asked for',
  )
}

/** Exactly the extensions that the profile allows, each as critical as it has to be. */
function assertCriticality({ extensions, subject }: CertificateFields, profile: Profile): void {
  for (const { oid, critical } of extensions) {
    const rule = rules[profile.type].get(oid)
    if (rule === undefined) throw violated(`extension ${oid} has no place in a ${profile.type}`)
    const isCritical =
      rule === 'critical' || (rule === 'critical without subject' && isEmptyName(subject))
    demand(critical === isCritical, `extension ${oid} is ${critical ? '' : 'not '}critical`)
  }
}

/** A renewed certificate has its predecessor's extensions, octet by octet, but for its keys' identifiers. */
function assertSuccession(
  fields: CertificateFields,
  { predecessor, isRekey }: PredecessorContents,
): void {
  assertAllowedPublicKey(fields.subjectPublicKeyInfo)
  assertNoAuthority(fields)
  assertNamed(fields)
  const isNew = ({ oid }: Extension): boolean =>
    oid === extensionOids.authorityKeyIdentifier ||
    (isRekey && oid === extensionOids.subjectKeyIdentifier)
  const kept = fields.extensions.filter((extension) => !isNew(extension))
  const old = predecessor.extensions.filter((extension) => !isNew(extension))
  demand(
    kept.length === old.length &&
      kept.every((extension, index) => equalExtensions(extension, old[index])),
    'the extensions are not the predecessor’s',
  )
  demand(
    fields.extensions.filter(isNew).every(({ critical }) => !critical),
    'a key identifier is critical',
  )
  if (!isRekey) return
  demand(
    equalOptional(fields.subjectKeyIdentifier, keyIdentifierOf(fields.subjectPublicKeyInfo)),
    'the subjectKeyIdentifier is not the public key’s',
  )
}

function assertNoAuthority({ basicConstraints, keyUsage }: CertificateFields): void {
  demand(basicConstraints?.isCa !== true, 'a leaf may not be a certificate authority')
  demand(keyUsage?.includes('keyCertSign') !== true, 'a leaf may not sign certificates')
}

function assertNamed({ subject, extensions }: CertificateFields): void {
  const hasNames = extensions.some(({ oid }) => oid === extensionOids.subjectAltName)
  demand(!isEmptyName(subject) || hasNames, 'a leaf needs a subject or a subjectAltName')
}

function equalExtensions(a: Extension, b: Extension | undefined): boolean {
  return (
    b !== undefined && a.oid === b.oid && a.critical === b.critical && equalOctets(a.value, b.value)
  )
}

function equalOptional(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : equalOctets(a, b)
}

function equalLists(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  return a.length === b.length && a.every((item, index) => item === b[index])
}

function equalNames(a: readonly GeneralName[], b: readonly GeneralName[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ type, value }, index) => type === b[index]?.type && value === b[index].value)
  )
}

function equalProvisioners(
  a: ProvisionerExtension | undefined,
  b: ProvisionerExtension | undefined,
): boolean {
  return (
    a?.type === b?.type &&
    a?.name === b?.name &&
    a?.credentialId === b?.credentialId &&
    equalLists(a?.keyValuePairs ?? [], b?.keyValuePairs ?? [])
  )
}

type Criticality = 'critical' | 'critical without subject' | 'not critical'

const authorityRules: ReadonlyMap<string, Criticality> = new Map([
  [extensionOids.keyUsage, 'critical'],
  [extensionOids.basicConstraints, 'critical'],
  [extensionOids.subjectKeyIdentifier, 'not critical'],
  [extensionOids.authorityKeyIdentifier, 'not critical'],
])

const rules: Readonly<Record<Profile['type'], ReadonlyMap<string, Criticality>>> = {
  root: authorityRules,
  intermediate: authorityRules,
  leaf: new Map([
    [extensionOids.keyUsage, 'critical'],
    [extensionOids.extendedKeyUsage, 'not critical'],
    [extensionOids.subjectKeyIdentifier, 'not critical'],
    [extensionOids.authorityKeyIdentifier, 'not critical'],
    [extensionOids.subjectAltName, 'critical without subject'],
    [extensionOids.provisioner, 'not critical'],
  ]),
}

import type { CertificateFields } from './certificate.ts'
import type { CertificateContents } from './certificate-contents.ts'
import { ProfileError } from './errors.ts'
import type { Extension } from './extensions.ts'
import {
  parseAuthorityInfoAccess,
  parseCertificatePolicies,
  parseCrlUris,
} from './inspect/extension-values.ts'
import { type AnyGeneralName, parseAnyGeneralNames } from './internal/any-general-name.ts'
import { demand } from './internal/demand.ts'
import { assertDer, DerError, DerReader, equalOctets } from './internal/der.ts'
import { extensionOids } from './internal/oids.ts'
import { assertPathLength, type Issuer } from './issuer.ts'
import { isEmptyName } from './name.ts'
import { parseNameConstraints } from './name-constraints.ts'
import type { TemplatedProfile } from './profile.ts'
import type { ProvisionerExtension } from './provisioner-extension.ts'
import { assertAllowedPublicKey } from './public-key.ts'

/** Extensions that somebody chose, and how far the choice may go. */
export interface TemplatedContents {
  readonly type: 'templated'
  readonly profile: TemplatedProfile
  readonly contents: CertificateContents
  /** What was made of the contents, in order. */
  readonly extensions: readonly Extension[]
  /** Who answers for the certificate, which is nobody's choice. */
  readonly provisioner: ProvisionerExtension | undefined
  /** `undefined` of a certificate that stands for itself. */
  readonly issuer: Issuer | undefined
}

/**
 * Checks decoded octets against chosen contents: each extension is one that was meant, octet by octet and in
 * order; what they say, decoded, is what was chosen; and nothing in them is what no certificate may have,
 * whether a member of the contents or a ready-made extension says it.
 *
 * @throws {ProfileError} `profile_violated`; `authority_not_allowed` for a certificate authority that the
 * profile does not allow; `issuer_unfit` when the issuer's path length leaves no room for one.
 */
export function assertContents(fields: CertificateFields, expected: TemplatedContents): void {
  assertAllowedPublicKey(fields.subjectPublicKeyInfo)
  assertMeant(fields, expected.extensions)
  assertChosen(fields, expected.contents)
  for (const extension of fields.extensions) assertSound(extension, fields)
  assertAuthority(fields, expected)
}

function assertMeant(fields: CertificateFields, meant: readonly Extension[]): void {
  const isMeant = ({ oid, critical, value }: Extension, index: number): boolean => {
    const other = meant[index]
    return other?.oid === oid && other.critical === critical && equalOctets(other.value, value)
  }
  demand(
    fields.extensions.length === meant.length && fields.extensions.every(isMeant),
    'the extensions are not the ones that were meant',
  )
}

/** What a ready-made extension says is its own; what a member says must have come through. */
function assertChosen(fields: CertificateFields, contents: CertificateContents): void {
  const readyMade = new Set(contents.extensions.map(({ oid }) => oid))
  const judge = (oid: string, isChosen: () => boolean): void => {
    demand(readyMade.has(oid) || isChosen(), `extension ${oid} does not say what was chosen`)
  }
  const { keyUsage, extendedKeyUsages, basicConstraints, subjectAltNames } = contents
  judge(extensionOids.keyUsage, () => equalSets(fields.keyUsage ?? [], keyUsage))
  judge(extensionOids.extendedKeyUsage, () =>
    equalLists(fields.extendedKeyUsages ?? [], extendedKeyUsages),
  )
  judge(
    extensionOids.basicConstraints,
    () =>
      fields.basicConstraints?.isCa === basicConstraints?.isCa &&
      fields.basicConstraints?.pathLength === basicConstraints?.pathLength,
  )
  judge(extensionOids.subjectAltName, () => {
    const written = namesIn(fields).map(describe)
    return equalLists(written, subjectAltNames.map(describe))
  })
}

function namesIn({ extensions }: CertificateFields): readonly AnyGeneralName[] {
  const extension = extensions.find(({ oid }) => oid === extensionOids.subjectAltName)
  return extension === undefined ? [] : parseAnyGeneralNames(extension.value)
}

/** One text for a name, equal for equal names only. */
function describe(name: AnyGeneralName): string {
  return JSON.stringify(name, (_, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value,
  )
}

/** The structure of what this package can read, and how critical it has to be (RFC 5280 §4.2.1). */
function assertSound({ oid, critical, value }: Extension, fields: CertificateFields): void {
  const rule = rules.get(oid)
  if (rule === undefined) return
  try {
    rule.read?.(value)
  } catch (cause) {
    if (!(cause instanceof DerError)) throw cause
    throw new ProfileError(
      'profile_violated',
      `not signed: extension ${oid} is malformed: ${cause.message}`,
      { cause },
    )
  }
  if (rule.critical !== undefined) {
    demand(critical === rule.critical, `extension ${oid} is ${critical ? '' : 'not '}critical`)
  }
  if (oid === extensionOids.subjectAltName && isEmptyName(fields.subject)) {
    demand(critical, 'without a subject, the subjectAltName has to be critical')
  }
}

/** An authority only where it is allowed, with a name and within what its issuer may issue. */
function assertAuthority(fields: CertificateFields, { profile, issuer }: TemplatedContents): void {
  const { basicConstraints, keyUsage, extensions } = fields
  const isCa = basicConstraints?.isCa === true
  const signsCertificates = keyUsage?.includes('keyCertSign') === true
  const isNetscapeCa = hasNetscapeAuthority(fields)
  if ((isCa || signsCertificates || isNetscapeCa) && !profile.allowsAuthority) {
    throw new ProfileError(
      'authority_not_allowed',
      isCa || isNetscapeCa
        ? 'a certificate of a certificate authority is not allowed here'
        : 'a certificate that may sign certificates (keyCertSign) is not allowed here',
    )
  }
  const constrainsNames = extensions.some(({ oid }) => oid === extensionOids.nameConstraints)
  demand(isCa || !constrainsNames, 'only a certificate authority may constrain names')
  demand(isCa || basicConstraints?.pathLength === undefined, 'only an authority has a path length')
  if (!isCa) return
  demand(!isEmptyName(fields.subject), 'a certificate authority needs a subject')
  if (issuer === undefined) return
  const { pathLength } = basicConstraints
  assertPathLength(issuer, {
    type: 'intermediate',
    ...(pathLength === undefined ? {} : { pathLength }),
  })
}

/** Bits 5 to 7: verifiers such as OpenSSL 1.1 go by them where there is neither basicConstraints nor keyUsage. */
function hasNetscapeAuthority({ extensions }: CertificateFields): boolean {
  const extension = extensions.find(({ oid }) => oid === netscapeCertificateType)
  return extension !== undefined && (readBits(extension.value) & 0x07) !== 0
}

/** The first eight bits of a BIT STRING. Throws {@link DerError}. */
function readBits(value: Uint8Array): number {
  const reader = new DerReader(value)
  const { octets } = reader.readBitString()
  reader.finish()
  return octets[0] ?? 0
}

function equalLists(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index])
}

function equalSets(a: readonly string[], b: readonly string[]): boolean {
  const [left, right] = [new Set(a), new Set(b)]
  return left.size === right.size && [...left].every((item) => right.has(item))
}

interface SoundnessRule {
  /** `undefined` where either is right. */
  readonly critical?: boolean
  /** For extensions that are not decoded with the certificate. Throws {@link DerError}. */
  readonly read?: (value: Uint8Array) => unknown
}

const notEmpty =
  (read: (value: Uint8Array) => readonly unknown[]) =>
  (value: Uint8Array): void => {
    if (read(value).length === 0) throw new DerError('it lists nothing')
  }

const strictly =
  (read: (value: Uint8Array) => unknown) =>
  (value: Uint8Array): void => {
    assertDer(value)
    read(value)
  }

const netscapeCertificateType = '2.16.840.1.113730.1.1'

const rules: ReadonlyMap<string, SoundnessRule> = new Map<string, SoundnessRule>([
  [netscapeCertificateType, { read: strictly(readBits) }],
  [extensionOids.keyUsage, {}],
  [extensionOids.subjectKeyIdentifier, { critical: false }],
  [extensionOids.authorityKeyIdentifier, { critical: false }],
  [extensionOids.subjectAltName, { read: strictly(notEmpty(parseAnyGeneralNames)) }],
  [extensionOids.nameConstraints, { read: strictly(parseNameConstraints) }],
  [extensionOids.certificatePolicies, { read: strictly(notEmpty(parseCertificatePolicies)) }],
  [extensionOids.crlDistributionPoints, { read: strictly(parseCrlUris) }],
  [
    extensionOids.authorityInfoAccess,
    { critical: false, read: strictly(parseAuthorityInfoAccess) },
  ],
])

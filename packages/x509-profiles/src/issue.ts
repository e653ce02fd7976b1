import type { KeyObject } from 'node:crypto'
import {
  encodeSignatureAlgorithm,
  type SignatureAlgorithmName,
  verifySignatureOffLoop,
} from './algorithms.ts'
import { type Certificate, parseTbsCertificate, publicKeyOf } from './certificate.ts'
import type { CertificateContents } from './certificate-contents.ts'
import { assertConforms, type Expectation, type ProfileExpectation } from './conformance.ts'
import { buildContentsExtensions } from './contents-extensions.ts'
import { ProfileError } from './errors.ts'
import {
  type BasicConstraints,
  type Extension,
  encodeAuthorityKeyIdentifier,
  encodeBasicConstraints,
  encodeExtendedKeyUsages,
  encodeExtension,
  encodeKeyUsage,
  encodeSubjectAltNames,
  encodeSubjectKeyIdentifier,
} from './extensions.ts'
import type { GeneralName } from './general-name.ts'
import {
  constructed,
  encodeBitString,
  encodeElement,
  encodeInteger,
  encodeSequence,
  tags,
} from './internal/der.ts'
import { extensionOids } from './internal/oids.ts'
import { assertFitIssuer, assertPathLength, type Issuer } from './issuer.ts'
import { type DistinguishedName, isEmptyName } from './name.ts'
import {
  type IntermediateProfile,
  keyUsageOf,
  type LeafProfile,
  type Profile,
  type RootProfile,
  type TemplatedProfile,
} from './profile.ts'
import { encodeProvisionerExtension, type ProvisionerExtension } from './provisioner-extension.ts'
import { keyIdentifierOf, parsePublicKeyInfo } from './public-key.ts'
import { drawSerialNumber, type RandomBytes } from './serial-number.ts'
import { chooseSigner, type Signer } from './signer.ts'
import { encodeValidity, type Validity } from './validity.ts'

/** The clock and the randomness, which come from outside. */
export interface Ambient {
  readonly now: () => Date
  readonly random: RandomBytes
}

/** What is to be certified. Sub-seconds of the validity are dropped. */
export interface IssuanceRequest {
  readonly subject: DistinguishedName
  readonly subjectAltNames: readonly GeneralName[]
  /** The DER of the SubjectPublicKeyInfo. */
  readonly subjectPublicKeyInfo: Uint8Array
  readonly validity: Validity
  readonly provisioner?: ProvisionerExtension
}

/** What is to be certified with chosen contents. Sub-seconds of the validity are dropped. */
export interface TemplatedIssuanceRequest {
  readonly contents: CertificateContents
  /** The DER of the SubjectPublicKeyInfo. */
  readonly subjectPublicKeyInfo: Uint8Array
  readonly validity: Validity
  readonly provisioner?: ProvisionerExtension
}

/** What is to be renewed: all of the predecessor stays, but for its validity and, for a rekey, its key. */
export interface ReissuanceRequest {
  readonly predecessor: Certificate
  /** The new key's SubjectPublicKeyInfo; the predecessor's key stays when absent. */
  readonly subjectPublicKeyInfo?: Uint8Array
  readonly validity: Validity
}

/**
 * Issues a certificate of the profile.
 *
 * The validity may reach beyond the issuer's own, as with step-ca.
 *
 * @throws {ProfileError} `issuer_unfit`; `name_invalid`, `validity_invalid`, `key_unsupported` and
 * `key_too_weak` for what is asked; `profile_violated` when the profile has no place for it;
 * `signature_invalid` when the signer's signature does not verify.
 */
export async function issue(
  request: IssuanceRequest,
  profile: IntermediateProfile | LeafProfile,
  issuer: Issuer,
  ambient: Ambient,
): Promise<Certificate> {
  const fit = assertFitIssuer(issuer, ambient.now())
  assertPathLength(issuer, profile)
  const expectation = expectProfile(request, profile, {
    algorithm: issuer.signer.algorithm,
    issuer: issuer.certificate.subject,
    authorityKeyIdentifier: fit.keyIdentifier,
  })
  const extensions = buildExtensions(expectation)
  return signTbsCertificate({ expectation, extensions }, { ...issuer, ...fit }, ambient)
}

/**
 * Issues a certificate with chosen contents. Their order and encoding are step's; the
 * authorityKeyIdentifier is always the issuer's.
 *
 * @throws {ProfileError} as {@link issue}; `certificate_malformed` and `profile_violated` for contents that no
 * certificate may have (a repeated extension, one whose structure is known and malformed, name constraints in a
 * leaf, a provisioner extension where the request has none, a serial number out of bounds);
 * `authority_not_allowed` for a certificate authority that the profile does not allow; `algorithm_unsupported` when
 * the issuer's key does not sign with the chosen algorithm.
 */
export async function issueTemplated(
  request: TemplatedIssuanceRequest,
  profile: TemplatedProfile,
  issuer: Issuer,
  ambient: Ambient,
): Promise<Certificate> {
  const { publicKey, keyIdentifier } = assertFitIssuer(issuer, ambient.now())
  publicKeyOf(request)
  const signer = chooseSigner(issuer.signer, request.contents.signatureAlgorithm)
  const draft = draftTemplated(request, profile, {
    algorithm: signer.algorithm,
    name: issuer.certificate.subject,
    keyIdentifier,
    issuer,
  })
  return signTbsCertificate(draft, { signer, publicKey }, ambient)
}

/**
 * Issues a certificate with chosen contents that stands for itself: its issuer is its subject, and its key is the
 * signer's.
 *
 * @throws {ProfileError} as {@link issueTemplated}; `profile_violated` when the request's key is another one.
 */
export async function issueTemplatedRoot(
  request: TemplatedIssuanceRequest,
  profile: TemplatedProfile,
  ownSigner: Signer,
  ambient: Ambient,
): Promise<Certificate> {
  const publicKey = ownPublicKey(request, ownSigner)
  const signer = chooseSigner(ownSigner, request.contents.signatureAlgorithm)
  const draft = draftTemplated(request, profile, {
    algorithm: signer.algorithm,
    name: request.contents.subject,
    keyIdentifier: undefined,
    issuer: undefined,
  })
  return signTbsCertificate(draft, { signer, publicKey }, ambient)
}

/**
 * Issues a root, or a leaf that stands for itself: its issuer is its subject, and its key is the signer's.
 *
 * @throws {ProfileError} as {@link issue}; `profile_violated` when the request's key is another one.
 */
export async function issueRoot(
  request: IssuanceRequest,
  profile: RootProfile | LeafProfile,
  signer: Signer,
  ambient: Ambient,
): Promise<Certificate> {
  const publicKey = ownPublicKey(request, signer)
  const expectation = expectProfile(request, profile, {
    algorithm: signer.algorithm,
    issuer: request.subject,
    authorityKeyIdentifier: undefined,
  })
  const extensions = buildExtensions(expectation)
  return signTbsCertificate({ expectation, extensions }, { signer, publicKey }, ambient)
}

/**
 * Renews a leaf, or rekeys it when the request brings another key. Its extensions are copied, but for
 * the authorityKeyIdentifier and, for a rekey, the subjectKeyIdentifier.
 *
 * Whether the predecessor may be renewed (its signature, its validity, revocation) is the caller's to
 * judge.
 *
 * @throws {ProfileError} as {@link issue}; `profile_violated` when the predecessor is a certificate
 * authority.
 */
export async function reissue(
  request: ReissuanceRequest,
  issuer: Issuer,
  ambient: Ambient,
): Promise<Certificate> {
  const fit = assertFitIssuer(issuer, ambient.now())
  const { predecessor, validity, subjectPublicKeyInfo } = request
  const isRekey = subjectPublicKeyInfo !== undefined
  const holder = isRekey ? { subjectPublicKeyInfo } : predecessor
  // A new key has to be a point on its curve; the old one is what the predecessor's holder proved to have.
  if (isRekey) publicKeyOf(holder)
  const expectation: Expectation = {
    algorithm: issuer.signer.algorithm,
    issuer: issuer.certificate.subject,
    subject: predecessor.subject,
    validity,
    subjectPublicKeyInfo: holder.subjectPublicKeyInfo,
    authorityKeyIdentifier: fit.keyIdentifier,
    contents: { type: 'predecessor', predecessor, isRekey },
  }
  const made = [authorityKeyIdentifierExtension(fit.keyIdentifier)]
  if (isRekey) made.unshift(subjectKeyIdentifierExtension(subjectPublicKeyInfo))
  const madeOids = made.map(({ oid }) => oid)
  const copied = predecessor.extensions.filter(({ oid }) => !madeOids.includes(oid))
  const extensions = [...made, ...copied]
  return signTbsCertificate({ expectation, extensions }, { ...issuer, ...fit }, ambient)
}

/** The key of what stands for itself. */
function ownPublicKey(
  request: { readonly subjectPublicKeyInfo: Uint8Array },
  signer: Signer,
): KeyObject {
  const publicKey = publicKeyOf(request)
  if (signer.publicKey.equals(publicKey)) return publicKey
  throw new ProfileError('profile_violated', 'a root is for the key that signs it')
}

function draftTemplated(
  { contents, subjectPublicKeyInfo, validity, provisioner }: TemplatedIssuanceRequest,
  profile: TemplatedProfile,
  by: {
    readonly algorithm: SignatureAlgorithmName
    readonly name: DistinguishedName
    readonly keyIdentifier: Uint8Array | undefined
    readonly issuer: Issuer | undefined
  },
): Draft {
  const { serialNumber } = contents
  const extensions = buildContentsExtensions({
    contents,
    subjectKeyIdentifier: contents.subjectKeyIdentifier ?? keyIdentifierOf(subjectPublicKeyInfo),
    authorityKeyIdentifier: by.keyIdentifier,
    provisioner,
  })
  const expectation: Expectation = {
    algorithm: by.algorithm,
    issuer: by.name,
    subject: contents.subject,
    validity,
    subjectPublicKeyInfo,
    authorityKeyIdentifier: by.keyIdentifier,
    ...(serialNumber === undefined ? {} : { serialNumber }),
    contents: { type: 'templated', profile, contents, extensions, provisioner, issuer: by.issuer },
  }
  return { expectation, extensions }
}

interface Draft {
  readonly expectation: Expectation
  readonly extensions: readonly Extension[]
}

interface Signing {
  readonly signer: Signer
  /** The issuer's public key, which the signature is verified with. */
  readonly publicKey: KeyObject
}

/** The one place where a TBSCertificate is signed. */
async function signTbsCertificate(
  { expectation, extensions }: Draft,
  { signer, publicKey }: Signing,
  { now, random }: Ambient,
): Promise<Certificate> {
  const serialNumber =
    expectation.serialNumber === undefined
      ? encodeElement(tags.integer, drawSerialNumber(random, now()))
      : encodeInteger(expectation.serialNumber)
  const tbsCertificate = encodeTbsCertificate(expectation, { serialNumber, extensions })
  const fields = parseTbsCertificate(tbsCertificate) // the octets we sign, not the object we meant
  assertConforms(fields, expectation)
  const signature = new Uint8Array(await signer.sign(tbsCertificate))
  if (!(await verifySignatureOffLoop(signer.algorithm, publicKey, tbsCertificate, signature))) {
    throw new ProfileError('signature_invalid', 'the signer’s signature is not by the issuer’s key')
  }
  const der = encodeSequence(
    tbsCertificate,
    encodeSignatureAlgorithm(signer.algorithm),
    encodeBitString(signature),
  )
  return { ...fields, der, signature }
}

function encodeTbsCertificate(
  tbs: Expectation,
  { serialNumber, extensions }: { serialNumber: Uint8Array; extensions: readonly Extension[] },
): Uint8Array {
  return encodeSequence(
    version3,
    serialNumber,
    encodeSignatureAlgorithm(tbs.algorithm),
    tbs.issuer.der,
    encodeValidity(tbs.validity),
    tbs.subject.der,
    tbs.subjectPublicKeyInfo,
    encodeElement(constructed(3), encodeSequence(...extensions.map(encodeExtension))),
  )
}

function expectProfile(
  { subject, subjectAltNames, subjectPublicKeyInfo, validity, provisioner }: IssuanceRequest,
  profile: Profile,
  issuer: Pick<Expectation, 'algorithm' | 'issuer' | 'authorityKeyIdentifier'>,
): ProfileExpectation {
  // Importing the key proves that a point is on its curve; the rest is checked on the octets.
  publicKeyOf({ subjectPublicKeyInfo })
  const contents = { type: 'profile', profile, subjectAltNames, provisioner } as const
  return { ...issuer, subject, validity, subjectPublicKeyInfo, contents }
}

/** The extensions of a profile, in the order that step writes them. */
function buildExtensions(expectation: ProfileExpectation): Extension[] {
  const { subject, subjectPublicKeyInfo, authorityKeyIdentifier, contents } = expectation
  const { profile, subjectAltNames, provisioner } = contents
  const publicKey = parsePublicKeyInfo(subjectPublicKeyInfo)
  const extensions: Extension[] = [
    {
      oid: extensionOids.keyUsage,
      critical: true,
      value: encodeKeyUsage(keyUsageOf(profile, publicKey)),
    },
    profile.type === 'leaf'
      ? {
          oid: extensionOids.extendedKeyUsage,
          critical: false,
          value: encodeExtendedKeyUsages(profile.extendedKeyUsages),
        }
      : {
          oid: extensionOids.basicConstraints,
          critical: true,
          value: encodeBasicConstraints(basicConstraintsOf(profile)),
        },
    subjectKeyIdentifierExtension(subjectPublicKeyInfo),
  ]
  if (authorityKeyIdentifier !== undefined) {
    extensions.push(authorityKeyIdentifierExtension(authorityKeyIdentifier))
  }
  if (subjectAltNames.length > 0) {
    extensions.push(encodeSubjectAltNames(subjectAltNames, { critical: isEmptyName(subject) }))
  }
  if (provisioner !== undefined) {
    extensions.push({
      oid: extensionOids.provisioner,
      critical: false,
      value: encodeProvisionerExtension(provisioner),
    })
  }
  return extensions
}

function basicConstraintsOf({ pathLength }: IntermediateProfile | RootProfile): BasicConstraints {
  return pathLength === undefined ? { isCa: true } : { isCa: true, pathLength }
}

function subjectKeyIdentifierExtension(subjectPublicKeyInfo: Uint8Array): Extension {
  const value = encodeSubjectKeyIdentifier(keyIdentifierOf(subjectPublicKeyInfo))
  return { oid: extensionOids.subjectKeyIdentifier, critical: false, value }
}

function authorityKeyIdentifierExtension(keyIdentifier: Uint8Array): Extension {
  const value = encodeAuthorityKeyIdentifier(keyIdentifier)
  return { oid: extensionOids.authorityKeyIdentifier, critical: false, value }
}

const version3 = encodeElement(constructed(0), encodeInteger(2))

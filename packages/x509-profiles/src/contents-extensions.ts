import type { CertificateContents, ChosenNameConstraints } from './certificate-contents.ts'
import { ProfileError } from './errors.ts'
import {
  type Extension,
  encodeAuthorityKeyIdentifier,
  encodeBasicConstraints,
  encodeExtendedKeyUsages,
  encodeKeyUsage,
  encodeSubjectKeyIdentifier,
} from './extensions.ts'
import { type AnyGeneralName, encodeAnyGeneralNames } from './internal/any-general-name.ts'
import {
  constructed,
  DerError,
  encodeElement,
  encodeOid,
  encodeSequence,
  primitive,
} from './internal/der.ts'
import { encodeKnownOid, extensionOids } from './internal/oids.ts'
import { isEmptyName } from './name.ts'
import { encodeProvisionerExtension, type ProvisionerExtension } from './provisioner-extension.ts'

/** What the extensions of one certificate are made of. */
export interface ExtensionSources {
  readonly contents: CertificateContents
  readonly subjectKeyIdentifier: Uint8Array
  /** The issuer's; none of what stands for itself. */
  readonly authorityKeyIdentifier: Uint8Array | undefined
  /** Takes the place of one among the contents, and is the last one otherwise. */
  readonly provisioner: ProvisionerExtension | undefined
}

/**
 * The extensions of chosen contents, in the order that step writes them.
 *
 * @throws {ProfileError} `name_invalid`; `profile_violated` when an object identifier or a URI is none.
 */
export function buildContentsExtensions(sources: ExtensionSources): Extension[] {
  const chosen = withProvisioner(sources.contents.extensions, sources.provisioner)
  const replaced = new Set(chosen.map(({ oid }) => oid))
  try {
    for (const oid of replaced) encodeKnownOid(oid)
    const made = makers.flatMap(({ oid, make }) => {
      const extension = replaced.has(oid) ? undefined : make(sources)
      return extension === undefined ? [] : [{ oid, critical: false, ...extension }]
    })
    return [...made, ...chosen]
  } catch (cause) {
    if (!(cause instanceof DerError)) throw cause
    throw new ProfileError('profile_violated', `not signed: ${cause.message}`, { cause })
  }
}

/**
 * The extensions that a request of chosen contents asks for, in the order that step writes them.
 *
 * @throws {ProfileError} as {@link buildContentsExtensions}.
 */
export function buildRequestedExtensions(contents: CertificateContents): Extension[] {
  const made = buildContentsExtensions({
    contents,
    subjectKeyIdentifier: new Uint8Array(),
    authorityKeyIdentifier: undefined,
    provisioner: undefined,
  })
  const isReadyMade = (extension: Extension): boolean => contents.extensions.includes(extension)
  const asked = requestedOids.flatMap((oid) =>
    made.filter((extension) => extension.oid === oid && !isReadyMade(extension)),
  )
  return [...asked, ...contents.extensions]
}

const requestedOids = [
  extensionOids.subjectAltName,
  extensionOids.basicConstraints,
  extensionOids.extendedKeyUsage,
  extensionOids.keyUsage,
]

function withProvisioner(
  extensions: readonly Extension[],
  provisioner: ProvisionerExtension | undefined,
): readonly Extension[] {
  if (provisioner === undefined) return extensions
  const { provisioner: oid } = extensionOids
  const own = { oid, critical: false, value: encodeProvisionerExtension(provisioner) }
  const isNamed = extensions.some((extension) => extension.oid === oid)
  if (!isNamed) return [...extensions, own]
  return extensions.map((extension) => (extension.oid === oid ? own : extension))
}

type Made = { readonly value: Uint8Array; readonly critical?: boolean } | undefined

interface Maker {
  readonly oid: string
  readonly make: (sources: ExtensionSources) => Made
}

const makers: readonly Maker[] = [
  {
    oid: extensionOids.keyUsage,
    make: ({ contents: { keyUsage } }) =>
      keyUsage.length > 0 ? { critical: true, value: encodeKeyUsage(keyUsage) } : undefined,
  },
  {
    oid: extensionOids.extendedKeyUsage,
    make: ({ contents: { extendedKeyUsages } }) =>
      extendedKeyUsages.length > 0
        ? { value: encodeExtendedKeyUsages(extendedKeyUsages) }
        : undefined,
  },
  {
    oid: extensionOids.basicConstraints,
    make: ({ contents: { basicConstraints } }) =>
      basicConstraints && { critical: true, value: encodeBasicConstraints(basicConstraints) },
  },
  {
    oid: extensionOids.subjectKeyIdentifier,
    make: ({ subjectKeyIdentifier }) => ({
      value: encodeSubjectKeyIdentifier(subjectKeyIdentifier),
    }),
  },
  {
    oid: extensionOids.authorityKeyIdentifier,
    make: ({ authorityKeyIdentifier }) =>
      authorityKeyIdentifier && { value: encodeAuthorityKeyIdentifier(authorityKeyIdentifier) },
  },
  { oid: extensionOids.authorityInfoAccess, make: ({ contents }) => encodeAccess(contents) },
  {
    oid: extensionOids.subjectAltName,
    make: ({ contents: { subject, subjectAltNames } }) =>
      subjectAltNames.length > 0
        ? { critical: isEmptyName(subject), value: encodeAnyGeneralNames(subjectAltNames) }
        : undefined,
  },
  {
    oid: extensionOids.certificatePolicies,
    make: ({ contents: { certificatePolicies } }) =>
      certificatePolicies.length > 0
        ? {
            value: encodeSequence(
              ...certificatePolicies.map((oid) => encodeSequence(encodeOid(oid))),
            ),
          }
        : undefined,
  },
  {
    oid: extensionOids.nameConstraints,
    make: ({ contents: { nameConstraints } }) =>
      nameConstraints && {
        critical: nameConstraints.critical,
        value: encodeNameConstraints(nameConstraints),
      },
  },
  {
    oid: extensionOids.crlDistributionPoints,
    make: ({ contents: { crlDistributionPoints } }) =>
      crlDistributionPoints.length > 0
        ? { value: encodeSequence(...crlDistributionPoints.map(encodeDistributionPoint)) }
        : undefined,
  },
]

function encodeAccess({ ocspServers, issuingCertificateUrls }: CertificateContents): Made {
  const descriptions = [
    ...ocspServers.map((uri) => encodeSequence(encodeOid(ocspMethod), encodeUri(uri))),
    ...issuingCertificateUrls.map((uri) =>
      encodeSequence(encodeOid(caIssuersMethod), encodeUri(uri)),
    ),
  ]
  return descriptions.length > 0 ? { value: encodeSequence(...descriptions) } : undefined
}

/** DistributionPoint with the fullName of its DistributionPointName and nothing else. */
function encodeDistributionPoint(uri: string): Uint8Array {
  const fullName = encodeElement(constructed(0), encodeUri(uri))
  return encodeSequence(encodeElement(constructed(0), fullName))
}

function encodeUri(uri: string): Uint8Array {
  return encodeElement(primitive(6), encodeAscii(uri))
}

function encodeNameConstraints({ permitted, excluded }: ChosenNameConstraints): Uint8Array {
  const lists = [permitted, excluded].flatMap((subtrees, number) =>
    subtrees.length > 0 ? [encodeElement(constructed(number), ...subtrees.map(encodeSubtree))] : [],
  )
  return encodeSequence(...lists)
}

function encodeSubtree(subtree: AnyGeneralName): Uint8Array {
  switch (subtree.kind) {
    case 'email':
      return encodeSequence(encodeElement(primitive(1), encodeAscii(subtree.text)))
    case 'dns':
      return encodeSequence(encodeElement(primitive(2), encodeAscii(subtree.text)))
    case 'uri':
      return encodeSequence(encodeElement(primitive(6), encodeAscii(subtree.text)))
    case 'ip':
      return encodeSequence(encodeElement(primitive(7), subtree.octets))
    default:
      throw new DerError(`name constraints of kind ${subtree.kind} are not issued`)
  }
}

function encodeAscii(text: string): Uint8Array {
  if (!/^[\x20-\x7e]*$/.test(text)) {
    throw new DerError(`${JSON.stringify(text)} holds control or non-ASCII characters`)
  }
  return new TextEncoder().encode(text)
}

const ocspMethod = '1.3.6.1.5.5.7.48.1'
const caIssuersMethod = '1.3.6.1.5.5.7.48.2'

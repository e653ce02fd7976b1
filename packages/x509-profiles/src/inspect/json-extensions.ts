import { decodeKnownExtensions, type Extension, type KeyUsage } from '../extensions.ts'
import { type AnyGeneralName, parseAnyGeneralNames } from '../internal/any-general-name.ts'
import { DerError, toHex } from '../internal/der.ts'
import { parseNameConstraints } from '../name-constraints.ts'
import type { ProvisionerExtension } from '../provisioner-extension.ts'
import type { JsonValue } from './encode-json.ts'
import {
  type CertificatePolicy,
  parseAuthorityInfoAccess,
  parseCertificatePolicies,
  parseCrlUris,
} from './extension-values.ts'
import { formatIpAddress, formatIpRange } from './ip-text.ts'
import { toBase64 } from './json-key.ts'
import { keyPurposeMembers } from './key-purposes.ts'
import { nameToJson } from './name-text.ts'
import { pairUp, provisionerTypeNames } from './provisioner-type.ts'

/** What step's JSON form says of the extensions. */
export interface ExtensionsJson {
  /** The ones it knows, in its own order. */
  readonly extensions: Record<string, JsonValue>
  /** The others, in the certificate's order. */
  readonly unknown: JsonValue[]
}

/** Sorts the extensions of a certificate into known and unknown; a malformed one is unknown. */
export function extensionsToJson(extensions: readonly Extension[]): ExtensionsJson {
  const found = new Map<string, JsonValue>()
  const unknown: JsonValue[] = []
  for (const extension of extensions) {
    const member = readMember(extension)
    if (member === undefined) unknown.push(extensionToJson(extension))
    else found.set(extension.oid, member)
  }
  const known = memberForms.flatMap(({ oid, member }) => {
    const value = found.get(oid)
    return value === undefined ? [] : [[member, value] as const]
  })
  return { extensions: Object.fromEntries(known), unknown }
}

/** An extension as its octets. */
export function extensionToJson({ oid, critical, value }: Extension): JsonValue {
  return { id: oid, critical, value: toBase64(value) }
}

function readMember(extension: Extension): JsonValue | undefined {
  const form = memberForms.find(({ oid }) => oid === extension.oid)
  try {
    return form?.read(extension)
  } catch (error) {
    if (!(error instanceof DerError)) throw error
    return undefined
  }
}

function readKeyUsage(extension: Extension): JsonValue {
  const { keyUsage = [] } = decodeKnownExtensions([extension])
  const usages = keyUsageMembers.filter(([usage]) => keyUsage.includes(usage))
  const value = keyUsageMembers.reduce((sum, [usage], bit) => {
    return keyUsage.includes(usage) ? sum + 2 ** bit : sum
  }, 0)
  return { ...Object.fromEntries(usages.map(([, member]) => [member, true])), value }
}

function readBasicConstraints(extension: Extension): JsonValue {
  const { basicConstraints } = decodeKnownExtensions([extension])
  const { isCa = false, pathLength } = basicConstraints ?? {}
  return { is_ca: isCa, ...(pathLength !== undefined && { max_path_len: pathLength }) }
}

function readGeneralNames({ value }: Extension): JsonValue {
  return gather(parseAnyGeneralNames(value).map(generalNameMember), generalNameMembers)
}

function generalNameMember(name: AnyGeneralName): Member {
  switch (name.kind) {
    case 'directory':
      return ['directory_names', nameToJson(name.name)]
    case 'dns':
      return ['dns_names', name.text]
    case 'email':
      return ['email_addresses', name.text]
    case 'ip':
      return ['ip_addresses', formatIpAddress(name.octets)]
    case 'other':
      return ['other_names', { id: name.oid, value: toBase64(name.value) }]
    case 'registeredId':
      return ['registered_ids', name.oid]
    case 'uri':
      return ['uniform_resource_identifiers', name.text]
    case 'x400':
    case 'ediParty':
      return undefined
  }
}

function readNameConstraints({ critical, value }: Extension): JsonValue {
  const { permitted, excluded } = parseNameConstraints(value)
  return {
    critical,
    ...subtreesToJson('permitted', permitted),
    ...subtreesToJson('excluded', excluded),
  }
}

function subtreesToJson(prefix: string, subtrees: readonly AnyGeneralName[]): JsonObject {
  const members = gather(subtrees.map(subtreeMember), subtreeMembers)
  return Object.fromEntries(
    Object.entries(members).map(([member, value]) => [`${prefix}_${member}`, value]),
  )
}

function subtreeMember(subtree: AnyGeneralName): Member {
  switch (subtree.kind) {
    case 'dns':
      return ['names', subtree.text]
    case 'email':
      return ['email_addresses', subtree.text]
    case 'uri':
      return ['uris', subtree.text]
    case 'ip':
      return ['ip_addresses', { ...formatIpRange(subtree.octets) }]
    case 'directory':
      return ['directory_names', nameToJson(subtree.name)]
    case 'registeredId':
      return ['registered_ids', subtree.oid]
    case 'other':
    case 'x400':
    case 'ediParty':
      return undefined
  }
}

function readExtendedKeyUsage(extension: Extension): JsonValue {
  const { extendedKeyUsages = [] } = decodeKnownExtensions([extension])
  const known = keyPurposeMembers.filter(([oid]) => extendedKeyUsages.includes(oid))
  const unknown = extendedKeyUsages.filter((usage) => {
    return keyPurposeMembers.every(([oid]) => oid !== usage)
  })
  return {
    ...Object.fromEntries(known.map(([, member]) => [member, true])),
    ...(unknown.length > 0 && { unknown }),
  }
}

function policyToJson({ oid, practiceStatements, userNotices }: CertificatePolicy): JsonValue {
  const notices = userNotices.map(({ explicitText, reference }) => ({
    ...(explicitText !== undefined && { explicit_text: explicitText }),
    ...(reference !== undefined && {
      notice_reference: [
        { organization: reference.organization, notice_numbers: reference.numbers },
      ],
    }),
  }))
  return {
    id: oid,
    ...(practiceStatements.length > 0 && { cps: practiceStatements }),
    ...(notices.length > 0 && { user_notice: notices }),
  }
}

function readAuthorityInfoAccess({ value }: Extension): JsonValue {
  const { ocsp, caIssuers } = parseAuthorityInfoAccess(value)
  return {
    ...(ocsp.length > 0 && { ocsp_urls: ocsp }),
    ...(caIssuers.length > 0 && { issuer_urls: caIssuers }),
  }
}

function provisionerToJson({
  type,
  name,
  credentialId,
  keyValuePairs = [],
}: ProvisionerExtension): JsonValue {
  const members: [string, JsonValue][] = [
    ['name', name],
    ['type', provisionerTypeNames.get(type) ?? `Unknown (0x${type.toString(16)})`],
    ...(credentialId === '' ? [] : [['credentialID', credentialId] satisfies [string, JsonValue]]),
    ...pairUp(keyValuePairs).map(([key, value]): [string, JsonValue] => {
      return [key.slice(0, 1).toLowerCase() + key.slice(1), value]
    }),
  ]
  return Object.fromEntries(members.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
}

/** Collects the values of equal members into lists, in the given order of members. */
function gather(values: readonly Member[], order: readonly string[]): JsonObject {
  const members: Record<string, JsonValue> = {}
  for (const member of order) {
    const list = values.flatMap((value) => (value?.[0] === member ? [value[1]] : []))
    if (list.length > 0) members[member] = list
  }
  return members
}

type JsonObject = { readonly [member: string]: JsonValue }

/** `undefined` for what has no place in the form. */
type Member = readonly [member: string, value: JsonValue] | undefined

interface MemberForm {
  readonly oid: string
  readonly member: string
  readonly read: (extension: Extension) => JsonValue | undefined
}

const readKeyIdentifier = (extension: Extension): JsonValue | undefined => {
  const known = decodeKnownExtensions([extension])
  const identifier = known.subjectKeyIdentifier ?? known.authorityKeyIdentifier
  return identifier && toHex(identifier)
}

/** In step's order. */
const memberForms: readonly MemberForm[] = [
  { oid: '2.5.29.15', member: 'key_usage', read: readKeyUsage },
  { oid: '2.5.29.19', member: 'basic_constraints', read: readBasicConstraints },
  { oid: '2.5.29.17', member: 'subject_alt_name', read: readGeneralNames },
  { oid: '2.5.29.18', member: 'issuer_alt_name', read: readGeneralNames },
  { oid: '2.5.29.30', member: 'name_constraints', read: readNameConstraints },
  {
    oid: '2.5.29.31',
    member: 'crl_distribution_points',
    read: ({ value }) => parseCrlUris(value),
  },
  { oid: '2.5.29.35', member: 'authority_key_id', read: readKeyIdentifier },
  { oid: '2.5.29.14', member: 'subject_key_id', read: readKeyIdentifier },
  { oid: '2.5.29.37', member: 'extended_key_usage', read: readExtendedKeyUsage },
  {
    oid: '2.5.29.32',
    member: 'certificate_policies',
    read: ({ value }) => parseCertificatePolicies(value).map(policyToJson),
  },
  { oid: '1.3.6.1.5.5.7.1.1', member: 'authority_info_access', read: readAuthorityInfoAccess },
  { oid: '1.3.6.1.4.1.11129.2.4.3', member: 'ct_poison', read: () => true },
  {
    oid: '1.3.6.1.4.1.37476.9000.64.1',
    member: 'step_provisioner',
    read: (extension) => {
      const { provisioner } = decodeKnownExtensions([extension])
      return provisioner && provisionerToJson(provisioner)
    },
  },
]

const subtreeMembers = [
  'names',
  'email_addresses',
  'uris',
  'ip_addresses',
  'directory_names',
  'registered_ids',
] as const

const generalNameMembers = [
  'directory_names',
  'dns_names',
  'email_addresses',
  'ip_addresses',
  'other_names',
  'registered_ids',
  'uniform_resource_identifiers',
] as const

/** In the order of the bits (RFC 5280 §4.2.1.3). */
const keyUsageMembers: readonly (readonly [KeyUsage, string])[] = [
  ['digitalSignature', 'digital_signature'],
  ['contentCommitment', 'content_commitment'],
  ['keyEncipherment', 'key_encipherment'],
  ['dataEncipherment', 'data_encipherment'],
  ['keyAgreement', 'key_agreement'],
  ['keyCertSign', 'certificate_sign'],
  ['cRLSign', 'crl_sign'],
  ['encipherOnly', 'encipher_only'],
  ['decipherOnly', 'decipher_only'],
]

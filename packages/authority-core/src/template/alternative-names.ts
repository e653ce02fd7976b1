import { domainToASCII } from 'node:url'
import {
  type AnyGeneralName,
  encodeElement,
  encodeOid,
  encodeSequence,
  isEmptyName,
  parseIpAddress,
} from '@mayfly/x509-profiles'
import { AuthorityError } from '../errors.ts'
import { Asn1ValueError, encodeAsn1Text, encodeTypedText } from './asn1-value.ts'
import {
  DocumentMembers,
  readObjectIdentifier,
  readOctets,
  readText,
  shorten,
} from './document-members.ts'
import { type JsonNode, parseJsonDocument } from './json-document.ts'
import { createSubject, readSubject } from './subject.ts'
import { isUriWithScheme, normalizeUri } from './uri.ts'

/** The alternative names as a template writes them. */
export interface NameLists {
  readonly dnsNames: readonly string[]
  readonly emailAddresses: readonly string[]
  readonly ipAddresses: readonly Uint8Array[]
  /** Normalized. */
  readonly uris: readonly string[]
  readonly typed: readonly TypedName[]
}

/** One entry of `sans`. */
export interface TypedName {
  readonly type: string
  readonly value: string
  readonly asn1Value: JsonNode | undefined
}

/** Reads one entry of `sans`. Throws `template_result_malformed`. */
export function readTypedName(node: JsonNode, path: string): TypedName {
  const members = new DocumentMembers(node, path)
  return {
    type: members.read('type', readText) ?? '',
    value: members.read('value', readText) ?? '',
    asn1Value: members.find('asn1Value'),
  }
}

/**
 * The names in the order of the certificate. Without names of further kinds it is that of their kinds: DNS, email,
 * IP, URI. With one, all of `sans` stand behind the lists as they were written, their DNS names in ASCII.
 *
 * @throws {AuthorityError} `template_failed` for a name that cannot be written.
 */
export function listNames(lists: NameLists): readonly AnyGeneralName[] {
  const isPlain = lists.typed.every(({ type }) => plainTypes.has(type))
  return isPlain ? listPlainNames(lists) : listExtendedNames(lists)
}

function listPlainNames(lists: NameLists): readonly AnyGeneralName[] {
  // A typed name that is none of its type is left out, as with step.
  const typed = lists.typed.flatMap(({ type, value }) => {
    return value === '' ? [] : (createPlainName(type, value) ?? [])
  })
  const all = [...listUntyped(lists), ...typed]
  return kindOrder.flatMap((kind) => all.filter((name) => name.kind === kind))
}

function listExtendedNames({ dnsNames, emailAddresses, uris, ...lists }: NameLists) {
  const isGiven = (text: string): boolean => text !== ''
  const untyped = listUntyped({
    ...lists,
    dnsNames: dnsNames.filter(isGiven).map(toAsciiDomain),
    emailAddresses: emailAddresses.filter(isGiven),
    uris: uris.filter(isGiven),
  })
  const typed = lists.typed
    .filter(({ value, asn1Value }) => value !== '' || asn1Value !== undefined)
    .map(createExtendedName)
  return [...untyped, ...typed]
}

function listUntyped(lists: Omit<NameLists, 'typed'>): readonly AnyGeneralName[] {
  return [
    ...lists.dnsNames.map((text): AnyGeneralName => ({ kind: 'dns', text })),
    ...lists.emailAddresses.map((text): AnyGeneralName => ({ kind: 'email', text })),
    ...lists.ipAddresses.map((octets): AnyGeneralName => ({ kind: 'ip', octets })),
    ...lists.uris.map((text): AnyGeneralName => ({ kind: 'uri', text })),
  ]
}

/** `undefined` when the value is none of its type. */
function createPlainName(type: string, value: string): AnyGeneralName | undefined {
  switch (type) {
    case 'dns':
      return { kind: 'dns', text: value }
    case 'email':
      return { kind: 'email', text: value }
    case 'ip': {
      const octets = parseAddress(value)
      return octets && { kind: 'ip', octets }
    }
    case 'uri': {
      const text = normalizeUri(value)
      return text === undefined ? undefined : { kind: 'uri', text }
    }
    default:
      return createPlainName(guessType(value), value)
  }
}

/** What a text without a type is: the first match counts, as on step's command line. */
export function guessType(text: string): 'dns' | 'email' | 'ip' | 'uri' {
  if (parseAddress(text) !== undefined) return 'ip'
  if (isUriWithScheme(text)) return 'uri'
  return text.includes('@') ? 'email' : 'dns'
}

/** The octets of an address; one of IPv4 that is written as IPv6 is the IPv4 one. */
export function parseAddress(text: string): Uint8Array | undefined {
  const octets = parseIpAddress(text)
  const isMapped =
    octets?.length === 16 && mappedPrefix.every((octet, index) => octets[index] === octet)
  return isMapped ? octets.subarray(12) : octets
}

function createExtendedName(name: TypedName): AnyGeneralName {
  const { type, value } = name
  const create = extendedTypes.get(type)
  if (create !== undefined) return create(name)
  switch (type) {
    case 'dns':
      return { kind: 'dns', text: toAsciiDomain(value) }
    case 'email':
    case 'uri':
      return { kind: type, text: value }
    case 'ip': {
      const octets = parseAddress(value)
      if (octets === undefined) throw unfit(name, 'is no IP address')
      return { kind: 'ip', octets }
    }
    case '':
    case 'auto':
      return createExtendedName({ ...name, type: guessType(value) })
    default:
      return createOtherName(name)
  }
}

/**
 * A name whose type is an object identifier, and whose value says its own ASN.1 type. One of type `raw` may bring the
 * explicit tag that any value stands in.
 */
function createOtherName(name: TypedName): AnyGeneralName {
  if (!/^\d+(?:\.\d+)+$/.test(name.type)) throw unfit(name, 'is of no type that is offered')
  return orUnfit(name, () => {
    const der = encodeTypedText(name.value)
    const isWrapped = name.value.startsWith('raw:') && der[0] === 0xa0
    return { kind: 'other', oid: name.type, value: isWrapped ? unwrap(der) : der }
  })
}

function unwrap(der: Uint8Array): Uint8Array {
  const first = der[1] ?? 0
  return der.subarray(first < 0x80 ? 2 : 2 + (first & 0x7f))
}

/** RFC 4043: SEQUENCE { identifierValue UTF8String OPTIONAL, assigner OBJECT IDENTIFIER OPTIONAL }. */
function createPermanentIdentifier(name: TypedName): AnyGeneralName {
  const members = name.asn1Value && new DocumentMembers(name.asn1Value, 'asn1Value')
  const identifier = members ? (members.read('identifier', readText) ?? '') : name.value
  const assigner = members?.read('assigner', readObjectIdentifier) ?? ''
  return orUnfit(name, () => ({
    kind: 'other',
    oid: '1.3.6.1.5.5.7.8.3',
    value: encodeSequence(
      ...(identifier === '' ? [] : [encodeAsn1Text(identifier, 'utf8')]),
      ...(assigner === '' ? [] : [encodeOid(assigner)]),
    ),
  }))
}

/** RFC 4108 §5: SEQUENCE { hwType OBJECT IDENTIFIER, hwSerialNum OCTET STRING }, the latter tagged [4] by step. */
function createHardwareModuleName(name: TypedName): AnyGeneralName {
  const members = new DocumentMembers(structureOf(name), 'asn1Value')
  const type = members.read('type', readObjectIdentifier) ?? ''
  const serialNumber = members.read('serialNumber', readOctets) ?? new Uint8Array()
  return orUnfit(name, () => ({
    kind: 'other',
    oid: '1.3.6.1.5.5.7.8.4',
    value: encodeSequence(encodeOid(type), encodeElement(0x84, serialNumber)),
  }))
}

function createUserPrincipalName(name: TypedName): AnyGeneralName {
  if (name.value === '') throw unfit(name, 'is empty')
  const value = encodeAsn1Text(name.value, 'utf8')
  return { kind: 'other', oid: '1.3.6.1.4.1.311.20.2.3', value }
}

function createRegisteredId(name: TypedName): AnyGeneralName {
  return orUnfit(name, () => {
    encodeOid(name.value)
    return { kind: 'registeredId', oid: name.value }
  })
}

function createDirectoryName(name: TypedName): AnyGeneralName {
  const directoryName = createSubject(readSubject(structureOf(name), 'asn1Value'))
  if (isEmptyName(directoryName)) throw unfit(name, 'is empty')
  return { kind: 'directory', name: directoryName }
}

/** The JSON of a name: its `asn1Value`, or what its value holds as text. */
function structureOf({ asn1Value, value }: TypedName): JsonNode {
  return asn1Value ?? parseJsonDocument(value)
}

/** IDNA, and nothing but letters, digits and hyphens (RFC 1034 §3.5). */
function toAsciiDomain(domain: string): string {
  const ascii = /^\p{ASCII}*$/u.test(domain) ? domain.toLowerCase() : domainToASCII(domain)
  if (!/^[a-z0-9.-]+$/.test(ascii)) throw unfit({ value: domain }, 'is no host name')
  return ascii
}

function orUnfit(name: TypedName, create: () => AnyGeneralName): AnyGeneralName {
  try {
    return create()
  } catch (cause) {
    if (cause instanceof AuthorityError) throw cause
    const reason = cause instanceof Asn1ValueError ? cause.message : 'holds no object identifier'
    throw unfit(name, `cannot be written: ${reason}`)
  }
}

function unfit({ type, value }: { type?: string; value: string }, reason: string): AuthorityError {
  const what = type === undefined || type === '' ? 'the name' : `the name of type ${shorten(type)}`
  return new AuthorityError('template_failed', 'the template’s result cannot be issued', {
    detail: `${what} ${shorten(value)} ${reason}`,
  })
}

const plainTypes: ReadonlySet<string> = new Set(['dns', 'email', 'ip', 'uri', 'auto', ''])

const kindOrder = ['dns', 'email', 'ip', 'uri'] as const

const mappedPrefix = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]

const extendedTypes: ReadonlyMap<string, (name: TypedName) => AnyGeneralName> = new Map([
  ['permanentIdentifier', createPermanentIdentifier],
  ['hardwareModuleName', createHardwareModuleName],
  ['userPrincipalName', createUserPrincipalName],
  ['registeredID', createRegisteredId],
  ['dn', createDirectoryName],
])

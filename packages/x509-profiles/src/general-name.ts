import { ProfileError } from './errors.ts'
import {
  assertDer,
  constructed,
  DerError,
  DerReader,
  encodeElement,
  encodeSequence,
  primitive,
  tags,
} from './internal/der.ts'
import { formatIpAddress, isMappedIpv4, parseIpAddress } from './internal/ip-address.ts'

/** The kinds of subjectAltName that this package issues and compares (RFC 5280 §4.2.1.6). */
export type GeneralNameType = 'dns' | 'email' | 'ip' | 'uri'

/**
 * A name as it stands in a subjectAltName. Two are the same when type and value are equal.
 *
 * An `ip` is in its one canonical text (dotted IPv4, or IPv6 as RFC 5952 has it); the others are ASCII,
 * exactly as given: an upper-case letter of a DNS name stays one.
 */
export interface GeneralName {
  readonly type: GeneralNameType
  readonly value: string
}

/**
 * Types a name as step's command line does; the first match counts: an IP address, a URI with a
 * scheme, anything with an `@`, else a DNS name.
 *
 * An IPv4 address written as IPv6 (`::ffff:192.0.2.1`) is the IPv4 address, and a URI's scheme is
 * in lower case, as step's own requests have them.
 *
 * @throws {ProfileError} `name_invalid` when the text is empty or holds control or non-ASCII characters.
 */
export function guessGeneralName(text: string): GeneralName {
  const address = parseIpAddress(text)
  if (address !== undefined) {
    const octets = isMappedIpv4(address) ? address.subarray(12) : address
    return { type: 'ip', value: formatIpAddress(octets) ?? text }
  }
  const name = guessTextName(text)
  assertEncodable(name)
  return name
}

/** Writes GeneralNames (RFC 5280 §4.2.1.6) in the given order. */
export function encodeGeneralNames(names: readonly GeneralName[]): Uint8Array {
  return encodeSequence(...names.map(encodeGeneralName))
}

/**
 * Reads GeneralNames; kinds other than {@link GeneralNameType} are checked as DER and left out.
 *
 * @throws {DerError}
 */
export function parseGeneralNames(octets: Uint8Array): GeneralName[] {
  const reader = new DerReader(octets)
  const sequence = reader.enter(tags.sequence)
  reader.finish()
  if (sequence.isAtEnd) throw new DerError('a subjectAltName needs a name')
  const names: GeneralName[] = []
  while (!sequence.isAtEnd) {
    const { tag, octets: element, contents } = sequence.readElement()
    const type = typeByTag.get(tag)
    if (type !== undefined) names.push(parseGeneralName(type, contents))
    else if (otherTags.has(tag)) assertDer(element)
    else throw new DerError('a general name is of no known kind')
  }
  return names
}

function parseGeneralName(type: GeneralNameType, contents: Uint8Array): GeneralName {
  if (type === 'ip') {
    const value = formatIpAddress(contents)
    if (value === undefined) throw new DerError('an IP address has 4 or 16 octets')
    return { type, value }
  }
  const value = Buffer.from(contents.buffer, contents.byteOffset, contents.length).toString(
    'latin1',
  )
  if (!isPrintableAscii(value)) {
    throw new DerError(`a general name of kind ${type} is empty or holds a character it may not`)
  }
  return { type, value }
}

/**
 * Writes one GeneralName.
 *
 * @throws {ProfileError} `name_invalid`.
 */
export function encodeGeneralName(name: GeneralName): Uint8Array {
  if (name.type === 'ip') {
    const octets = parseIpAddress(name.value)
    const canonical = octets && formatIpAddress(octets)
    if (octets === undefined || canonical !== name.value) {
      const options = canonical === undefined ? {} : { hint: `Write it as ${canonical}.` }
      throw invalid(name, 'is not the canonical text of an IP address', options)
    }
    return encodeElement(tagByType.ip, octets)
  }
  assertEncodable(name)
  return encodeElement(tagByType[name.type], new Uint8Array(Buffer.from(name.value, 'latin1')))
}

function assertEncodable(name: GeneralName): void {
  if (!isPrintableAscii(name.value)) {
    const hint = 'Write an international domain name in its ASCII form (xn--…).'
    throw invalid(name, 'is empty, or holds control or non-ASCII characters', { hint })
  }
  if (name.type === 'email' && !hasMailboxParts(name.value)) {
    throw invalid(name, 'needs a local part, an @ and a domain')
  }
  if (name.type === 'uri' && !hasScheme.test(name.value)) throw invalid(name, 'needs a scheme')
}

function hasMailboxParts(value: string): boolean {
  return value.slice(1, -1).includes('@') && !value.startsWith('@') && !value.endsWith('@')
}

function guessTextName(text: string): GeneralName {
  const scheme = hasScheme.exec(text)?.[0]
  if (scheme !== undefined && isUri(text.slice(scheme.length))) {
    return { type: 'uri', value: scheme.toLowerCase() + text.slice(scheme.length) }
  }
  return { type: text.includes('@') ? 'email' : 'dns', value: text }
}

/** What follows the scheme: sound escapes, and an authority without blanks and with a numeric port. */
function isUri(rest: string): boolean {
  if (/%(?![0-9A-Fa-f]{2})/.test(rest)) return false
  const authority = /^\/\/([^/?#]*)/.exec(rest)?.[1] ?? ''
  return /^([^@\s]*@)?(\[[^\]\s]*\]|[^\s:[\]]*)(:\d*)?$/.test(authority)
}

const hasScheme = /^[A-Za-z][A-Za-z0-9+.-]*:/

const isPrintableAscii = (value: string): boolean => /^[\x20-\x7e]+$/.test(value)

function invalid(name: GeneralName, reason: string, options: { hint?: string } = {}): ProfileError {
  return new ProfileError('name_invalid', `name ${JSON.stringify(name.value)} ${reason}`, options)
}

const tagByType: Readonly<Record<GeneralNameType, number>> = {
  email: primitive(1),
  dns: primitive(2),
  uri: primitive(6),
  ip: primitive(7),
}

const typeByTag: ReadonlyMap<number, GeneralNameType> = new Map([
  [tagByType.email, 'email'],
  [tagByType.dns, 'dns'],
  [tagByType.uri, 'uri'],
  [tagByType.ip, 'ip'],
])

/** otherName, x400Address, directoryName, ediPartyName, registeredID. */
const otherTags: ReadonlySet<number> = new Set([
  constructed(0),
  constructed(3),
  constructed(4),
  constructed(5),
  primitive(8),
])

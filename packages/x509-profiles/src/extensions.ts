import { encodeGeneralNames, type GeneralName, parseGeneralNames } from './general-name.ts'
import {
  assertDer,
  constructed,
  DerError,
  DerReader,
  encodeBitString,
  encodedTrue,
  encodeElement,
  encodeInteger,
  encodeSequence,
  primitive,
  tags,
} from './internal/der.ts'
import { encodeKnownOid, extensionOids } from './internal/oids.ts'
import { type ProvisionerExtension, parseProvisionerExtension } from './provisioner-extension.ts'

/** One extension as it stands in a certificate or a request (RFC 5280 §4.1.2.9). */
export interface Extension {
  readonly oid: string
  readonly critical: boolean
  /** What the extension's OCTET STRING holds. */
  readonly value: Uint8Array
}

/** The bits of keyUsage, named as in RFC 5280 §4.2.1.3. */
export type KeyUsage = (typeof keyUsages)[number]

/** RFC 5280 §4.2.1.9. */
export interface BasicConstraints {
  readonly isCa: boolean
  /** How many intermediates may follow below; no limit when absent. */
  readonly pathLength?: number
}

/** The extensions that this package reads, decoded; `undefined` or empty where they are absent. */
export interface KnownExtensions {
  /** Without names of other kinds, which only the extension itself shows. */
  readonly subjectAltNames: readonly GeneralName[]
  readonly keyUsage: readonly KeyUsage[] | undefined
  /** Object identifiers. */
  readonly extendedKeyUsages: readonly string[] | undefined
  readonly basicConstraints: BasicConstraints | undefined
  readonly subjectKeyIdentifier: Uint8Array | undefined
  /** The keyIdentifier of the extension. */
  readonly authorityKeyIdentifier: Uint8Array | undefined
  readonly provisioner: ProvisionerExtension | undefined
}

/** Reads Extensions inside a larger structure. Throws {@link DerError}, also on a repeated one. */
export function readExtensions(reader: DerReader): Extension[] {
  const sequence = reader.enter(tags.sequence)
  if (sequence.isAtEnd) throw new DerError('the list of extensions is empty')
  const byOid = new Map<string, Extension>()
  while (!sequence.isAtEnd) {
    const extension = readExtension(sequence.enter(tags.sequence))
    if (byOid.has(extension.oid))
      throw new DerError(`extension ${extension.oid} stands there twice`)
    byOid.set(extension.oid, extension)
  }
  return [...byOid.values()]
}

function readExtension(sequence: DerReader): Extension {
  const oid = sequence.readOid()
  const critical = sequence.peekTag() === tags.boolean && readTrue(sequence)
  const value = sequence.readContents(tags.octetString)
  sequence.finish()
  return { oid, critical, value }
}

/** Writes one Extension. */
export function encodeExtension({ oid, critical, value }: Extension): Uint8Array {
  const octets = encodeElement(tags.octetString, value)
  return critical
    ? encodeSequence(encodeKnownOid(oid), encodedTrue, octets)
    : encodeSequence(encodeKnownOid(oid), octets)
}

/** Decodes the extensions that have a field. Throws {@link DerError}. */
export function decodeKnownExtensions(extensions: readonly Extension[]): KnownExtensions {
  const decode = <T>(oid: string, parse: (value: Uint8Array) => T): T | undefined => {
    const extension = extensions.find((candidate) => candidate.oid === oid)
    return extension && parse(extension.value)
  }
  return {
    subjectAltNames: decode(extensionOids.subjectAltName, parseGeneralNames) ?? [],
    keyUsage: decode(extensionOids.keyUsage, parseKeyUsage),
    extendedKeyUsages: decode(extensionOids.extendedKeyUsage, parseExtendedKeyUsages),
    basicConstraints: decode(extensionOids.basicConstraints, parseBasicConstraints),
    subjectKeyIdentifier: decode(extensionOids.subjectKeyIdentifier, parseSubjectKeyIdentifier),
    authorityKeyIdentifier: decode(
      extensionOids.authorityKeyIdentifier,
      parseAuthorityKeyIdentifier,
    ),
    provisioner: decode(extensionOids.provisioner, parseProvisionerExtension),
  }
}

/**
 * Makes a subjectAltName extension with its names in step's order of kinds: DNS, email, IP, URI.
 *
 * @throws {ProfileError} `name_invalid`.
 */
export function encodeSubjectAltNames(
  names: readonly GeneralName[],
  { critical }: { readonly critical: boolean },
): Extension {
  const value = encodeGeneralNames(sortGeneralNames(names))
  return { oid: extensionOids.subjectAltName, critical, value }
}

/** The names in step's order of kinds; names of one kind stay as they were. */
export function sortGeneralNames(names: readonly GeneralName[]): GeneralName[] {
  return nameTypeOrder.flatMap((type) => names.filter((name) => name.type === type))
}

/** Writes keyUsage, a named bit list without trailing zero bits (X.690 §11.2.2). */
export function encodeKeyUsage(usages: readonly KeyUsage[]): Uint8Array {
  const octets = [0, 0]
  let last = 0
  for (const usage of usages) {
    const bit = keyUsages.indexOf(usage)
    octets[bit >> 3] = (octets[bit >> 3] ?? 0) | (0x80 >> (bit & 7))
    last = Math.max(last, bit)
  }
  return encodeBitString(Uint8Array.from(octets.slice(0, (last >> 3) + 1)), 7 - (last & 7))
}

function parseKeyUsage(value: Uint8Array): readonly KeyUsage[] {
  const { octets, unusedBits } = read(value, (reader) => reader.readBitString())
  const count = octets.length * 8 - unusedBits
  const isSet = (bit: number): boolean => ((octets[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0
  if (count === 0 || !isSet(count - 1))
    throw new DerError('keyUsage is empty or ends in a zero bit')
  if (count > keyUsages.length) throw new DerError('keyUsage has unknown bits')
  return keyUsages.filter((_, bit) => isSet(bit))
}

/** Writes extKeyUsage (RFC 5280 §4.2.1.12). */
export function encodeExtendedKeyUsages(oids: readonly string[]): Uint8Array {
  return encodeSequence(...oids.map(encodeKnownOid))
}

function parseExtendedKeyUsages(value: Uint8Array): readonly string[] {
  return read(value, (reader) => {
    const sequence = reader.enter(tags.sequence)
    if (sequence.isAtEnd) throw new DerError('extKeyUsage needs a purpose')
    const oids: string[] = []
    while (!sequence.isAtEnd) oids.push(sequence.readOid())
    return oids
  })
}

/** Writes basicConstraints. */
export function encodeBasicConstraints({ isCa, pathLength }: BasicConstraints): Uint8Array {
  return encodeSequence(
    ...(isCa ? [encodedTrue] : []),
    ...(pathLength === undefined ? [] : [encodeInteger(pathLength)]),
  )
}

function parseBasicConstraints(value: Uint8Array): BasicConstraints {
  return read(value, (reader) => {
    const sequence = reader.enter(tags.sequence)
    const isCa = sequence.peekTag() === tags.boolean && readTrue(sequence)
    const pathLength = sequence.isAtEnd ? undefined : sequence.readSmallInteger()
    sequence.finish()
    return pathLength === undefined ? { isCa } : { isCa, pathLength }
  })
}

/** Writes subjectKeyIdentifier. */
export function encodeSubjectKeyIdentifier(identifier: Uint8Array): Uint8Array {
  return encodeElement(tags.octetString, identifier)
}

function parseSubjectKeyIdentifier(value: Uint8Array): Uint8Array {
  return read(value, (reader) => reader.readContents(tags.octetString))
}

/** Writes authorityKeyIdentifier with nothing but the keyIdentifier. */
export function encodeAuthorityKeyIdentifier(identifier: Uint8Array): Uint8Array {
  return encodeSequence(encodeElement(primitive(0), identifier))
}

function parseAuthorityKeyIdentifier(value: Uint8Array): Uint8Array | undefined {
  return read(value, (reader) => {
    const sequence = reader.enter(tags.sequence)
    const has = (tag: number): boolean => sequence.peekTag() === tag
    const identifier = has(primitive(0)) ? sequence.readContents(primitive(0)) : undefined
    if (has(constructed(1))) assertDer(sequence.readOctets(constructed(1)))
    if (has(primitive(2))) sequence.readContents(primitive(2))
    sequence.finish()
    return identifier
  })
}

/** Reads a BOOLEAN that stands where FALSE is the default, so DER allows only TRUE (X.690 §11.5). */
function readTrue(reader: DerReader): true {
  if (!reader.readBoolean()) throw new DerError('a default value is written out')
  return true
}

function read<T>(value: Uint8Array, parse: (reader: DerReader) => T): T {
  const reader = new DerReader(value)
  const result = parse(reader)
  reader.finish()
  return result
}

/** All, by the number of their bit (RFC 5280 §4.2.1.3). */
export const keyUsages = [
  'digitalSignature',
  'contentCommitment',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const

const nameTypeOrder = ['dns', 'email', 'ip', 'uri'] as const

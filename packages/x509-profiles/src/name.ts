import { ProfileError } from './errors.ts'
import {
  assertDer,
  DerError,
  DerReader,
  encodeElement,
  encodeOid,
  encodeSequence,
  tags,
  toHex,
} from './internal/der.ts'
import { decodeString } from './internal/strings.ts'

/** One AttributeTypeAndValue (RFC 5280 §4.1.2.4). */
export interface NameAttribute {
  /** Object identifier of the attribute type. */
  readonly type: string
  /** The text; for a value that is no string, `#` and the hexadecimal DER, as RFC 4514 §2.4 has it. */
  readonly value: string
}

/** A Name (RFC 5280 §4.1.2.4). Names are compared by their octets. */
export interface DistinguishedName {
  readonly der: Uint8Array
  /** All attributes in encoded order, whether they share a RelativeDistinguishedName or not. */
  readonly attributes: readonly NameAttribute[]
  /** The same attributes, one list for each RelativeDistinguishedName. */
  readonly relativeNames: readonly (readonly NameAttribute[])[]
}

/** What {@link createName} can write; several values of one kind share a RelativeDistinguishedName. */
export interface NameFields {
  readonly country?: string | readonly string[]
  readonly organization?: string | readonly string[]
  readonly organizationalUnit?: string | readonly string[]
  readonly locality?: string | readonly string[]
  readonly province?: string | readonly string[]
  readonly streetAddress?: string | readonly string[]
  readonly postalCode?: string | readonly string[]
  readonly commonName?: string
  readonly serialNumber?: string
}

/**
 * Writes a Name in step's order (C, ST, L, street, postalCode, O, OU, CN, serialNumber). Values are
 * PrintableString where they can be, else UTF8String; fields with an empty text are left out.
 *
 * @throws {ProfileError} `name_invalid` when a value holds control, direction or line-separating
 * characters, or half a surrogate pair.
 */
export function createName(fields: NameFields): DistinguishedName {
  const relativeNames = fieldOrder.flatMap((field) => {
    const values = [fields[field] ?? []].flat().filter((value) => value !== '')
    return values.length === 0 ? [] : [encodeRelativeName(attributeTypes[field], values)]
  })
  return parseName(encodeSequence(...relativeNames))
}

/**
 * Writes a Name of the given RelativeDistinguishedNames in the given order, empty texts and control
 * characters included; `emailAddress` is an IA5String, others are as in {@link createName}.
 *
 * For names that somebody answers for: what such a name holds has to be escaped wherever it is shown.
 *
 * @throws {ProfileError} `name_invalid` when a type is no object identifier, or a text holds U+0000, half a
 * surrogate pair or, in `emailAddress`, what is not ASCII.
 */
export function createNameOf(
  relativeNames: readonly (readonly NameAttribute[])[],
): DistinguishedName {
  try {
    const encoded = relativeNames.map((attributes) => {
      const elements = attributes.map(({ type, value }) => {
        return encodeSequence(encodeOid(type), encodeAnyText(type, value))
      })
      return encodeElement(tags.set, ...elements.toSorted(Buffer.compare))
    })
    return parseName(encodeSequence(...encoded))
  } catch (cause) {
    if (!(cause instanceof DerError)) throw cause
    throw new ProfileError('name_invalid', `not a distinguished name: ${cause.message}`, { cause })
  }
}

function encodeAnyText(type: string, value: string): Uint8Array {
  const isEmail = type === emailAddress
  if (value.includes('\0') || !value.isWellFormed() || (isEmail && !/^\p{ASCII}*$/u.test(value))) {
    const shown = JSON.stringify(value)
    throw new ProfileError('name_invalid', `name ${shown} holds characters that no name may hold`)
  }
  const tag = isEmail ? tags.ia5String : isPrintable(value) ? tags.printableString : tags.utf8String
  return encodeElement(tag, new TextEncoder().encode(value))
}

/**
 * Reads one Name and nothing after it.
 *
 * @throws {ProfileError} `name_invalid` when the octets are not a Name in strict DER.
 */
export function parseName(der: Uint8Array): DistinguishedName {
  try {
    const reader = new DerReader(new Uint8Array(der))
    const name = readName(reader)
    reader.finish()
    return name
  } catch (cause) {
    if (!(cause instanceof DerError)) throw cause
    throw new ProfileError('name_invalid', `not a distinguished name: ${cause.message}`, { cause })
  }
}

/** The last commonName, which is the most specific one; `undefined` when there is none. */
export function findCommonName(name: DistinguishedName): string | undefined {
  return name.attributes.findLast(({ type }) => type === attributeTypes.commonName)?.value
}

/** Whether the Name has no attribute at all. */
export function isEmptyName(name: DistinguishedName): boolean {
  return name.relativeNames.length === 0
}

/**
 * Writes a Name as text in encoded order, `O=Demo,CN=Demo Root CA`; special, control
 * and direction characters are escaped as in RFC 4514 §2.4.
 */
export function formatName(
  name: DistinguishedName,
  { separator = ',' }: { readonly separator?: string } = {},
): string {
  return name.relativeNames
    .map((attributes) => attributes.map(formatAttribute).join('+'))
    .join(separator)
}

/** Reads a Name inside a larger structure. Throws {@link DerError}. */
export function readName(reader: DerReader): DistinguishedName {
  const der = reader.readOctets(tags.sequence)
  const sequence = new DerReader(der).enter(tags.sequence)
  const relativeNames: NameAttribute[][] = []
  while (!sequence.isAtEnd) relativeNames.push(readRelativeName(sequence.enter(tags.set)))
  return { der, relativeNames, attributes: relativeNames.flat() }
}

function readRelativeName(set: DerReader): NameAttribute[] {
  if (set.isAtEnd) throw new DerError('a relative distinguished name needs an attribute')
  const attributes: NameAttribute[] = []
  let previous: Uint8Array | undefined
  while (!set.isAtEnd) {
    const attribute = set.readOctets(tags.sequence)
    if (previous !== undefined && Buffer.compare(previous, attribute) > 0) {
      throw new DerError('the attributes of a relative distinguished name are out of order')
    }
    previous = attribute
    const sequence = new DerReader(attribute).enter(tags.sequence)
    const type = sequence.readOid()
    const { tag, octets, contents } = sequence.readElement()
    sequence.finish()
    attributes.push({ type, value: decodeString(tag, contents) ?? keepUnread(octets) })
  }
  return attributes
}

function keepUnread(octets: Uint8Array): string {
  assertDer(octets)
  return `#${toHex(octets)}`
}

function encodeRelativeName(type: string, values: readonly string[]): Uint8Array {
  const oid = encodeOid(type)
  const attributes = values.map((value) => encodeSequence(oid, encodeText(value)))
  return encodeElement(tags.set, ...attributes.toSorted(Buffer.compare))
}

function encodeText(value: string): Uint8Array {
  if (/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u.test(value) || !value.isWellFormed()) {
    const shown = JSON.stringify(value)
    throw new ProfileError('name_invalid', `name ${shown} holds characters that no name may hold`)
  }
  const tag = isPrintable(value) ? tags.printableString : tags.utf8String
  return encodeElement(tag, new TextEncoder().encode(value))
}

const isPrintable = (value: string): boolean => /^[A-Za-z0-9 '()+,\-./:=?]*$/.test(value)

function formatAttribute({ type, value }: NameAttribute): string {
  const escaped = value
    .replace(/[,+"\\<>;]|^[# ]| $/g, '\\$&')
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) =>
      Buffer.from(character).toString('hex').replace(/../g, '\\$&'),
    )
  return `${shortNames.get(type) ?? type}=${escaped}`
}

/** Object identifiers of the attribute types that have a field (X.520). */
const attributeTypes: Readonly<Record<keyof NameFields, string>> = {
  country: '2.5.4.6',
  province: '2.5.4.8',
  locality: '2.5.4.7',
  streetAddress: '2.5.4.9',
  postalCode: '2.5.4.17',
  organization: '2.5.4.10',
  organizationalUnit: '2.5.4.11',
  commonName: '2.5.4.3',
  serialNumber: '2.5.4.5',
}

const emailAddress = '1.2.840.113549.1.9.1'

const fieldOrder = [
  'country',
  'province',
  'locality',
  'streetAddress',
  'postalCode',
  'organization',
  'organizationalUnit',
  'commonName',
  'serialNumber',
] as const satisfies readonly (keyof NameFields)[]

const shortNames: ReadonlyMap<string, string> = new Map([
  [attributeTypes.country, 'C'],
  [attributeTypes.province, 'ST'],
  [attributeTypes.locality, 'L'],
  [attributeTypes.streetAddress, 'STREET'],
  [attributeTypes.postalCode, 'POSTALCODE'],
  [attributeTypes.organization, 'O'],
  [attributeTypes.organizationalUnit, 'OU'],
  [attributeTypes.commonName, 'CN'],
  [attributeTypes.serialNumber, 'SERIALNUMBER'],
])

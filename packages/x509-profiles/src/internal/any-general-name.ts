import { ProfileError } from '../errors.ts'
import { encodeGeneralName } from '../general-name.ts'
import { type DistinguishedName, readName } from '../name.ts'
import {
  assertDer,
  constructed,
  type DerElement,
  DerError,
  DerReader,
  encodeElement,
  encodeOid,
  encodeSequence,
  primitive,
  tags,
} from './der.ts'
import { formatIpAddress } from './ip-address.ts'

/** A GeneralName of any kind (RFC 5280 §4.2.1.6), also where it stands for a range of names (§4.2.1.10). */
export type AnyGeneralName =
  | { readonly kind: 'dns' | 'email' | 'uri'; readonly text: string }
  | { readonly kind: 'ip'; readonly octets: Uint8Array }
  | { readonly kind: 'directory'; readonly name: DistinguishedName }
  | { readonly kind: 'other'; readonly oid: string; readonly value: Uint8Array }
  | { readonly kind: 'registeredId'; readonly oid: string }
  | { readonly kind: 'x400' | 'ediParty' }

/**
 * Writes GeneralNames in the given order.
 *
 * @throws {ProfileError} `name_invalid` when a text is no name of its kind, an address has neither 4 nor 16
 * octets, or a name is of a kind that is only read.
 */
export function encodeAnyGeneralNames(names: readonly AnyGeneralName[]): Uint8Array {
  return encodeSequence(...names.map(encodeAnyGeneralName))
}

function encodeAnyGeneralName(name: AnyGeneralName): Uint8Array {
  switch (name.kind) {
    case 'dns':
    case 'email':
    case 'uri':
      return encodeGeneralName({ type: name.kind, value: name.text })
    case 'ip':
      return encodeGeneralName({ type: 'ip', value: formatIpAddress(name.octets) ?? '' })
    case 'directory':
      return encodeElement(constructed(4), name.name.der)
    case 'other':
      return encodeElement(
        constructed(0),
        encodeOid(name.oid),
        encodeElement(constructed(0), name.value),
      )
    case 'registeredId':
      return encodeElement(primitive(8), new DerReader(encodeOid(name.oid)).readContents(tags.oid))
    case 'x400':
    case 'ediParty':
      throw new ProfileError('name_invalid', `names of kind ${name.kind} are not issued`)
  }
}

/** Reads GeneralNames and nothing after it. Throws {@link DerError}. */
export function parseAnyGeneralNames(octets: Uint8Array): AnyGeneralName[] {
  const reader = new DerReader(octets)
  const sequence = reader.enter(tags.sequence)
  reader.finish()
  return readAnyGeneralNames(sequence)
}

/** Reads GeneralName elements up to the end of this level. Throws {@link DerError}. */
export function readAnyGeneralNames(reader: DerReader): AnyGeneralName[] {
  const names: AnyGeneralName[] = []
  while (!reader.isAtEnd) names.push(readAnyGeneralName(reader))
  return names
}

/** Reads one GeneralName inside a larger structure. Throws {@link DerError}. */
export function readAnyGeneralName(reader: DerReader): AnyGeneralName {
  const element = reader.readElement()
  const read = readers.get(element.tag)
  if (read === undefined) throw new DerError('a general name is of no known kind')
  return read(element)
}

function readText(kind: 'dns' | 'email' | 'uri'): (element: DerElement) => AnyGeneralName {
  return ({ contents }) => {
    const text = Buffer.from(contents).toString('latin1')
    if (!/^[\x20-\x7e]*$/.test(text)) throw new DerError(`a name of kind ${kind} is not ASCII`)
    return { kind, text }
  }
}

function readDirectoryName({ contents }: DerElement): AnyGeneralName {
  const reader = new DerReader(contents)
  const name = readName(reader)
  reader.finish()
  return { kind: 'directory', name }
}

function readOtherName({ contents }: DerElement): AnyGeneralName {
  const reader = new DerReader(contents)
  const oid = reader.readOid()
  const value = reader.readContents(constructed(0))
  reader.finish()
  assertDer(value)
  return { kind: 'other', oid, value }
}

function readRegisteredId({ contents }: DerElement): AnyGeneralName {
  return { kind: 'registeredId', oid: new DerReader(encodeElement(tags.oid, contents)).readOid() }
}

function readUnused(kind: 'x400' | 'ediParty'): (element: DerElement) => AnyGeneralName {
  return ({ octets }) => {
    assertDer(octets)
    return { kind }
  }
}

const readers: ReadonlyMap<number, (element: DerElement) => AnyGeneralName> = new Map([
  [constructed(0), readOtherName],
  [primitive(1), readText('email')],
  [primitive(2), readText('dns')],
  [constructed(3), readUnused('x400')],
  [constructed(4), readDirectoryName],
  [constructed(5), readUnused('ediParty')],
  [primitive(6), readText('uri')],
  [primitive(7), ({ contents }: DerElement): AnyGeneralName => ({ kind: 'ip', octets: contents })],
  [primitive(8), readRegisteredId],
])

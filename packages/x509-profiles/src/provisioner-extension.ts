import {
  DerError,
  DerReader,
  encodeElement,
  encodeInteger,
  encodeSequence,
  tags,
} from './internal/der.ts'
import { decodeString } from './internal/strings.ts'

/**
 * step's provisioner extension, OID 1.3.6.1.4.1.37476.9000.64.1: who allowed the certificate.
 */
export interface ProvisionerExtension {
  /** step's number of the provisioner's type; JWK is 1. */
  readonly type: number
  readonly name: string
  /** The key id for a JWK provisioner, empty where the type has none. */
  readonly credentialId: string
  /** Keys and values in turn; only cloud provisioners have them. */
  readonly keyValuePairs?: readonly string[]
}

/** Writes the value of the extension. */
export function encodeProvisionerExtension(provisioner: ProvisionerExtension): Uint8Array {
  const pairs = (provisioner.keyValuePairs ?? []).map((text) => {
    const tag = /^[A-Za-z0-9 '()+,\-./:=?]*$/.test(text) ? tags.printableString : tags.utf8String
    return encodeElement(tag, encodeUtf8(text))
  })
  return encodeSequence(
    encodeInteger(provisioner.type),
    encodeElement(tags.octetString, encodeUtf8(provisioner.name)),
    encodeElement(tags.octetString, encodeUtf8(provisioner.credentialId)),
    ...(pairs.length > 0 ? [encodeSequence(...pairs)] : []),
  )
}

/** Reads the value of the extension. Throws {@link DerError}. */
export function parseProvisionerExtension(octets: Uint8Array): ProvisionerExtension {
  const reader = new DerReader(octets)
  const sequence = reader.enter(tags.sequence)
  reader.finish()
  const type = sequence.readSmallInteger()
  const name = readUtf8(sequence)
  const credentialId = readUtf8(sequence)
  const pairs = sequence.enterOptional(tags.sequence)
  sequence.finish()
  if (pairs === undefined) return { type, name, credentialId }
  return { type, name, credentialId, keyValuePairs: readStrings(pairs) }
}

function readStrings(reader: DerReader): string[] {
  const texts: string[] = []
  while (!reader.isAtEnd) {
    const { tag, contents } = reader.readElement()
    const text = decodeString(tag, contents)
    if (text === undefined) throw new DerError('a key or value of the provisioner is no string')
    texts.push(text)
  }
  return texts
}

function readUtf8(reader: DerReader): string {
  const text = decodeString(tags.utf8String, reader.readContents(tags.octetString))
  return text ?? ''
}

function encodeUtf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

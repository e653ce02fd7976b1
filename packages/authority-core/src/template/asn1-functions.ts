import type { TemplateFunction, TemplateValue } from '@mayfly/go-template'
import { encodeElement } from '@mayfly/x509-profiles'
import { Asn1ValueError, encodeAsn1Value, encodeTypedText } from './asn1-value.ts'
import { decodeBase64 } from './document-members.ts'

/** The functions that write DER, in base64: what a template gives an extension as its value. */
export const asn1Functions: ReadonlyMap<string, TemplateFunction> = new Map([
  ['asn1Enc', ([text, ...more]) => toBase64(encodeTypedText(readTexts([text, ...more], 1)))],
  ['asn1Marshal', ([value, ...parameters]) => toBase64(marshal(value, parameters))],
  ['asn1Seq', (parts) => toBase64(encodeElement(0x30, ...parts.map(readDer)))],
  ['asn1Set', (parts) => toBase64(encodeElement(0x31, ...parts.map(readDer)))],
])

function marshal(value: TemplateValue, parameters: readonly TemplateValue[]): Uint8Array {
  return encodeAsn1Value(value, parameters.map(readText).join(','))
}

function readTexts(values: readonly TemplateValue[], count: number): string {
  if (values.length !== count) {
    throw new Asn1ValueError(`wrong number of args: want ${count} got ${values.length}`)
  }
  return readText(values[0])
}

function readText(value: TemplateValue): string {
  if (typeof value !== 'string') throw new Asn1ValueError('a string is expected')
  return value
}

function readDer(value: TemplateValue): Uint8Array {
  const octets = decodeBase64(readText(value))
  if (octets === undefined) throw new Asn1ValueError('illegal base64 data')
  return octets
}

function toBase64(octets: Uint8Array): string {
  return Buffer.from(octets).toString('base64')
}

import { encodeElement, encodeInteger, encodeOid } from '@mayfly/x509-profiles'
import { decodeBase64 } from './document-members.ts'

/** Thrown when a text is no value of its ASN.1 type. */
export class Asn1ValueError extends Error {
  override readonly name = 'Asn1ValueError'
}

/**
 * Writes `type:text`, or a text that is printable without one, as DER: `printable`, `utf8`, `ia5`, `numeric`, `int`,
 * `oid`, `bool`, `utc`, `generalized`, or `raw` (DER in base64).
 *
 * @throws {Asn1ValueError}
 */
export function encodeTypedText(typedText: string): Uint8Array {
  const colon = typedText.indexOf(':')
  return colon === -1
    ? encodeAsn1Text(typedText, 'printable')
    : encodeAsn1Text(typedText.slice(colon + 1), typedText.slice(0, colon))
}

/** Writes a text as DER; `parameters` are as Go's asn1 tags have them, `int,explicit` for one. */
export function encodeAsn1Text(text: string, parameters: string): Uint8Array {
  const { type, tagging } = parseParameters(parameters)
  const encode = encoders.get(type)
  if (encode === undefined) return applyTagging(encodePrintable(text), tagging)
  const der = encode(text)
  return type === 'raw' ? der : applyTagging(der, tagging)
}

/** Writes a value of a template by its own type; `parameters` as of {@link encodeAsn1Text}. */
export function encodeAsn1Value(value: unknown, parameters: string): Uint8Array {
  const { type, tagging } = parseParameters(parameters)
  if (typeof value === 'string') {
    const asText = type === '' ? (isPrintable(value) ? 'printable' : 'utf8') : type
    if (!stringTypes.has(asText)) throw new Asn1ValueError(`a string cannot be of type ${asText}`)
    return applyTagging(encodeString(value, asText), tagging)
  }
  if (typeof value === 'bigint') return applyTagging(encodeInteger(value), tagging)
  if (typeof value === 'boolean') return applyTagging(encodeBoolean(value), tagging)
  if (value instanceof Uint8Array) return applyTagging(encodeElement(0x04, value), tagging)
  if (value instanceof Date) return applyTagging(encodeTime(value, 'Z', type), tagging)
  throw new Asn1ValueError(`values of type ${typeof value} cannot be written as ASN.1`)
}

interface Tagging {
  readonly isExplicit: boolean
  readonly tag: number | undefined
}

function parseParameters(text: string): { type: string; tagging: Tagging } {
  let type = ''
  let isExplicit = false
  let tag: number | undefined
  for (const parameter of text.split(',')) {
    if (encoders.has(parameter)) type = parameter
    else if (parameter === 'explicit') isExplicit = true
    else if (/^tag:\d{1,2}$/.test(parameter)) tag = Number(parameter.slice(4))
  }
  if (tag !== undefined && tag > 30)
    throw new Asn1ValueError('tag numbers above 30 are not offered')
  return { type, tagging: { isExplicit, tag: isExplicit ? (tag ?? 0) : tag } }
}

/** Context-specific tags: an explicit one around the element, an implicit one in the place of its own. */
function applyTagging(der: Uint8Array, { isExplicit, tag }: Tagging): Uint8Array {
  if (tag === undefined) return der
  if (isExplicit) return encodeElement(0xa0 | tag, der)
  const tagged = new Uint8Array(der)
  tagged[0] = 0x80 | ((der[0] ?? 0) & 0x20) | tag
  return tagged
}

function encodeString(text: string, type: string): Uint8Array {
  const rule = stringTypes.get(type)
  if (rule === undefined || !rule.pattern.test(text) || !text.isWellFormed()) {
    throw new Asn1ValueError(`invalid ${type} value`)
  }
  return encodeElement(rule.tag, new TextEncoder().encode(text))
}

function encodePrintable(text: string): Uint8Array {
  return encodeString(text, 'printable')
}

function encodeBoolean(value: boolean): Uint8Array {
  return Uint8Array.of(0x01, 1, value ? 0xff : 0)
}

function parseBoolean(text: string): boolean {
  if (/^(?:1|t|T|TRUE|true|True)$/.test(text)) return true
  if (/^(?:0|f|F|FALSE|false|False)$/.test(text)) return false
  throw new Asn1ValueError('invalid bool value')
}

function parseInteger(text: string): bigint {
  const value = /^[+-]?\d+$/.test(text) ? BigInt(text.replace('+', '')) : undefined
  if (value === undefined || BigInt.asIntN(64, value) !== value) {
    throw new Asn1ValueError('invalid int value')
  }
  return value
}

function parseOid(text: string): Uint8Array {
  try {
    return encodeOid(text)
  } catch (cause) {
    throw new Asn1ValueError('invalid oid value', { cause })
  }
}

function parseRaw(text: string): Uint8Array {
  const octets = decodeBase64(text)
  if (octets === undefined) throw new Asn1ValueError('invalid raw value')
  return octets
}

/** A time of RFC 3339, or as Go prints one. */
function parseTime(text: string, type: string): Uint8Array {
  const match = timeText.exec(text)
  if (match === null) throw new Asn1ValueError(`invalid ${type} value`)
  const [, date, clock, zone = 'Z'] = match
  const offset = zone === 'Z' ? 'Z' : zone.replace(':', '')
  const time = new Date(`${date}T${clock}${offset === 'Z' ? 'Z' : offset.replace(/(..)$/, ':$1')}`)
  if (Number.isNaN(time.getTime())) throw new Asn1ValueError(`invalid ${type} value`)
  return encodeTime(time, /^[+-]0000$/.test(offset) ? 'Z' : offset, type)
}

/** UTCTime for the years 1950 to 2049 unless `type` is `generalized`; `offset` is `Z` or `+hhmm`. */
function encodeTime(time: Date, offset: string, type: string): Uint8Array {
  const minutes = offset === 'Z' ? 0 : Number(offset.slice(1, 3)) * 60 + Number(offset.slice(3))
  const local = new Date(time.getTime() + (offset.startsWith('-') ? -minutes : minutes) * 60_000)
  const year = local.getUTCFullYear()
  if (!(year >= 0 && year <= 9999)) throw new Asn1ValueError(`invalid ${type} value`)
  const digits = `${local.toISOString().slice(0, 19).replace(/\D/g, '')}${offset}`
  const isUtc = type !== 'generalized' && year >= 1950 && year < 2050
  const text = isUtc ? digits.slice(2) : digits
  return encodeElement(isUtc ? 0x17 : 0x18, new TextEncoder().encode(text))
}

const isPrintable = (text: string): boolean => /^[A-Za-z0-9 '()+,\-./:=?]*$/.test(text)

const timeText =
  /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.\d+)? ?(Z|[+-]\d\d:?\d\d)?(?: [A-Z]{3,5})?$/

const stringTypes: ReadonlyMap<string, { readonly tag: number; readonly pattern: RegExp }> =
  new Map([
    // With an asterisk, as step lets it pass here.
    ['printable', { tag: 0x13, pattern: /^[A-Za-z0-9 '()+,\-./:=?*]*$/ }],
    ['utf8', { tag: 0x0c, pattern: /^/ }],
    ['ia5', { tag: 0x16, pattern: /^\p{ASCII}*$/u }],
    ['numeric', { tag: 0x12, pattern: /^[0-9 ]*$/ }],
  ])

const encoders: ReadonlyMap<string, (text: string) => Uint8Array> = new Map([
  ...[...stringTypes.keys()].map(
    (type) => [type, (text: string) => encodeString(text, type)] as const,
  ),
  ['int', (text) => encodeInteger(parseInteger(text))],
  ['oid', parseOid],
  ['bool', (text) => encodeBoolean(parseBoolean(text))],
  ['boolean', (text) => encodeBoolean(parseBoolean(text))],
  ['utc', (text) => parseTime(text, 'utc')],
  ['generalized', (text) => parseTime(text, 'generalized')],
  ['raw', parseRaw],
])

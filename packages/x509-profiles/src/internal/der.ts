/** Thrown inside the package when octets are not strict DER; parsers turn it into a ProfileError. */
export class DerError extends Error {
  override readonly name: string = 'DerError'
}

/** Identifier octets of the universal types in use, with the constructed bit where DER sets it. */
export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  utf8String: 0x0c,
  sequence: 0x30,
  set: 0x31,
  numericString: 0x12,
  printableString: 0x13,
  teletexString: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  universalString: 0x1c,
  bmpString: 0x1e,
} as const

/** Identifier octet of a primitive context-specific element. */
export const primitive = (number: number): number => 0x80 | number

/** Identifier octet of a constructed context-specific element. */
export const constructed = (number: number): number => 0xa0 | number

/** One element: its identifier octet, all its octets, and its contents (views, not copies). */
export interface DerElement {
  readonly tag: number
  readonly octets: Uint8Array
  readonly contents: Uint8Array
}

/** What a BIT STRING holds; the unused bits at the end are known to be zero. */
export interface BitString {
  readonly unusedBits: number
  readonly octets: Uint8Array
}

/**
 * Reads elements one after another and accepts only DER (X.690 §10, §11): definite, minimal lengths,
 * low tag numbers, minimal integers, canonical booleans.
 *
 * Every method throws {@link DerError}. Nesting is as deep as the caller's own calls of `enter`.
 */
export class DerReader {
  readonly #octets: Uint8Array
  #position: number
  readonly #end: number

  constructor(octets: Uint8Array, start = 0, end: number = octets.length) {
    this.#octets = octets
    this.#position = start
    this.#end = end
  }

  get isAtEnd(): boolean {
    return this.#position === this.#end
  }

  /** The identifier octet of the next element, `undefined` at the end. */
  peekTag(): number | undefined {
    return this.isAtEnd ? undefined : this.#octets[this.#position]
  }

  readElement(): DerElement {
    const start = this.#position
    const tag = this.#readIdentifier()
    const length = this.#readLength()
    const octets = this.#octets
    const contents = octets.subarray(this.#position, this.#position + length)
    this.#position += length
    return { tag, octets: octets.subarray(start, this.#position), contents }
  }

  /** The contents of the next element, which must have this identifier octet. */
  readContents(tag: number): Uint8Array {
    const length = this.#expect(tag)
    const contents = this.#octets.subarray(this.#position, this.#position + length)
    this.#position += length
    return contents
  }

  /** All octets of the next element, which must have this identifier octet. */
  readOctets(tag: number): Uint8Array {
    const start = this.#position
    const length = this.#expect(tag)
    this.#position += length
    return this.#octets.subarray(start, this.#position)
  }

  /** A reader over the contents of the next element, which must have this identifier octet. */
  enter(tag: number): DerReader {
    const length = this.#expect(tag)
    const start = this.#position
    this.#position += length
    return new DerReader(this.#octets, start, this.#position)
  }

  /** As {@link enter}, `undefined` when the next element has another identifier octet. */
  enterOptional(tag: number): DerReader | undefined {
    return this.peekTag() === tag ? this.enter(tag) : undefined
  }

  /** A two's complement integer of any size. */
  readInteger(): bigint {
    return decodeInteger(this.readContents(tags.integer))
  }

  /** An integer from 0 to 2³¹−1. */
  readSmallInteger(): number {
    const contents = this.readContents(tags.integer)
    if (contents.length > 4) throw new DerError('the integer is too large')
    const value = Number(decodeInteger(contents))
    if (value < 0) throw new DerError('the integer is negative')
    return value
  }

  readBoolean(): boolean {
    return decodeBoolean(this.readContents(tags.boolean))
  }

  readOid(): string {
    return decodeOid(this.readContents(tags.oid))
  }

  /** A BIT STRING, by default with the identifier octet of its own. */
  readBitString(tag: number = tags.bitString): BitString {
    return decodeBitString(this.readContents(tag))
  }

  /** Ends the reading of this level: nothing may be left. */
  finish(): void {
    if (!this.isAtEnd) throw new DerError(`${this.#end - this.#position} octets too many`)
  }

  #expect(tag: number): number {
    const found = this.#readIdentifier()
    if (found !== tag) {
      throw new DerError(`expected identifier ${hexOctet(tag)}, found ${hexOctet(found)}`)
    }
    return this.#readLength()
  }

  #readIdentifier(): number {
    const tag = this.#readOctet()
    if ((tag & 0x1f) === 0x1f) throw new DerError('tag numbers above 30 are not in use')
    return tag
  }

  #readLength(): number {
    const first = this.#readOctet()
    const length = first < 0x80 ? first : this.#readLongLength(first & 0x7f)
    if (length > this.#end - this.#position) throw new DerError('the element is cut short')
    return length
  }

  #readLongLength(count: number): number {
    if (count === 0) throw new DerError('indefinite length')
    if (count > 4) throw new DerError('length of more than four octets')
    let length = 0
    for (let index = 0; index < count; index++) length = length * 256 + this.#readOctet()
    if (length < 0x80 || length < 256 ** (count - 1)) throw new DerError('length is not minimal')
    return length
  }

  #readOctet(): number {
    const octet = this.#position < this.#end ? this.#octets[this.#position] : undefined
    if (octet === undefined) throw new DerError('the element is cut short')
    this.#position += 1
    return octet
  }
}

/** How deep {@link assertDer} follows nested elements. */
const maximumDepth = 16

/**
 * Checks octets that are kept unread: exactly one element, strict DER throughout, but for the order
 * within a SET, which only its schema knows.
 *
 * @throws {DerError} also when elements nest more than 16 deep.
 */
export function assertDer(octets: Uint8Array): void {
  const reader = new DerReader(octets)
  assertElement(reader.readElement(), maximumDepth)
  reader.finish()
}

function assertElement({ tag, contents }: DerElement, depth: number): void {
  if (depth === 0) throw new DerError(`elements nest more than ${maximumDepth} deep`)
  // Of the universal types, SEQUENCE and SET are constructed in DER, and nothing else is.
  const isConstructed = (tag & 0x20) !== 0
  const number = tag & 0x1f
  if (tag < 0x40 && isConstructed !== (number === 0x10 || number === 0x11)) {
    throw new DerError(`identifier ${hexOctet(tag)} is not DER`)
  }
  if (isConstructed) {
    const reader = new DerReader(contents)
    while (!reader.isAtEnd) assertElement(reader.readElement(), depth - 1)
    return
  }
  if (tag === tags.boolean) decodeBoolean(contents)
  else if (tag === tags.integer) assertInteger(contents)
  else if (tag === tags.oid) decodeOid(contents)
  else if (tag === tags.bitString) decodeBitString(contents)
  else if (tag === tags.null && contents.length > 0) throw new DerError('NULL with contents')
}

function assertInteger(contents: Uint8Array): void {
  const [first, second] = contents
  if (first === undefined) throw new DerError('an integer needs contents')
  if (second === undefined) return
  if ((first === 0x00 && second < 0x80) || (first === 0xff && second >= 0x80)) {
    throw new DerError('the integer is not minimal')
  }
}

function decodeInteger(contents: Uint8Array): bigint {
  assertInteger(contents)
  const magnitude = BigInt(`0x${toHex(contents)}`)
  return (contents[0] ?? 0) < 0x80 ? magnitude : magnitude - (1n << BigInt(contents.length * 8))
}

function decodeBoolean(contents: Uint8Array): boolean {
  const [value] = contents
  if (contents.length !== 1 || (value !== 0x00 && value !== 0xff)) {
    throw new DerError('a boolean is 00 or FF')
  }
  return value === 0xff
}

function decodeBitString(contents: Uint8Array): BitString {
  const [unusedBits] = contents
  const last = contents.at(-1) ?? 0
  if (unusedBits === undefined || unusedBits > 7 || (contents.length === 1 && unusedBits > 0)) {
    throw new DerError('the bit string has a wrong count of unused bits')
  }
  if (contents.length > 1 && (last & ((1 << unusedBits) - 1)) !== 0) {
    throw new DerError('unused bits of the bit string are set')
  }
  return { unusedBits, octets: contents.subarray(1) }
}

/** Turns the contents of an OBJECT IDENTIFIER into dotted decimals. */
function decodeOid(contents: Uint8Array): string {
  if (contents.length === 0) throw new DerError('an object identifier needs contents')
  let text = ''
  let arc = 0
  let isStart = true
  for (const octet of contents) {
    if (isStart && octet === 0x80) throw new DerError('an arc is not minimal')
    arc = arc * 128 + (octet & 0x7f)
    if (arc > maximumArc) throw new DerError('an arc is too large')
    isStart = octet < 0x80
    if (!isStart) continue
    if (text === '') {
      const root = Math.min(Math.floor(arc / 40), 2)
      text = `${root}.${arc - root * 40}`
    } else {
      text += `.${arc}`
    }
    arc = 0
  }
  if (!isStart) throw new DerError('the object identifier is cut short')
  return text
}

/** Writes one element with the given identifier octet around the parts. */
export function encodeElement(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const part of parts) length += part.length
  const sizeOctets = length < 0x80 ? 0 : length < 0x100 ? 1 : length < 0x10000 ? 2 : 3
  if (length >= 0x1000000) throw new DerError('the element is longer than 16 MiB')
  const octets = new Uint8Array(2 + sizeOctets + length)
  octets[0] = tag
  octets[1] = sizeOctets === 0 ? length : 0x80 | sizeOctets
  for (let index = 0; index < sizeOctets; index++) {
    octets[2 + index] = length >>> (8 * (sizeOctets - 1 - index))
  }
  let position = 2 + sizeOctets
  for (const part of parts) {
    octets.set(part, position)
    position += part.length
  }
  return octets
}

/** A SEQUENCE of parts that are encoded already. */
export function encodeSequence(...parts: readonly Uint8Array[]): Uint8Array {
  return encodeElement(tags.sequence, ...parts)
}

/** An INTEGER, minimal. */
export function encodeInteger(value: bigint | number): Uint8Array {
  const integer = BigInt(value)
  let bits = 8
  while (BigInt.asIntN(bits, integer) !== integer) bits += 8
  const digits = BigInt.asUintN(bits, integer).toString(16)
  return encodeElement(tags.integer, fromHex(digits.padStart(bits / 4, '0')))
}

/** BOOLEAN TRUE; FALSE is never written, as it is the default wherever it could stand. */
export const encodedTrue: Uint8Array = Uint8Array.of(tags.boolean, 1, 0xff)

/** An OBJECT IDENTIFIER from dotted decimals; each arc fits in 31 bits. */
export function encodeOid(oid: string): Uint8Array {
  const [root = 0, second = 0, ...rest] = parseArcs(oid)
  if (root > 2 || (root < 2 && second > 39)) throw new DerError(`no object identifier: ${oid}`)
  const octets: number[] = []
  pushArc(octets, root * 40 + second)
  for (const arc of rest) pushArc(octets, arc)
  return encodeElement(tags.oid, Uint8Array.from(octets))
}

function parseArcs(oid: string): number[] {
  const arcs = oid.split('.').map(Number)
  const isExact = arcs.every((arc) => Number.isInteger(arc) && arc >= 0 && arc <= maximumArc)
  if (!isExact || arcs.length < 2 || arcs.join('.') !== oid) {
    throw new DerError(`no object identifier: ${oid}`)
  }
  return arcs
}

function pushArc(octets: number[], arc: number): void {
  for (let shift = 28; shift > 0; shift -= 7) {
    if (arc >= 2 ** shift) octets.push(0x80 | ((arc >>> shift) & 0x7f))
  }
  octets.push(arc & 0x7f)
}

/** The largest arc of an object identifier, as in Go: 31 bits. */
const maximumArc = 0x7fffffff

/** A BIT STRING of whole octets, or with unused bits at its end. */
export function encodeBitString(octets: Uint8Array, unusedBits = 0): Uint8Array {
  return encodeElement(tags.bitString, Uint8Array.of(unusedBits), octets)
}

/** Whether both hold the same octets; not for secrets. */
export function equalOctets(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0
}

/** Lower-case hexadecimal digits. */
export function toHex(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('hex')
}

/** The octets of lower- or upper-case hexadecimal digits. */
export function fromHex(digits: string): Uint8Array {
  return new Uint8Array(Buffer.from(digits, 'hex'))
}

const hexOctet = (octet: number): string => octet.toString(16).padStart(2, '0')

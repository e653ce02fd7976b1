/**
 * Decompresses a block in the raw Snappy format (google/snappy, format_description.txt).
 *
 * @throws {RangeError} when the block is damaged, or claims to become longer than `maximumLength`.
 */
export function decompressSnappy(compressed: Buffer, maximumLength: number): Buffer {
  const { length, start } = parseLength(compressed)
  // An element of two octets makes at most 64, so what claims more lies.
  if (length > maximumLength || length > compressed.length * 64) {
    throw new RangeError(`Snappy: a length of ${length} octets is not believed`)
  }
  const output = Buffer.alloc(length)
  let written = 0
  let position = start
  while (position < compressed.length) {
    const element = parseElement(compressed, position)
    if (written + element.length > length) throw new RangeError('Snappy: more than announced')
    if (element.kind === 'literal') {
      const end = element.next + element.length
      if (end > compressed.length) throw new RangeError('Snappy: a literal is cut off')
      compressed.copy(output, written, element.next, end)
      written += element.length
      position = end
    } else {
      if (element.distance === 0 || element.distance > written) {
        throw new RangeError('Snappy: a copy of what is not there')
      }
      // Octet by octet: a copy may overlap what it makes.
      for (let count = 0; count < element.length; count += 1, written += 1) {
        output[written] = output[written - element.distance] ?? 0
      }
      position = element.next
    }
  }
  if (written !== length) throw new RangeError('Snappy: less than announced')
  return output
}

type Element =
  | { readonly kind: 'literal'; readonly length: number; readonly next: number }
  | {
      readonly kind: 'copy'
      readonly length: number
      readonly distance: number
      readonly next: number
    }

function parseElement(compressed: Buffer, position: number): Element {
  const tag = compressed.readUInt8(position)
  const argument = position + 1
  switch (tag & 3) {
    case 0: {
      const inTag = tag >>> 2
      if (inTag < 60) return { kind: 'literal', length: inTag + 1, next: argument }
      const octets = inTag - 59
      const length = compressed.readUIntLE(argument, octets) + 1
      return { kind: 'literal', length, next: argument + octets }
    }
    case 1: {
      const distance = ((tag >>> 5) << 8) | compressed.readUInt8(argument)
      return { kind: 'copy', length: ((tag >>> 2) & 7) + 4, distance, next: argument + 1 }
    }
    case 2: {
      const distance = compressed.readUInt16LE(argument)
      return { kind: 'copy', length: (tag >>> 2) + 1, distance, next: argument + 2 }
    }
    default: {
      const distance = compressed.readUInt32LE(argument)
      return { kind: 'copy', length: (tag >>> 2) + 1, distance, next: argument + 4 }
    }
  }
}

function parseLength(compressed: Buffer): { length: number; start: number } {
  let length = 0
  for (let start = 0; start < 5; start += 1) {
    const octet = compressed.readUInt8(start)
    length += (octet & 0x7f) * 2 ** (7 * start)
    if (octet < 0x80) return { length, start: start + 1 }
  }
  throw new RangeError('Snappy: the length has more than 32 bits')
}

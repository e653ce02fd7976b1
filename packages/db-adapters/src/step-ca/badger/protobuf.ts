/** A field of a protobuf message: a number (wire type 0) or octets (wire type 2). */
export interface ProtobufField {
  readonly number: number
  /** 0n for octets. */
  readonly integer: bigint
  /** Empty for a number. */
  readonly octets: Buffer
}

/**
 * The fields of a protobuf message in their order; the two wire types that Badger's messages use.
 *
 * @throws {RangeError} where the message is cut off or holds another wire type.
 */
export function* parseProtobuf(message: Buffer): Generator<ProtobufField> {
  const reader = { octets: message, position: 0 }
  while (reader.position < message.length) {
    const tag = readVarint(reader)
    const number = Number(tag >> 3n)
    const wireType = tag & 7n
    if (wireType === 0n) {
      yield { number, integer: readVarint(reader), octets: message.subarray(0, 0) }
    } else if (wireType === 2n) {
      const length = Number(readVarint(reader))
      const end = reader.position + length
      if (end > message.length) throw new RangeError('a protobuf field is cut off')
      yield { number, integer: 0n, octets: message.subarray(reader.position, end) }
      reader.position = end
    } else {
      throw new RangeError(`protobuf wire type ${wireType}`)
    }
  }
}

/**
 * Reads a base-128 number of at most 64 bits and moves on behind it.
 *
 * @throws {RangeError} where it is cut off or longer.
 */
export function readVarint(reader: { readonly octets: Buffer; position: number }): bigint {
  let value = 0n
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const octet = reader.octets[reader.position]
    if (octet === undefined) throw new RangeError('a number is cut off')
    reader.position += 1
    value |= BigInt(octet & 0x7f) << shift
    if (octet < 0x80) {
      if (value >= 1n << 64n) break
      return value
    }
  }
  throw new RangeError('a number has more than 64 bits')
}

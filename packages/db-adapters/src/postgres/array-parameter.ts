/** One column of many rows, as PostgreSQL's arrays of that type go over the wire (`array_send`, in binary). */
export function encodeByteaArray(values: readonly (Uint8Array | null)[]): Buffer {
  return encodeArray(
    oids.bytea,
    values.map((value) => value && Buffer.from(value.buffer, value.byteOffset, value.byteLength)),
  )
}

/** See {@link encodeByteaArray}. */
export function encodeTextArray(values: readonly (string | null)[]): Buffer {
  return encodeArray(
    oids.text,
    values.map((value) => (value === null ? null : Buffer.from(value, 'utf8'))),
  )
}

/** See {@link encodeByteaArray}; the numbers are safe integers. */
export function encodeInt8Array(values: readonly (number | null)[]): Buffer {
  return encodeArray(
    oids.int8,
    values.map((value) => (value === null ? null : encodeInt8(value))),
  )
}

/** A bigint by itself (`int8send`). */
export function encodeInt8(value: number): Buffer {
  const octets = Buffer.allocUnsafe(8)
  octets.writeBigInt64BE(BigInt(value))
  return octets
}

/** Fixed in PostgreSQL's catalog (pg_type.dat). */
const oids = { bytea: 17, int8: 20, text: 25 }

function encodeArray(elementType: number, elements: readonly (Buffer | null)[]): Buffer {
  const header = Buffer.alloc(20)
  header.writeInt32BE(1, 0)
  header.writeInt32BE(elements.includes(null) ? 1 : 0, 4)
  header.writeInt32BE(elementType, 8)
  header.writeInt32BE(elements.length, 12)
  header.writeInt32BE(1, 16)
  const parts: Buffer[] = [header]
  for (const element of elements) {
    const length = Buffer.allocUnsafe(4)
    length.writeInt32BE(element?.length ?? -1)
    parts.push(length)
    if (element) parts.push(element)
  }
  return Buffer.concat(parts)
}

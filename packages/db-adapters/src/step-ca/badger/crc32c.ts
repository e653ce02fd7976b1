/** CRC-32C (Castagnoli) of `octets`, going on from `previous`, which is what came before them. */
export function crc32c(octets: Uint8Array, previous = 0): number {
  let crc = ~previous
  let position = 0
  const { length } = octets
  for (; position + 4 <= length; position += 4) {
    crc ^=
      (octets[position] ?? 0) |
      ((octets[position + 1] ?? 0) << 8) |
      ((octets[position + 2] ?? 0) << 16) |
      ((octets[position + 3] ?? 0) << 24)
    crc =
      (fourth[crc & 0xff] ?? 0) ^
      (third[(crc >>> 8) & 0xff] ?? 0) ^
      (second[(crc >>> 16) & 0xff] ?? 0) ^
      (first[crc >>> 24] ?? 0)
  }
  for (; position < length; position += 1) {
    crc = (first[(crc ^ (octets[position] ?? 0)) & 0xff] ?? 0) ^ (crc >>> 8)
  }
  return ~crc >>> 0
}

const first = Int32Array.from({ length: 256 }, (_, octet) => {
  let crc = octet
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  return crc
})
const second = shifted(first)
const third = shifted(second)
const fourth = shifted(third)

/** The table for an octet that stands one place further from the end. */
function shifted(table: Int32Array): Int32Array {
  return table.map((crc) => (first[crc & 0xff] ?? 0) ^ (crc >>> 8))
}

import { crc32c } from './crc32c.ts'
import type { StoredEntry } from './entry-cursor.ts'
import { parseProtobuf, readVarint } from './protobuf.ts'
import { compareStoredKeys, versionLength } from './stored-key.ts'

/**
 * The entries of a block of a table, whole and in order.
 *
 * A block is its entries, the offsets of these (32 bits little-endian each), their count (32 bits
 * big-endian), a checksum over all this and the checksum's length. An entry shares the first octets of
 * its key with the block's first.
 *
 * @throws {RangeError} when the block is damaged.
 */
export function parseBlock(block: Buffer): readonly StoredEntry[] {
  const checked = verifyTrailer(block)
  const count = checked.readUInt32BE(checked.length - 4)
  const offsetsStart = checked.length - 4 - count * 4
  if (count === 0 || offsetsStart < 0)
    throw new RangeError(`${count} entries cannot be in the block`)
  const entries: StoredEntry[] = []
  let start = checked.readUInt32LE(offsetsStart)
  if (start !== 0) throw new RangeError('the first entry does not begin the block')
  for (let index = 0; index < count; index += 1) {
    const next = offsetsStart + (index + 1) * 4
    const end = index + 1 === count ? offsetsStart : checked.readUInt32LE(next)
    if (end <= start || end > offsetsStart) throw new RangeError('entries are out of order')
    const entry = parseEntry(checked.subarray(start, end), entries[0]?.key)
    const previous = entries.at(-1)
    if (previous !== undefined && compareStoredKeys(previous.key, entry.key) >= 0) {
      throw new RangeError('keys are out of order')
    }
    entries.push(entry)
    start = end
  }
  return entries
}

/**
 * What stands before a trailing checksum and the checksum's length, verified.
 *
 * @throws {RangeError} when it does not match.
 */
function verifyTrailer(octets: Buffer): Buffer {
  const checksumLength = octets.readUInt32BE(octets.length - 4)
  const checksumStart = octets.length - 4 - checksumLength
  if (checksumStart < 4) throw new RangeError('the checksum is longer than the block')
  const checked = octets.subarray(0, checksumStart)
  verifyChecksum(checked, octets.subarray(checksumStart, octets.length - 4))
  return checked
}

/**
 * Verifies octets by Badger's protobuf message Checksum.
 *
 * @throws {RangeError} when they do not match, or are not checked by CRC-32C.
 */
export function verifyChecksum(octets: Buffer, checksum: Buffer): void {
  let sum = 0n
  for (const field of parseProtobuf(checksum)) {
    if (field.number === 1 && field.integer !== 0n) {
      throw new RangeError(`checksums of kind ${field.integer} are not supported`)
    }
    if (field.number === 2) sum = field.integer
  }
  if (BigInt(crc32c(octets)) !== sum) throw new RangeError('the checksum does not match')
}

function parseEntry(entry: Buffer, baseKey: Buffer | undefined): StoredEntry {
  const shared = entry.readUInt16LE(0)
  const ownLength = entry.readUInt16LE(2)
  const valueStart = 4 + ownLength
  if (shared > (baseKey?.length ?? 0)) throw new RangeError('a key shares more than there is')
  const own = entry.subarray(4, valueStart)
  const key = baseKey === undefined ? own : Buffer.concat([baseKey.subarray(0, shared), own])
  if (own.length !== ownLength || key.length <= versionLength) {
    throw new RangeError('a key is too short')
  }
  const meta = entry.readUInt8(valueStart)
  const reader = { octets: entry, position: valueStart + 2 }
  const expiresAt = Number(readVarint(reader))
  return { key, meta, expiresAt, value: entry.subarray(reader.position) }
}

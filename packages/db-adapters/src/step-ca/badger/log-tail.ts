import { corrupt, type SourceFile } from '../source-file.ts'
import { crc32c } from './crc32c.ts'
import { createLogReader, type LogReader } from './log-reader.ts'
import { maximumHeadLength } from './value-log.ts'

/**
 * Refuses the end of the value log that cannot be read, from `offset` on, unless it is what a write
 * leaves that a crash cut off. Badger syncs each write before it answers and before it begins the next,
 * so nobody was ever told of what such an end holds, and Badger itself would cut it.
 *
 * Such an end is the beginning of an entry, perhaps with zeros for what did not reach the disk, and no
 * transaction ends behind it. What is whole but does not match its checksum is damage.
 *
 * @param version of the transaction that is unfinished at `offset`, where one is.
 * @throws {StoreError} `store_corrupt`.
 */
export function assertCutOffWrite(
  file: SourceFile,
  offset: number,
  version: bigint | undefined,
): void {
  const reader = createLogReader(file)
  const writtenEnd = findWrittenEnd(file, reader, offset)
  if (writtenEnd === offset) return
  const refuse = (problem: string) => corrupt(file.path, `the entry at ${offset}: ${problem}`)
  const ending = findTransactionEnd(file, reader, offset)
  if (ending !== undefined)
    throw refuse(`it is damaged; a transaction ends behind it, at ${ending}`)
  const head = reader.findHead(offset)
  if (head === undefined) {
    if (writtenEnd - offset >= maximumHeadLength) throw refuse('its head is damaged')
    return
  }
  if (offset + head.length <= writtenEnd) throw refuse('the checksum does not match')
  if ((head.meta & endBit) === 0) return
  const rest = reader.read(offset, writtenEnd - offset)
  const expected = version === undefined ? Buffer.alloc(0) : encodeTransactionEnd(version)
  if (!expected.subarray(0, rest.length).equals(rest)) throw refuse('it is damaged')
}

/** The bit of an entry that ends a transaction, in {@link LogEntryHead.meta}. */
export const endBit = 0x80

/**
 * Where what was written ends and the zeros begin that fill the rest of the file. A disk writes whole
 * sectors, so they begin with one, or where the write did.
 */
function findWrittenEnd(file: SourceFile, reader: LogReader, offset: number): number {
  let end = offset
  for (let position = offset; position < file.size; position += step) {
    const octets = reader.read(position, step)
    let length = octets.length
    while (length > 0 && octets[length - 1] === 0) length -= 1
    if (length > 0) end = position + length
  }
  if (end === offset) return end
  return Math.min(Math.ceil(end / sectorLength) * sectorLength, file.size)
}

/** The first place behind `offset` where a whole entry ends a transaction. */
function findTransactionEnd(
  file: SourceFile,
  reader: LogReader,
  offset: number,
): number | undefined {
  for (let position = offset; position < file.size; position += step) {
    // Overlapping, for a name that lies across two steps.
    const octets = reader.read(position, step + endKeyName.length - 1)
    for (let at = octets.indexOf(endKeyName); at !== -1; at = octets.indexOf(endKeyName, at + 1)) {
      const start = position + at - endHeadLength
      if (start >= offset && isTransactionEnd(reader, start)) return start
    }
  }
  return undefined
}

function isTransactionEnd(reader: LogReader, start: number): boolean {
  const head = reader.findHead(start)
  return (
    head !== undefined &&
    head.headLength === endHeadLength &&
    head.valueLength <= 20 &&
    (head.meta & endBit) !== 0 &&
    reader.findEntry(start) !== undefined
  )
}

/** The entry with which Badger ends the transaction of this number. */
function encodeTransactionEnd(version: bigint): Buffer {
  const value = Buffer.from(version.toString())
  const suffix = Buffer.alloc(8)
  suffix.writeBigUInt64BE((1n << 64n) - 1n - version)
  const head = Buffer.from([endBit, 0, endKeyName.length + suffix.length, value.length, 0])
  const entry = Buffer.concat([head, endKeyName, suffix, value])
  const checksum = Buffer.alloc(4)
  checksum.writeUInt32BE(crc32c(entry))
  return Buffer.concat([entry, checksum])
}

/** Flags, and three numbers of one octet each. */
const endHeadLength = 5
const endKeyName = Buffer.from('!badger!txn')
const sectorLength = 512
const step = 64 * 1024

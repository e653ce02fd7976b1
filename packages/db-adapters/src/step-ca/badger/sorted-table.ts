import { StoreError } from '../../errors.ts'
import { corrupt, openSourceFile, type SourceFile } from '../source-file.ts'
import { parseBlock, verifyChecksum } from './block.ts'
import { type Compression, decompress } from './compression.ts'
import type { EntryCursor, EntrySource, StoredEntry } from './entry-cursor.ts'
import { parseProtobuf } from './protobuf.ts'
import { compareStoredKeys } from './stored-key.ts'

/** A sorted table (a file NNNNNN.sst): entries in blocks of about 4 KiB, and an index of the blocks. */
export interface SortedTable extends EntrySource {
  readonly file: SourceFile
  readonly smallest: Buffer
  readonly biggest: Buffer
}

/**
 * Opens a table and verifies its index; a block is verified each time it is read. Of the index only the
 * places of the blocks stay in memory, eight octets each.
 *
 * @throws {StoreError} `store_corrupt` or `store_unavailable`.
 */
export function openSortedTable(path: string, compression: Compression): SortedTable {
  const file = openSourceFile(path)
  try {
    const blocks = asCorrupt(file, 'its index is damaged', () => readIndex(file))
    const count = blocks.length / 2
    const sought = new Map<number, readonly StoredEntry[]>()

    function seekBlock(index: number): readonly StoredEntry[] {
      const entries = sought.get(index) ?? readBlock(index)
      // Set anew, the one met longest ago comes first.
      sought.delete(index)
      for (const oldest of sought.keys()) if (sought.size >= keptBlocks) sought.delete(oldest)
      sought.set(index, entries)
      return entries
    }

    function readBlock(index: number): readonly StoredEntry[] {
      const octets = file.read(blocks[index * 2] ?? 0, blocks[index * 2 + 1] ?? 0)
      return asCorrupt(file, `block ${index} is damaged`, () =>
        parseBlock(decompress(octets, compression)),
      )
    }

    function seek(from: Buffer): EntryCursor {
      // The last block whose first key is not greater: what is sought may begin within it.
      let low = 0
      let high = count - 1
      while (low < high) {
        const middle = (low + high + 1) >>> 1
        if (compareStoredKeys(firstOf(seekBlock(middle)).key, from) <= 0) low = middle
        else high = middle - 1
      }
      return cursorFrom(from, seekBlock(low), low, count, readBlock, (problem) =>
        corrupt(path, problem),
      )
    }

    const smallest = firstOf(readBlock(0)).key
    const biggest = lastOf(readBlock(count - 1)).key
    return { file, smallest, biggest, seek }
  } catch (error) {
    file.close()
    throw error
  }
}

function cursorFrom(
  from: Buffer,
  found: readonly StoredEntry[],
  firstBlock: number,
  blockCount: number,
  readBlock: (index: number) => readonly StoredEntry[],
  refusal: (problem: string) => StoreError,
): EntryCursor {
  let block = firstBlock
  let entries = found
  let position = entries.findIndex((entry) => compareStoredKeys(entry.key, from) >= 0)
  if (position === -1) position = entries.length

  function toNextBlock(): void {
    while (position >= entries.length && block + 1 < blockCount) {
      const last = lastOf(entries).key
      block += 1
      entries = readBlock(block)
      position = 0
      if (compareStoredKeys(last, firstOf(entries).key) >= 0) {
        throw refusal(`block ${block} is out of order`)
      }
    }
  }

  toNextBlock()
  return {
    get current() {
      return entries[position]
    },
    advance() {
      position += 1
      toNextBlock()
    },
  }
}

/**
 * Offset and length of each block. The file ends with the index (protobuf), its length, its checksum
 * (protobuf) and the checksum's length, lengths as 32 bits big-endian.
 */
function readIndex(file: SourceFile): Uint32Array {
  const checksumEnd = file.size - 4
  const checksumLength = file.read(checksumEnd, 4).readUInt32BE()
  const lengthStart = checksumEnd - checksumLength - 4
  const checksum = file.read(lengthStart + 4, checksumLength)
  const indexLength = file.read(lengthStart, 4).readUInt32BE()
  const indexStart = lengthStart - indexLength
  const index = file.read(indexStart, indexLength)
  verifyChecksum(index, checksum)
  const blocks: number[] = []
  let end = 0
  for (const field of parseProtobuf(index)) {
    if (field.number !== 1) continue
    const { offset, length } = parseBlockOffset(field.octets)
    if (offset !== end || length === 0) throw new RangeError('blocks do not follow one another')
    end = offset + length
    blocks.push(offset, length)
  }
  if (end !== indexStart || end === 0) throw new RangeError('the blocks do not fill the file')
  return Uint32Array.from(blocks)
}

function parseBlockOffset(message: Buffer): { offset: number; length: number } {
  let offset = 0
  let length = 0
  for (const field of parseProtobuf(message)) {
    if (field.number === 2) offset = Number(field.integer)
    if (field.number === 3) length = Number(field.integer)
  }
  return { offset, length }
}

function asCorrupt<T>(file: SourceFile, problem: string, parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    if (error instanceof StoreError) throw error
    file.assertUnchanged()
    const detail = error instanceof Error ? error.message : String(error)
    throw corrupt(file.path, `${problem}: ${detail}`, error)
  }
}

function firstOf(entries: readonly StoredEntry[]): StoredEntry {
  const [first] = entries
  if (first === undefined) throw new RangeError('a block is empty')
  return first
}

function lastOf(entries: readonly StoredEntry[]): StoredEntry {
  const last = entries.at(-1)
  if (last === undefined) throw new RangeError('a block is empty')
  return last
}

/** Blocks that the last searches in a table met: the next mostly meets the same. */
const keptBlocks = 32

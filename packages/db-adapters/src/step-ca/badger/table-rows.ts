import type { EntrySource, StoredEntry } from './entry-cursor.ts'
import { beginsWith, newestVersions } from './merged-entries.ts'
import { newestVersionOf, tableKeyPrefix, tablePrefix, versionLength } from './stored-key.ts'

/** The newest entry of a row, deleted ones too. */
export interface RowEntry {
  /** The row's own key. */
  readonly key: Buffer
  readonly entry: StoredEntry
}

/**
 * The rows of a table by the octets of their keys, behind `after`.
 *
 * Badger has them by the lengths of the keys first, so there is a cursor for each length that occurs.
 *
 * @param lengths as {@link keyLengths} found them.
 */
export function* tableRows(
  source: EntrySource,
  table: string,
  lengths: readonly number[],
  after: Uint8Array = new Uint8Array(),
): Generator<RowEntry> {
  const groups = lengths.map((length) => rowsOfLength(source, tableKeyPrefix(table, length), after))
  const heads = groups.map((group) => group.next())
  while (true) {
    let least: { row: RowEntry; index: number } | undefined
    for (const [index, head] of heads.entries()) {
      if (head.done === true) continue
      if (least === undefined || head.value.key.compare(least.row.key) < 0) {
        least = { row: head.value, index }
      }
    }
    if (least === undefined) return
    yield least.row
    const next = groups[least.index]?.next()
    if (next !== undefined) heads[least.index] = next
  }
}

function* rowsOfLength(
  source: EntrySource,
  prefix: Buffer,
  after: Uint8Array,
): Generator<RowEntry> {
  const from = newestVersionOf(Buffer.concat([prefix, after]))
  for (const entry of newestVersions(source, prefix, from)) {
    const key = entry.key.subarray(prefix.length, entry.key.length - versionLength)
    if (after.length === 0 || key.compare(after) !== 0) yield { key, entry }
  }
}

/**
 * The lengths of keys that occur in a table, found by seeking from one to the next.
 *
 * @throws {RangeError} when a key has another length than it says.
 */
export function keyLengths(source: EntrySource, table: string): number[] {
  const prefix = tablePrefix(table)
  const lengths: number[] = []
  // The table's marker has no length behind its name; what follows it has.
  let next: number | undefined = 0
  while (next !== undefined) {
    const from = Buffer.concat([prefix, Buffer.from([next >>> 8, next & 0xff])])
    const entry = source.seek(newestVersionOf(from)).current
    if (entry === undefined || !beginsWith(entry.key, prefix)) break
    const length = entry.key.length - versionLength - prefix.length - 2
    // Keys of length 1 follow those of length 256: the lower octet comes first.
    if (length < 1 || entry.key.readUInt16LE(prefix.length) !== length) {
      throw new RangeError('a key is not one that step-ca writes')
    }
    lengths.push(length)
    const position = entry.key.readUInt16BE(prefix.length)
    next = position === 0xffff ? undefined : position + 1
  }
  return lengths
}

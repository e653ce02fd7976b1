import { corrupt, type SourceFile } from '../source-file.ts'
import { type StoredEntry, valuePointerBit } from './entry-cursor.ts'
import { createLogReader, type LogEntry, type LogReader } from './log-reader.ts'
import { assertCutOffWrite, endBit } from './log-tail.ts'
import { versionLength, versionOf } from './stored-key.ts'
import { UnflushedEntries } from './unflushed-entries.ts'
import {
  encodeValuePointer,
  logHeaderLength,
  type ValueLog,
  type ValuePointer,
} from './value-log.ts'

/**
 * The entries of the value log behind `head`, up to which the tables hold them: what a step-ca that was
 * not stopped in order has left. A transaction counts once the entry that ends it has been written.
 *
 * @param head the last entry that a table holds; undefined where no table has been written.
 * @throws {StoreError} `store_corrupt` for anything unreadable but a write that a crash cut off.
 */
export function replayValueLog(log: ValueLog, head: ValuePointer | undefined): UnflushedEntries {
  const first = head?.fileId ?? 0
  const last = Math.max(...log.files.keys())
  const unflushed = new UnflushedEntries()
  for (let id = first; id <= Math.max(first, last); id += 1) {
    const file = log.files.get(id)
    if (file === undefined) {
      const known = [...log.files.values()].at(-1)?.path ?? ''
      throw corrupt(known, `file ${id} of the value log is not there`)
    }
    const start = id === head?.fileId ? head.offset + head.length : 0
    replayFile(file, id, Math.max(start, logHeaderLength), id === last, unflushed)
  }
  unflushed.sort()
  return unflushed
}

function replayFile(
  file: SourceFile,
  fileId: number,
  start: number,
  isLast: boolean,
  unflushed: UnflushedEntries,
): void {
  if (start > file.size) {
    // A crash may leave a file that was only just begun.
    if (isLast && start === logHeaderLength) return
    throw corrupt(file.path, `it ends at ${file.size}, but a table holds entries up to ${start}`)
  }
  const reader = createLogReader(file)
  const transaction: StoredEntry[] = []
  let offset = start
  while (offset < file.size) {
    const entry = reader.findEntry(offset)
    if (entry === undefined) break
    const refuse = (problem: string) => corrupt(file.path, `the entry at ${offset}: ${problem}`)
    if (entry.keyLength <= versionLength) throw refuse('its key is too short')
    const version = versionOf(entry.key)
    const open = openVersion(transaction)
    const stored = storedEntry(entry, { fileId, offset, length: entry.length })
    if ((entry.meta & transactionBit) !== 0) {
      if (open !== undefined && open !== version) throw refuse('another transaction is unfinished')
      transaction.push(stored)
    } else if ((entry.meta & endBit) !== 0) {
      if (open === undefined || open !== endedVersion(reader, entry, offset)) {
        throw refuse('it ends a transaction that was not begun')
      }
      for (const ended of transaction.splice(0)) unflushed.add(ended)
    } else {
      if (open !== undefined) throw refuse('it lies within a transaction')
      unflushed.add(stored)
    }
    offset += entry.length
  }
  const open = openVersion(transaction)
  if (offset === file.size && open === undefined) return
  file.assertUnchanged()
  if (!isLast) throw corrupt(file.path, `it cannot be read from ${offset} on`)
  assertCutOffWrite(file, offset, open)
}

function openVersion(transaction: readonly StoredEntry[]): bigint | undefined {
  const [entry] = transaction
  return entry === undefined ? undefined : versionOf(entry.key)
}

function endedVersion(reader: LogReader, entry: LogEntry, offset: number): bigint | undefined {
  const value = reader
    .read(offset + entry.headLength + entry.keyLength, Math.min(entry.valueLength, 20))
    .toString('latin1')
  return /^\d+$/.test(value) ? BigInt(value) : undefined
}

function storedEntry(entry: LogEntry, pointer: ValuePointer): StoredEntry {
  return {
    key: entry.key,
    meta: entry.meta | valuePointerBit,
    expiresAt: entry.expiresAt,
    value: encodeValuePointer(pointer),
  }
}

/** The bit of an entry that belongs to a transaction, in {@link LogEntryHead.meta}. */
const transactionBit = 0x40

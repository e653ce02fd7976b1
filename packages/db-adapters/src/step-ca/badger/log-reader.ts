import type { SourceFile } from '../source-file.ts'
import { crc32c } from './crc32c.ts'
import { type LogEntryHead, maximumHeadLength, parseLogEntryHead } from './value-log.ts'

/** An entry of the value log whose checksum matches. */
export interface LogEntry extends LogEntryHead {
  readonly key: Buffer
}

/** Reads a file of the value log through a window, however long its entries claim to be. */
export interface LogReader {
  /** At most `length` octets from `offset` on: fewer where the file ends. */
  read(offset: number, length: number): Buffer
  /** The head at `offset`; undefined where the file ends within it or none is there. */
  findHead(offset: number): LogEntryHead | undefined
  /** The entry at `offset`; undefined where none is whole and has its checksum. */
  findEntry(offset: number): LogEntry | undefined
}

export function createLogReader(file: SourceFile): LogReader {
  let window: Buffer = Buffer.alloc(0)
  let windowStart = 0

  function read(offset: number, length: number): Buffer {
    const end = Math.min(offset + length, file.size)
    if (offset < windowStart || end > windowStart + window.length) {
      windowStart = offset
      window = file.read(offset, Math.max(0, Math.min(windowLength, file.size - offset)))
    }
    return window.subarray(offset - windowStart, end - windowStart)
  }

  function findHead(offset: number): LogEntryHead | undefined {
    try {
      return parseLogEntryHead(read(offset, maximumHeadLength))
    } catch (error) {
      if (error instanceof RangeError) return undefined
      throw error
    }
  }

  function checksum(offset: number, end: number): number {
    let crc = 0
    for (let position = offset; position < end; position += windowLength) {
      crc = crc32c(read(position, Math.min(windowLength, end - position)), crc)
    }
    return crc
  }

  function findEntry(offset: number): LogEntry | undefined {
    const head = findHead(offset)
    if (head === undefined || offset + head.length > file.size) return undefined
    const key = Buffer.from(read(offset + head.headLength, head.keyLength))
    const end = offset + head.length - 4
    if (checksum(offset, end) !== read(end, 4).readUInt32BE()) return undefined
    return { ...head, key }
  }

  return { read, findHead, findEntry }
}

/** Longer than the longest key. */
const windowLength = 256 * 1024

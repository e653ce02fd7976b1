import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { corrupt, maximumOctets, openSourceFile, type SourceFile } from '../source-file.ts'
import { crc32c } from './crc32c.ts'
import { encrypted } from './manifest.ts'
import { readVarint } from './protobuf.ts'

/** Where an entry of the value log is. */
export interface ValuePointer {
  readonly fileId: number
  readonly offset: number
  /** Of the whole entry. */
  readonly length: number
}

/** What an entry of the value log begins with. */
export interface LogEntryHead {
  readonly meta: number
  /** Unix seconds, 0 for never. */
  readonly expiresAt: number
  readonly keyLength: number
  readonly valueLength: number
  readonly headLength: number
  /** Of the entry: head, key, value and checksum. */
  readonly length: number
}

/** The files NNNNNN.vlog: all that was written, in the order of writing. */
export interface ValueLog {
  /** By their numbers, ascending. */
  readonly files: ReadonlyMap<number, SourceFile>
  /**
   * The value that a pointer leads to; undefined where its file is gone, since Badger moves what is in
   * use out of old files.
   *
   * @throws {StoreError} `store_corrupt` when what is there is damaged or of a key that does not end with `key`.
   */
  readValue(pointer: ValuePointer, key: Buffer): Buffer | undefined
}

/** @throws {StoreError} `store_corrupt` when there is none; `store_unavailable` when it is encrypted. */
export function openValueLog(folder: string): ValueLog {
  const files = new Map<number, SourceFile>()
  const names = existsSync(folder) ? readdirSync(folder) : []
  const ids = names.flatMap((name) => (logName.test(name) ? [Number.parseInt(name, 10)] : []))
  if (ids.length === 0) throw corrupt(folder, 'it holds no value log (files ….vlog)')
  try {
    for (const id of ids.sort((left, right) => left - right)) {
      const file = openSourceFile(join(folder, `${String(id).padStart(6, '0')}.vlog`))
      files.set(id, file)
      assertPlain(file)
    }
  } catch (error) {
    for (const file of files.values()) file.close()
    throw error
  }
  return { files, readValue: (pointer, key) => readValue(files.get(pointer.fileId), pointer, key) }
}

/** Octets before the first entry of a file: the number of a key (none: 0) and an initialization vector. */
export const logHeaderLength = 20

/** Octets that the head of an entry has at most: two of flags, three numbers. */
export const maximumHeadLength = 22

/** Octets of a pointer: file, length and offset, 32 bits little-endian each. */
const pointerLength = 12

/** Undefined for octets that are none. */
export function parseValuePointer(octets: Buffer): ValuePointer | undefined {
  if (octets.length !== pointerLength) return undefined
  return {
    fileId: octets.readUInt32LE(0),
    length: octets.readUInt32LE(4),
    offset: octets.readUInt32LE(8),
  }
}

export function encodeValuePointer({ fileId, offset, length }: ValuePointer): Buffer {
  const octets = Buffer.alloc(pointerLength)
  octets.writeUInt32LE(fileId, 0)
  octets.writeUInt32LE(length, 4)
  octets.writeUInt32LE(offset, 8)
  return octets
}

/** @throws {RangeError} where the octets end within the head, or it is none. */
export function parseLogEntryHead(octets: Buffer): LogEntryHead {
  const reader = { octets, position: 2 }
  const keyLength = Number(readVarint(reader))
  const valueLength = Number(readVarint(reader))
  const expiresAt = Number(readVarint(reader))
  if (keyLength > 65536 || valueLength >= 2 ** 32) throw new RangeError('a length is not believed')
  const headLength = reader.position
  const length = headLength + keyLength + valueLength + 4
  return { meta: octets.readUInt8(0), expiresAt, keyLength, valueLength, headLength, length }
}

function readValue(
  file: SourceFile | undefined,
  pointer: ValuePointer,
  key: Buffer,
): Buffer | undefined {
  if (file === undefined) return undefined
  const refuse = (problem: string, cause?: unknown) =>
    corrupt(file.path, `the entry at ${pointer.offset}: ${problem}`, cause)
  if (pointer.length < 8 || pointer.length > maximumOctets)
    throw refuse('its length is not believed')
  const entry = file.read(pointer.offset, pointer.length)
  const end = entry.length - 4
  if (crc32c(entry.subarray(0, end)) !== entry.readUInt32BE(end)) {
    file.assertUnchanged()
    throw refuse('the checksum does not match')
  }
  const head = parseHead(entry, refuse)
  if (head.length !== entry.length) throw refuse('its length is wrong')
  const valueStart = head.headLength + head.keyLength
  const written = entry.subarray(head.headLength, valueStart)
  // A moved entry has a prefix before its key, so only the end is compared.
  if (written.length < key.length || !written.subarray(-key.length).equals(key)) {
    throw refuse('it is of another key')
  }
  return entry.subarray(valueStart, end)
}

function parseHead(
  entry: Buffer,
  refuse: (problem: string, cause: unknown) => Error,
): LogEntryHead {
  try {
    return parseLogEntryHead(entry)
  } catch (error) {
    throw refuse('its head is damaged', error)
  }
}

function assertPlain(file: SourceFile): void {
  if (file.size < logHeaderLength) return
  if (file.read(0, 8).some((octet) => octet !== 0)) throw encrypted(file.path)
}

const logName = /^\d{1,10}\.vlog$/

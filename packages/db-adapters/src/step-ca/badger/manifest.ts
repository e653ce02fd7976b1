import { join } from 'node:path'
import { StoreError } from '../../errors.ts'
import { corrupt, openSourceFile } from '../source-file.ts'
import { type Compression, compressionByNumber } from './compression.ts'
import { crc32c } from './crc32c.ts'
import { parseProtobuf } from './protobuf.ts'

/** A sorted table that is in use, as MANIFEST says. */
export interface LiveTable {
  readonly id: number
  /** 0 for tables as they were flushed, which overlap; from 1 on those of one level do not. */
  readonly level: number
  readonly compression: Compression
}

/**
 * The tables that are in use, and all of the file, which tells one state from another.
 *
 * The file is a log of sets of changes, each with a checksum and valid as a whole. A set that the end of
 * the file cuts off was never in force: Badger writes and syncs it before it gives up what the set replaces.
 *
 * @throws {StoreError} `store_corrupt`; `store_unavailable` when it is of another version or encrypted.
 */
export function readManifest(folder: string): { tables: readonly LiveTable[]; octets: Buffer } {
  const path = join(folder, 'MANIFEST')
  const file = openSourceFile(path)
  try {
    const octets = file.read(0, file.size)
    return { tables: replayChanges(path, octets), octets }
  } catch (error) {
    if (error instanceof StoreError) throw error
    throw corrupt(path, error instanceof Error ? error.message : 'it cannot be read', error)
  } finally {
    file.close()
  }
}

function replayChanges(path: string, octets: Buffer): readonly LiveTable[] {
  if (octets.toString('latin1', 0, 4) !== 'Bdgr') throw corrupt(path, 'it is not one of Badger')
  assertVersion(path, octets.readUInt32BE(4))
  const tables = new Map<number, LiveTable>()
  for (let position = 8; position < octets.length; ) {
    const start = position + 8
    if (start > octets.length) break
    const length = octets.readUInt32BE(position)
    const checksum = octets.readUInt32BE(position + 4)
    if (start + length > octets.length) {
      assertCutOff(path, octets.subarray(start), checksum)
      break
    }
    const set = octets.subarray(start, start + length)
    if (crc32c(set) !== checksum) throw corrupt(path, `the checksum at ${position} does not match`)
    for (const field of parseProtobuf(set)) {
      if (field.number === 1) applyChange(path, tables, field.octets)
    }
    position = start + length
  }
  return [...tables.values()]
}

function assertVersion(path: string, version: number): void {
  if (version === 7) return
  const hints = new Map([
    [
      4,
      'it is of Badger 1 ("type": "badger" or "badgerv1"), which is not read: start from MySQL, PostgreSQL, bbolt or badgerv2',
    ],
    [8, 'it is of Badger 3 or 4, which step-ca does not use'],
  ])
  throw new StoreError('store_unavailable', `${path}: version ${version} is not supported`, {
    hint: hints.get(version) ?? 'only databases of Badger 2 ("type": "badgerv2") are read',
  })
}

/** Refuses a set that is whole but says it were longer than the file: only what is cut off may be left out. */
function assertCutOff(path: string, rest: Buffer, checksum: number): void {
  let crc = 0
  for (let end = 0; end < rest.length; end += 1) {
    if (crc === checksum) throw corrupt(path, 'a set of changes has a wrong length')
    crc = crc32c(rest.subarray(end, end + 1), crc)
  }
  if (crc === checksum) throw corrupt(path, 'a set of changes has a wrong length')
}

function applyChange(path: string, tables: Map<number, LiveTable>, change: Buffer): void {
  const { id, operation, level, keyId, compression } = parseChange(change)
  if (operation === 1) {
    if (!tables.delete(id)) throw corrupt(path, `it removes table ${id}, which is not there`)
    return
  }
  if (operation !== 0) throw corrupt(path, `a change of kind ${operation} is not known`)
  if (tables.has(id)) throw corrupt(path, `it makes table ${id} twice`)
  if (keyId !== 0) throw encrypted(path)
  const name = compressionByNumber(compression)
  if (name === undefined) throw corrupt(path, `a compression of kind ${compression} is not known`)
  tables.set(id, { id, level, compression: name })
}

function parseChange(change: Buffer): ManifestChange {
  const numbers = new Map<number, number>()
  for (const field of parseProtobuf(change)) numbers.set(field.number, Number(field.integer))
  return {
    id: numbers.get(1) ?? 0,
    operation: numbers.get(2) ?? 0,
    level: numbers.get(3) ?? 0,
    keyId: numbers.get(4) ?? 0,
    compression: numbers.get(6) ?? 0,
  }
}

/** The refusal of a database whose files are encrypted. */
export function encrypted(path: string): StoreError {
  return new StoreError('store_unavailable', `${path}: the database is encrypted`, {
    hint: 'step-ca never encrypts its database; have it decrypted by the program that did',
  })
}

interface ManifestChange {
  readonly id: number
  /** 0 makes a table, 1 removes it. */
  readonly operation: number
  readonly level: number
  /** 0 where nothing is encrypted. */
  readonly keyId: number
  readonly compression: number
}

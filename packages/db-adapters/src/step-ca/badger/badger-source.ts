import { createHash } from 'node:crypto'
import { statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { StoreError } from '../../errors.ts'
import { assertNotInUse } from '../lock-holder.ts'
import { corrupt, type SourceFile } from '../source-file.ts'
import type { StepCaRow, StepCaSource } from '../step-ca-source.ts'
import { type EntrySource, isDeleted, isValuePointer, type StoredEntry } from './entry-cursor.ts'
import { assertNotEncrypted } from './key-registry.ts'
import { type LiveTable, readManifest } from './manifest.ts'
import { mergeSources } from './merged-entries.ts'
import { replayValueLog } from './replay.ts'
import { openSortedTable, type SortedTable } from './sorted-table.ts'
import { isSameKey, newestVersionOf } from './stored-key.ts'
import { joinLevel } from './table-level.ts'
import { keyLengths, tableRows } from './table-rows.ts'
import { openValueLog, parseValuePointer, type ValueLog, type ValuePointer } from './value-log.ts'

/** Where a database of Badger is. */
export interface BadgerFolder {
  /** step-ca's `db.dataSource`. */
  readonly path: string
  /** step-ca's `db.valueDir`, the folder of the value log; by default the same. */
  readonly valuePath?: string | undefined
  /** The clock that judges entries with an end; step-ca writes none. */
  readonly now: () => Date
}

/**
 * Opens the folder of a database of Badger 2, as step-ca's `badgerv2` leaves it, stopped in order or
 * killed: what only the value log holds is read from there. Of that the
 * keys stay in memory, where a running step-ca has the values too.
 *
 * Each octet that is relied on is verified by its checksum.
 *
 * @throws {StoreError} `store_unavailable` when the folder is in use, encrypted or of another version;
 * `store_corrupt` when it is damaged.
 */
export async function openBadgerFolder(folder: BadgerFolder): Promise<StepCaSource> {
  const { path, valuePath = path } = folder
  for (const place of new Set([path, valuePath])) {
    assertFolder(place)
    assertNotInUse(place)
  }
  assertNotEncrypted(path)
  const manifest = readManifest(path)
  const log = openValueLog(valuePath)
  const tables: { readonly live: LiveTable; readonly table: SortedTable }[] = []
  const files = () => [...tables.map(({ table }) => table.file), ...log.files.values()]
  try {
    for (const live of manifest.tables) tables.push({ live, table: openLiveTable(path, live) })
    const flushed = mergeSources(orderSources(tables))
    const unflushed = replayValueLog(log, findHead(path, flushed))
    const entries = mergeSources([unflushed, flushed])
    const digest = digestState(manifest.octets, files())
    return createSource(folder, entries, log, files(), digest)
  } catch (error) {
    for (const file of files()) file.close()
    throw inFolder(path, error)
  }
}

function createSource(
  { path, now }: BadgerFolder,
  entries: EntrySource,
  log: ValueLog,
  files: readonly SourceFile[],
  digest: string,
): StepCaSource {
  let isClosed = false
  const lengths = new Map<string, readonly number[]>()
  const assertReadable = () => {
    if (isClosed) throw new StoreError('store_closed', `${path} has been closed`)
  }
  const assertUnchanged = () => {
    for (const file of files) file.assertUnchanged()
  }
  const isVisible = (entry: StoredEntry) =>
    !isDeleted(entry) &&
    (entry.expiresAt === 0 || entry.expiresAt > Math.floor(now().getTime() / 1000))

  async function* visibleRows(table: string, after?: Uint8Array) {
    let count = 0
    try {
      assertReadable()
      const known = lengths.get(table) ?? keyLengths(entries, table)
      lengths.set(table, known)
      for (const row of tableRows(entries, table, known, after)) {
        if (isVisible(row.entry)) yield row
        count += 1
        if (count % rowsPerTurn === 0) await setImmediate()
        assertReadable()
      }
      assertUnchanged()
    } catch (error) {
      throw inFolder(path, error)
    }
  }

  async function* rows(table: string, after?: Uint8Array): AsyncGenerator<StepCaRow> {
    for await (const { key, entry } of visibleRows(table, after)) {
      assertReadable()
      // Copies: what was read with them is not held in memory for the sake of a row.
      yield {
        key: Uint8Array.from(key),
        value: Uint8Array.from(readValue(path, entries, log, entry)),
      }
    }
  }

  return {
    kind: 'badger',
    description: `Badger folder ${path}`,
    async stateDigest() {
      assertReadable()
      assertUnchanged()
      return digest
    },
    async countRows(table) {
      let count = 0
      for await (const _ of visibleRows(table)) count += 1
      return count
    },
    rows,
    async [Symbol.asyncDispose]() {
      if (isClosed) return
      isClosed = true
      for (const file of files) file.close()
    },
  }
}

/** The value of an entry, from the value log where it is there. */
function readValue(path: string, entries: EntrySource, log: ValueLog, entry: StoredEntry): Buffer {
  if (!isValuePointer(entry)) return entry.value
  const value = log.readValue(pointerOf(path, entry), entry.key)
  if (value !== undefined) return value
  // Badger moves values out of files it gives up, and notes where to under a key of its own.
  const movedKey = Buffer.concat([movedKeyName, entry.key])
  const moved = entries.seek(movedKey).current
  if (moved?.key.equals(movedKey)) {
    if (!isValuePointer(moved)) return moved.value
    const found = log.readValue(pointerOf(path, moved), entry.key)
    if (found !== undefined) return found
  }
  throw corrupt(path, 'a file of the value log that holds a row is not there')
}

function pointerOf(path: string, { value }: StoredEntry): ValuePointer {
  const pointer = parseValuePointer(value)
  if (pointer === undefined) throw corrupt(path, 'a value pointer has a wrong length')
  return pointer
}

/** Newest first: the tables as they were flushed, the latest first, then the levels. */
function orderSources(
  tables: readonly { readonly live: LiveTable; readonly table: SortedTable }[],
): readonly EntrySource[] {
  const flushed = tables
    .filter(({ live }) => live.level === 0)
    .sort((left, right) => right.live.id - left.live.id)
  const levels = [...new Set(tables.map(({ live }) => live.level))]
    .filter((level) => level > 0)
    .sort((left, right) => left - right)
  return [
    ...flushed.map(({ table }) => table),
    ...levels.map((level) =>
      joinLevel(tables.filter(({ live }) => live.level === level).map(({ table }) => table)),
    ),
  ]
}

/** The last entry of the value log that a table holds, as Badger notes with each table that it flushes. */
function findHead(path: string, flushed: EntrySource): ValuePointer | undefined {
  const key = newestVersionOf(headKeyName)
  const entry = flushed.seek(key).current
  if (entry === undefined || !isSameKey(entry.key, key)) {
    if (flushed.seek(newestVersionOf(Buffer.alloc(0))).current === undefined) return undefined
    throw corrupt(path, 'no table says up to where the value log is in the tables')
  }
  return pointerOf(path, entry)
}

function openLiveTable(path: string, live: LiveTable): SortedTable {
  const file = join(path, `${String(live.id).padStart(6, '0')}.sst`)
  if (statSync(file, { throwIfNoEntry: false }) === undefined) {
    throw corrupt(file, 'it is not there, though MANIFEST names it')
  }
  return openSortedTable(file, live.compression)
}

/** Each write makes a file of the value log longer, and each flush and compaction changes MANIFEST. */
function digestState(manifest: Buffer, files: readonly SourceFile[]): string {
  const hash = createHash('sha256').update(`${manifest.length}:`).update(manifest)
  for (const { path, size, read } of files) {
    const length = Math.min(size, 4096)
    hash.update(`${basename(path)}:${size}:`).update(read(size - length, length))
  }
  return hash.digest('hex')
}

function assertFolder(path: string): void {
  try {
    if (statSync(path).isDirectory()) return
  } catch (error) {
    throw new StoreError('store_unavailable', `${path} cannot be opened`, { cause: error })
  }
  throw new StoreError('store_unavailable', `${path} is not a folder`)
}

/** What parsers throw, with the folder it was met in. */
function inFolder(path: string, error: unknown): unknown {
  return error instanceof RangeError ? corrupt(path, error.message, error) : error
}

const headKeyName = Buffer.from('!badger!head')
const movedKeyName = Buffer.from('!badger!move')
const rowsPerTurn = 256

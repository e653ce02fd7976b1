import type { EntryCursor, EntrySource, StoredEntry } from './entry-cursor.ts'
import { compareStoredKeys, isSameKey } from './stored-key.ts'

/**
 * Joins sources into one, in the order of the stored keys. Of entries with the same key and version the
 * one of the earlier source counts: the sources come newest first.
 */
export function mergeSources(sources: readonly EntrySource[]): EntrySource {
  return { seek: (from) => merge(sources.map((source) => source.seek(from))) }
}

function merge(cursors: readonly EntryCursor[]): EntryCursor {
  let current = smallest(cursors)
  return {
    get current() {
      return current
    },
    advance() {
      if (current === undefined) return
      for (const cursor of cursors) {
        const entry = cursor.current
        if (entry !== undefined && compareStoredKeys(entry.key, current.key) === 0) cursor.advance()
      }
      current = smallest(cursors)
    },
  }
}

function smallest(cursors: readonly EntryCursor[]): StoredEntry | undefined {
  let found: StoredEntry | undefined
  for (const cursor of cursors) {
    const entry = cursor.current
    if (entry === undefined) continue
    if (found === undefined || compareStoredKeys(entry.key, found.key) < 0) found = entry
  }
  return found
}

/** The newest version of each key that begins with `prefix`, deleted ones too, from the stored key `from` on. */
export function* newestVersions(
  source: EntrySource,
  prefix: Buffer,
  from: Buffer,
): Generator<StoredEntry> {
  const cursor = source.seek(from)
  let previous: Buffer | undefined
  for (let entry = cursor.current; entry !== undefined; entry = cursor.current) {
    if (!beginsWith(entry.key, prefix)) return
    if (previous === undefined || !isSameKey(previous, entry.key)) yield entry
    previous = entry.key
    cursor.advance()
  }
}

/** Whether a stored key without its version begins with `prefix`. */
export function beginsWith(key: Buffer, prefix: Buffer): boolean {
  return key.length - 8 >= prefix.length && key.subarray(0, prefix.length).equals(prefix)
}

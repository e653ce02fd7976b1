import { corrupt } from '../source-file.ts'
import type { EntryCursor, EntrySource } from './entry-cursor.ts'
import type { SortedTable } from './sorted-table.ts'
import { compareStoredKeys } from './stored-key.ts'

/**
 * The tables of one level from 1 on, as one source: they do not overlap, so one of them is read at a time.
 *
 * @throws {StoreError} `store_corrupt` when they do overlap.
 */
export function joinLevel(tables: readonly SortedTable[]): EntrySource {
  const sorted = [...tables].sort((left, right) => compareStoredKeys(left.smallest, right.smallest))
  for (const [index, table] of sorted.entries()) {
    const next = sorted[index + 1]
    if (next !== undefined && compareStoredKeys(table.biggest, next.smallest) >= 0) {
      throw corrupt(table.file.path, `it overlaps with ${next.file.path}`)
    }
  }
  return {
    seek(from) {
      const found = sorted.findIndex((table) => compareStoredKeys(table.biggest, from) >= 0)
      return chain(sorted, found === -1 ? sorted.length : found, from)
    },
  }
}

function chain(tables: readonly SortedTable[], first: number, from: Buffer): EntryCursor {
  let index = first
  let cursor = tables[index]?.seek(from)
  return {
    get current() {
      return cursor?.current
    },
    advance() {
      cursor?.advance()
      while (cursor !== undefined && cursor.current === undefined) {
        index += 1
        const table = tables[index]
        cursor = table?.seek(table.smallest)
      }
    },
  }
}

/** A stored entry: one version of one key. */
export interface StoredEntry {
  /** With its version. */
  readonly key: Buffer
  readonly meta: number
  /** Unix seconds, 0 for never. */
  readonly expiresAt: number
  /** The value itself, or where {@link isValuePointer} holds, where in the value log it is. */
  readonly value: Buffer
}

/** Goes through stored entries in the order of their stored keys. */
export interface EntryCursor {
  /** Undefined behind the last entry. */
  readonly current: StoredEntry | undefined
  advance(): void
}

/** Somewhere stored entries are. */
export interface EntrySource {
  /** A cursor on the first entry whose stored key is `from` or greater. */
  seek(from: Buffer): EntryCursor
}

export function isDeleted(entry: StoredEntry): boolean {
  return (entry.meta & 0x01) !== 0
}

export function isValuePointer(entry: StoredEntry): boolean {
  return (entry.meta & valuePointerBit) !== 0
}

/** The bit of {@link StoredEntry.meta} that says the value is in the value log. */
export const valuePointerBit = 0x02

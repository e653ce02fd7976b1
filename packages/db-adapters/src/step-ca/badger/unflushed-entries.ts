import type { EntryCursor, EntrySource, StoredEntry } from './entry-cursor.ts'
import { compareStoredKeys } from './stored-key.ts'

/**
 * The entries that only the value log holds. Their keys are kept in memory, packed, and where their
 * values are; the values are not. Badger holds the same entries in memory, up to some 64 MiB of them at
 * a time, values included.
 */
export class UnflushedEntries implements EntrySource {
  /** Keys and what else is known of entries, one behind the other, in chunks. */
  readonly #chunks: Buffer[] = []
  #used = chunkLength
  /** Where each entry is: the chunk's number times the chunk's length, and the place in it. */
  readonly #places: number[] = []

  add(entry: StoredEntry): void {
    const length = headLength + entry.key.length + entry.value.length
    if (this.#used + length > chunkLength) {
      this.#chunks.push(Buffer.allocUnsafe(chunkLength))
      this.#used = 0
    }
    const chunk = this.#chunks.at(-1)
    if (chunk === undefined) return
    let position = chunk.writeUInt32LE(entry.key.length, this.#used)
    position = chunk.writeUInt8(entry.value.length, position)
    position = chunk.writeUInt8(entry.meta, position)
    position = chunk.writeDoubleLE(entry.expiresAt, position)
    position += entry.key.copy(chunk, position)
    position += entry.value.copy(chunk, position)
    this.#places.push((this.#chunks.length - 1) * chunkLength + this.#used)
    this.#used = position
  }

  /** To be called when all have been added: of the same stored key the last added comes first and counts. */
  sort(): void {
    this.#places.sort(
      (left, right) => compareStoredKeys(this.#at(left).key, this.#at(right).key) || right - left,
    )
  }

  seek(from: Buffer): EntryCursor {
    let low = 0
    let high = this.#places.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const entry = this.#entry(middle)
      if (entry !== undefined && compareStoredKeys(entry.key, from) < 0) low = middle + 1
      else high = middle
    }
    return this.#cursor(low)
  }

  #cursor(start: number): EntryCursor {
    let index = start
    let current = this.#entry(index)
    const advance = () => {
      const previous = current
      do {
        index += 1
        current = this.#entry(index)
      } while (
        previous !== undefined &&
        current !== undefined &&
        compareStoredKeys(previous.key, current.key) === 0
      )
    }
    return {
      get current() {
        return current
      },
      advance,
    }
  }

  #entry(index: number): StoredEntry | undefined {
    const place = this.#places[index]
    return place === undefined ? undefined : this.#at(place)
  }

  #at(place: number): StoredEntry {
    const chunk = this.#chunks[Math.floor(place / chunkLength)] ?? Buffer.alloc(chunkLength)
    const start = place % chunkLength
    const keyStart = start + headLength
    const valueStart = keyStart + chunk.readUInt32LE(start)
    return {
      key: chunk.subarray(keyStart, valueStart),
      value: chunk.subarray(valueStart, valueStart + chunk.readUInt8(start + 4)),
      meta: chunk.readUInt8(start + 5),
      expiresAt: chunk.readDoubleLE(start + 6),
    }
  }
}

const headLength = 14
/** A key is at most 65536 octets long, so each entry fits. */
const chunkLength = 1024 * 1024

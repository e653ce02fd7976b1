import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { StoreError } from '../errors.ts'

/** No value, block or page of step-ca comes near it; what claims to be longer is not believed. */
export const maximumOctets = 67_108_864

/** A file of a database, opened for reading alone; what it held when opened is what is read. */
export interface SourceFile {
  readonly path: string
  /** In octets. */
  readonly size: number
  /**
   * Exactly `length` octets from `offset` on.
   *
   * @throws {StoreError} `store_corrupt` where the file ends before, or for a length beyond 64 MiB.
   */
  read(offset: number, length: number): Buffer
  /** @throws {StoreError} `store_unavailable` when the file has changed since it was opened. */
  assertUnchanged(): void
  close(): void
}

/** @throws {StoreError} `store_unavailable` when the file cannot be opened or is none. */
export function openSourceFile(path: string): SourceFile {
  const descriptor = openReadable(path)
  const opened = fstatSync(descriptor, { bigint: true })
  if (!opened.isFile()) {
    closeSync(descriptor)
    throw new StoreError('store_unavailable', `${path} is not a file`)
  }
  const size = Number(opened.size)

  function assertUnchanged(): void {
    const now = fstatSync(descriptor, { bigint: true })
    if (now.size === opened.size && now.mtimeNs === opened.mtimeNs) return
    throw new StoreError('store_unavailable', `${path} was changed while it was being read`, {
      hint: 'stop step-ca before its database is read, or read a copy made while it was stopped',
    })
  }

  function read(offset: number, length: number): Buffer {
    if (length > maximumOctets) throw corrupt(path, `a length of ${length} octets is not believed`)
    if (offset < 0 || offset + length > size) {
      assertUnchanged()
      throw corrupt(path, `${length} octets at ${offset} lie outside the file (${size} octets)`)
    }
    const octets = Buffer.allocUnsafe(length)
    for (let filled = 0; filled < length; ) {
      const count = readOctets(path, descriptor, octets, filled, offset + filled)
      if (count === 0) {
        assertUnchanged()
        throw corrupt(path, `the file ends at ${offset + filled}`)
      }
      filled += count
    }
    return octets
  }

  return { path, size, read, assertUnchanged, close: () => closeSync(descriptor) }
}

/** A refusal of what a file holds, with the ways out that there are. */
export function corrupt(path: string, problem: string, cause?: unknown): StoreError {
  return new StoreError('store_corrupt', `${path}: ${problem}`, {
    cause,
    hint: 'read a copy of the whole folder or file, made while step-ca was stopped, or a backup',
  })
}

function openReadable(path: string): number {
  try {
    return openSync(path, 'r')
  } catch (error) {
    throw new StoreError('store_unavailable', `${path} cannot be opened`, { cause: error })
  }
}

function readOctets(
  path: string,
  descriptor: number,
  octets: Buffer,
  start: number,
  offset: number,
): number {
  try {
    return readSync(descriptor, octets, start, octets.length - start, offset)
  } catch (error) {
    throw new StoreError('store_unavailable', `${path} cannot be read`, { cause: error })
  }
}

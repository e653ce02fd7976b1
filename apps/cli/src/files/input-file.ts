import { closeSync, openSync, readSync } from 'node:fs'
import { CommandError } from '../framework/errors.ts'
import type { Io } from '../io.ts'
import { reasonOf } from './system-error.ts'

/**
 * Reads a file, or standard input when its name is `-`; no more than {@link maximumInputOctets}.
 *
 * @throws {CommandError} `file_unreadable`, in the words that `failure` makes of the name and the reason.
 */
export async function readInput(
  io: Io,
  path: string,
  failure: (path: string, reason: string) => string = openFailed,
): Promise<Buffer> {
  try {
    return path === '-' ? await readStream(io.stdin) : readFile(path)
  } catch (cause) {
    throw new CommandError('file_unreadable', failure(path, reasonOf(cause)), { cause })
  }
}

/** `open x failed: no such file or directory` */
function openFailed(path: string, reason: string): string {
  return `open ${path} failed: ${reason}`
}

/** `error reading "x": no such file or directory` */
export function errorReading(path: string, reason: string): string {
  return `error reading "${path}": ${reason}`
}

/** A bundle of all the world's roots takes a hundredth of it; a device such as /dev/zero never ends. */
const maximumInputOctets = 64 * 1024 * 1024

function readFile(path: string): Buffer {
  const file = openSync(path, 'r')
  try {
    return gather(() => {
      const chunk = Buffer.allocUnsafe(chunkOctets)
      return chunk.subarray(0, readSync(file, chunk))
    })
  } finally {
    closeSync(file)
  }
}

/** Gathers chunks until an empty one comes. */
function gather(read: () => Buffer): Buffer {
  const chunks: Buffer[] = []
  let length = 0
  for (let chunk = read(); chunk.length > 0; chunk = read()) {
    length += chunk.length
    assertBounded(length)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, length)
}

async function readStream(stream: Io['stdin']): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of stream) {
    length += chunk.length
    assertBounded(length)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, length)
}

function assertBounded(length: number): void {
  if (length <= maximumInputOctets) return
  throw new RangeError(`it exceeds ${maximumInputOctets / 1024 / 1024} MiB`)
}

const chunkOctets = 65_536

import { readFileSync } from 'node:fs'
import { CommandError } from '../framework/errors.ts'
import type { Io } from '../io.ts'
import { reasonOf } from './system-error.ts'

/**
 * Reads a file, or standard input when its name is `-`.
 *
 * @throws {CommandError} `file_unreadable`, in the words that `failure` makes of the name and the reason.
 */
export async function readInput(
  io: Io,
  path: string,
  failure: (path: string, reason: string) => string = openFailed,
): Promise<Buffer> {
  try {
    if (path !== '-') return readFileSync(path)
    const { buffer } = await import('node:stream/consumers')
    return await buffer(io.stdin)
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

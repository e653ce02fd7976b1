import type { JsonObject } from '@mayfly/authority-core/config'
import { errorReading, readInput } from '../../files/input-file.ts'
import { CommandError } from '../../framework/errors.ts'
import type { Io } from '../../io.ts'
import { asObject } from '../provisioner/members.ts'

/**
 * Reads a JSON object from a file, `-` being standard input.
 *
 * @throws {CommandError} `file_unreadable`
 */
export async function loadDocument(io: Io, path: string): Promise<JsonObject> {
  const text = (await readInput(io, path, errorReading)).toString().replace(/^\uFEFF/, '')
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return asObject(value)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new CommandError('file_unreadable', `error parsing ${path}: ${reason}`, { cause })
  }
  throw new CommandError('file_unreadable', `error parsing ${path}: it is no JSON object`)
}

import { closeSync, openSync, rmSync } from 'node:fs'
import { parseJwkSet } from '@mayfly/jwt-tokens'
import { unlinkIfStopped } from '../../../../files/abandoned-file.ts'
import { readInput } from '../../../../files/input-file.ts'
import { writeOutputFile } from '../../../../files/output-file.ts'
import { isMissing, reasonOf } from '../../../../files/system-error.ts'
import { CommandError } from '../../../../framework/errors.ts'
import type { Io } from '../../../../io.ts'

/** A key of a set, with all its members as they stand. */
export type KeySetEntry = Readonly<Record<string, unknown>>

/**
 * The keys of a file; none where it is missing or empty.
 *
 * @throws {CommandError} `file_unreadable`, `key_unfit`
 */
export async function loadKeySetFile(io: Io, path: string): Promise<readonly KeySetEntry[]> {
  const octets = await readInput(io, path).catch((error: unknown) => {
    if (error instanceof CommandError && isMissing(error.cause)) return undefined
    throw error
  })
  const text = octets?.toString() ?? ''
  if (text.trim() === '') return []
  try {
    // Refuses what is no set of keys; the members that it does not know are kept all the same.
    parseJwkSet(text)
    const { keys } = JSON.parse(text)
    return keys
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new CommandError('key_unfit', `error reading ${path}: ${reason}`, { cause })
  }
}

/**
 * Changes the keys of a file, while nobody else does: a lock file beside it says so.
 *
 * @throws {CommandError} `file_unreadable` when it is locked.
 */
export async function updateKeySetFile(
  io: Io,
  path: string,
  update: (keys: readonly KeySetEntry[]) => readonly KeySetEntry[],
): Promise<void> {
  using _lock = lockFile(path)
  const keys = update(await loadKeySetFile(io, path))
  await writeOutputFile(path, JSON.stringify({ keys }, undefined, 2))
}

function lockFile(path: string): Disposable {
  const lock = `${path}.lock`
  const guard = unlinkIfStopped(lock)
  try {
    closeSync(openSync(lock, 'wx', 0o600))
  } catch (cause) {
    guard[Symbol.dispose]()
    throw lockRefused(path, lock, cause)
  }
  return {
    [Symbol.dispose]: () => {
      guard[Symbol.dispose]()
      rmSync(lock, { force: true })
    },
  }
}

function lockRefused(path: string, lock: string, cause: unknown): CommandError {
  if (!(cause instanceof Error) || !('code' in cause) || cause.code !== 'EEXIST') {
    return new CommandError('file_unwritable', `open ${path} failed: ${reasonOf(cause)}`, { cause })
  }
  return new CommandError('file_unreadable', `error reading ${path}: file is locked`, {
    cause,
    hint: `remove ${lock} if no other command works on it`,
  })
}

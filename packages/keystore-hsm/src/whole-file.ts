import { randomBytes } from 'node:crypto'
import type { Stats } from 'node:fs'
import { link, open, realpath, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { KeystoreError } from './errors.ts'
import { describeFileError } from './file-error.ts'
import { syncFolder } from './sync-folder.ts'

/** How {@link writeFileWhole} writes. */
export interface WriteFileWholeOptions {
  /** Permissions of a file that is not there yet, default 0600. An existing one keeps its own. */
  readonly mode?: number | undefined
  /** Permissions beyond these are taken from an existing file, too; default none are. */
  readonly maximumMode?: number | undefined
  /** Path of another file, from which a file that is not there yet takes mode and owner, if that one is there. */
  readonly like?: string | undefined
  /** Whether a file that is there may be replaced, default true. */
  readonly overwrite?: boolean | undefined
}

/**
 * Writes a file so that a reader, a full disk or a power cut sees either the old contents or all of the
 * new: a temporary file beside it is written, synced and renamed, then the folder is synced. An existing
 * file keeps its mode and owner; a symbolic link is followed and stays, but one that leads nowhere is
 * replaced.
 *
 * @throws {KeystoreError} `key_file_exists` when it may not be replaced, also if it came to be only while
 * the new one was written; `key_file_unwritable`. The old file is then as it was, and nothing is left over.
 */
export async function writeFileWhole(
  path: string,
  data: string | Uint8Array,
  { mode = 0o600, maximumMode = 0o7777, like, overwrite = true }: WriteFileWholeOptions = {},
): Promise<void> {
  try {
    const existing = overwrite ? await findFile(path) : undefined
    const target = existing?.path ?? path
    const model = existing ?? (like === undefined ? undefined : await findFile(like))
    const { uid, gid } = model?.stats ?? {}
    const ownership = { mode: (model?.stats.mode ?? mode) & maximumMode, uid, gid }
    // A link is made only where nothing is, a renamed file goes over what is there.
    await place(target, data, ownership, overwrite ? rename : link)
    await syncFolder(dirname(target))
  } catch (cause) {
    if (cause instanceof KeystoreError) throw cause
    if (!overwrite && hasCode(cause, 'EEXIST')) throw fileExists(path)
    throw new KeystoreError(
      'key_file_unwritable',
      `write ${path} failed: ${describeFileError(cause)}`,
      { cause },
    )
  }
}

/** Says that a file is there which may not be replaced. */
export function fileExists(path: string): KeystoreError {
  return new KeystoreError('key_file_exists', `${path} exists`, {
    hint: 'Choose another file, or ask for it to be replaced.',
  })
}

/** What the new file gets; a new one has the owner it is made with. */
interface Ownership {
  readonly mode: number
  readonly uid: number | undefined
  readonly gid: number | undefined
}

async function place(
  target: string,
  data: string | Uint8Array,
  ownership: Ownership,
  move: (from: string, to: string) => Promise<void>,
): Promise<void> {
  const temporary = join(
    dirname(target),
    `.${basename(target)}.${randomBytes(8).toString('hex')}.tmp`,
  )
  try {
    await writeSynced(temporary, data, ownership)
    await move(temporary, target)
  } finally {
    await rm(temporary, { force: true })
  }
}

async function writeSynced(
  temporary: string,
  data: string | Uint8Array,
  { mode, uid, gid }: Ownership,
): Promise<void> {
  const file = await open(temporary, 'wx', 0o600)
  try {
    await file.writeFile(data)
    const made = await file.stat()
    if (uid !== undefined && gid !== undefined && (uid !== made.uid || gid !== made.gid)) {
      // Not ignored when refused: the old mode with a new group could let strangers read a key.
      await file.chown(uid, gid)
    }
    await file.chmod(mode & 0o7777)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function findFile(path: string): Promise<{ path: string; stats: Stats } | undefined> {
  try {
    const target = await realpath(path)
    const stats = await stat(target)
    if (!stats.isFile()) {
      throw new KeystoreError('key_file_unwritable', `${path} is not a regular file`)
    }
    return { path: target, stats }
  } catch (cause) {
    if (hasCode(cause, 'ENOENT')) return undefined
    throw cause
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

import { randomBytes } from 'node:crypto'
import type { Stats } from 'node:fs'
import { open, realpath, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { KeystoreError } from './errors.ts'
import { describeFileError } from './file-error.ts'

export interface WriteFileWholeOptions {
  /** Permissions of a file that is not there yet, default 0600. An existing one keeps its own. */
  readonly mode?: number | undefined
}

/**
 * Writes a file so that a reader, a full disk or a power cut sees either the old contents or all of the
 * new: a temporary file beside it is written, synced and renamed, then the folder is synced. An existing
 * file keeps its mode and owner; a symbolic link is followed and stays.
 *
 * @throws {KeystoreError} `key_file_unwritable`; the old file is then as it was, and nothing is left over.
 */
export async function writeFileWhole(
  path: string,
  data: string | Uint8Array,
  { mode = 0o600 }: WriteFileWholeOptions = {},
): Promise<void> {
  try {
    const existing = await findFile(path)
    const target = existing?.path ?? path
    await replace(target, data, existing?.stats ?? { mode })
    await syncFolder(dirname(target))
  } catch (cause) {
    if (cause instanceof KeystoreError) throw cause
    throw new KeystoreError(
      'key_file_unwritable',
      `write ${path} failed: ${describeFileError(cause)}`,
      { cause },
    )
  }
}

/** What the new file gets: of an existing file all three, of a new one the mode. */
type Ownership = Pick<Stats, 'mode'> & Partial<Pick<Stats, 'uid' | 'gid'>>

async function replace(
  target: string,
  data: string | Uint8Array,
  ownership: Ownership,
): Promise<void> {
  const temporary = join(
    dirname(target),
    `.${basename(target)}.${randomBytes(8).toString('hex')}.tmp`,
  )
  try {
    await writeSynced(temporary, data, ownership)
    await rename(temporary, target)
  } catch (cause) {
    await rm(temporary, { force: true })
    throw cause
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

/** Makes the rename itself durable. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

async function findFile(path: string): Promise<{ path: string; stats: Stats } | undefined> {
  try {
    const stats = await stat(path)
    if (!stats.isFile()) {
      throw new KeystoreError('key_file_unwritable', `${path} is not a regular file`)
    }
    return { path: await realpath(path), stats }
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined
    throw cause
  }
}

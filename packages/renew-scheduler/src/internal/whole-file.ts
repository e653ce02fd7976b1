import { randomBytes } from 'node:crypto'
import type { Stats } from 'node:fs'
import { type FileHandle, open, realpath, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { RenewalError } from '../errors.ts'
import { describeFileError } from './file-error.ts'

/**
 * Replaces the file that `path` leads to by way of a synced temporary file beside it. Mode and owner of
 * an existing file stay; a new one has mode 0600.
 *
 * @throws {RenewalError} `certificate_unwritable`; the old file is then as it was.
 */
export async function writeFileWhole(path: string, text: string): Promise<void> {
  try {
    const existing = await findStats(path)
    const target = existing === undefined ? path : await realpath(path)
    const temporary = join(
      dirname(target),
      `.${basename(target)}.${randomBytes(8).toString('hex')}`,
    )
    try {
      await withFile(temporary, 'wx', (file) => fill(file, text, existing))
      await rename(temporary, target)
    } finally {
      await rm(temporary, { force: true })
    }
    await withFile(dirname(target), 'r', (folder) => folder.sync())
  } catch (cause) {
    const message = `write ${path} failed: ${describeFileError(cause)}`
    throw new RenewalError('certificate_unwritable', message, { cause })
  }
}

async function fill(file: FileHandle, text: string, existing: Stats | undefined): Promise<void> {
  await file.writeFile(text)
  if (existing !== undefined) {
    const made = await file.stat()
    if (existing.uid !== made.uid || existing.gid !== made.gid) {
      await file.chown(existing.uid, existing.gid)
    }
    await file.chmod(existing.mode & 0o7777)
  }
  await file.sync()
}

async function withFile(
  path: string,
  flags: 'r' | 'wx',
  use: (file: FileHandle) => Promise<void>,
): Promise<void> {
  const file = await open(path, flags, 0o600)
  try {
    await use(file)
  } finally {
    await file.close()
  }
}

async function findStats(path: string): Promise<Stats | undefined> {
  try {
    const stats = await stat(path)
    if (stats.isFile()) return stats
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined
    throw cause
  }
  throw new Error('not a regular file')
}

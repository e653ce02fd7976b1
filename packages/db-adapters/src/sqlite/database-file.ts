import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  type Stats,
  statfsSync,
  statSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { StoreError } from '../errors.ts'
import { findNetworkFileSystem } from './network-file-system.ts'

/** Which file was opened, however it is called now. */
export interface FileIdentity {
  readonly device: number
  readonly inode: number
}

/**
 * Makes the file and its folder where they do not exist, readable by their owner alone, and returns
 * which file it is.
 *
 * An existing file is never opened here: closing it again would drop the locks that SQLite holds on it in
 * this process (POSIX fcntl locks; sqlite.org/howtocorrupt.html, section 2.2).
 *
 * @throws {StoreError} `store_read_only` when it may not be made; `store_unavailable` when it is no file or is
 * on a network file system.
 */
export function prepareDatabaseFile(path: string): FileIdentity {
  try {
    const folder = dirname(path)
    const firstMade = makeFolder(folder)
    assertLocal(path, statfsSync(folder).type)
    if (createFile(path)) syncFolders(folder, firstMade === undefined ? folder : dirname(firstMade))
    const stats = statSync(path)
    if (!stats.isFile()) throw new StoreError('store_unavailable', `${path} is not a file`)
    return identityOf(stats)
  } catch (error) {
    throw translateFileError(error, path)
  }
}

/**
 * Refuses a file system that hosts share, by its number in statfs(2).
 *
 * @throws {StoreError} `store_unavailable`.
 */
export function assertLocal(path: string, fileSystemType: number): void {
  const name = findNetworkFileSystem(fileSystemType)
  if (name === undefined) return
  throw new StoreError('store_unavailable', `${path} is on a network file system (${name})`, {
    hint: 'keep the database on a local disk, or use a database server',
  })
}

/**
 * Refuses to go on when the path no longer leads to the file that was opened: what is written to a
 * deleted or replaced file is lost.
 *
 * @throws {StoreError} `store_unavailable`.
 */
export function assertInPlace(path: string, opened: FileIdentity): void {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats?.dev === opened.device && stats.ino === opened.inode) return
  throw new StoreError('store_unavailable', `${path} was moved, deleted or replaced while in use`, {
    hint: 'put it back, or restart to begin with what is there now',
  })
}

/**
 * Makes a folder and what is missing above it, from the nearest one that is there; returns the highest that was made.
 * Node's own recursive `mkdirSync` never returns under /proc, where a new folder is refused with ENOENT.
 */
function makeFolder(folder: string): string | undefined {
  if (existsSync(folder)) return undefined
  const parent = dirname(folder)
  const firstMade = parent === folder ? undefined : makeFolder(parent)
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    // Another process may have made it meanwhile.
    if (codeOf(error) === 'EEXIST') return firstMade
    throw error
  }
  return firstMade ?? folder
}

/** Returns whether the file is new. */
function createFile(path: string): boolean {
  try {
    closeSync(openSync(path, 'wx', 0o600))
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

/** SQLite syncs the file and its log, but none of the folders that name what is new. */
function syncFolders(lowest: string, highest: string): void {
  syncFolder(lowest)
  if (lowest !== highest) syncFolders(dirname(lowest), highest)
}

function syncFolder(folder: string): void {
  let descriptor: number | undefined
  try {
    descriptor = openSync(folder, 'r')
    fsyncSync(descriptor)
  } catch (error) {
    // A parent may be closed to us, and some systems cannot sync a folder: neither is ours to mend.
    if (!['EACCES', 'EPERM', 'EISDIR', 'EINVAL'].includes(codeOf(error) ?? '')) throw error
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}

function translateFileError(error: unknown, path: string): unknown {
  const code = codeOf(error)
  if (error instanceof StoreError || code === undefined) return error
  if (code === 'EROFS' || code === 'EACCES' || code === 'EPERM') {
    return new StoreError('store_read_only', `${path} cannot be written (${code})`, {
      cause: error,
      hint: 'give the user of this process the right to write the folder',
    })
  }
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new StoreError('store_full', `${path}: the disk is full (${code})`, { cause: error })
  }
  return new StoreError('store_unavailable', `${path} cannot be made (${code})`, {
    cause: error,
    hint: 'name a file whose folder is there or can be made',
  })
}

function identityOf(stats: Stats): FileIdentity {
  return { device: stats.dev, inode: stats.ino }
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

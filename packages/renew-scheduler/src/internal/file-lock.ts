import { randomBytes } from 'node:crypto'
import type { BigIntStats } from 'node:fs'
import { link, lstat, readlink, realpath, rename, rm, symlink, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { describeFileError } from '@mayfly/keystore-hsm'
import { RenewalError } from '../errors.ts'

/** Longer than a renewal can take. By the file system's own clock. */
const staleAfterMilliseconds = 300_000n

/**
 * Takes the right to renew a file, from this and any other process that asks here: a symbolic link beside it that names the
 * process id, which one call makes or finds there. One whose process is gone, or that is older than any renewal (process ids
 * say nothing across containers), is taken over.
 *
 * @throws {RenewalError} `renewal_under_way`; `certificate_unwritable` when nothing can be made there.
 */
export async function lockFile(path: string): Promise<AsyncDisposable> {
  const target = await realpath(path).catch(() => path)
  const lock = join(dirname(target), `.${basename(target)}.lock`)
  try {
    if (!(await tryMake(lock))) await takeOver(lock, path)
  } catch (cause) {
    if (cause instanceof RenewalError) throw cause
    const reason = describeFileError(cause)
    throw new RenewalError('certificate_unwritable', `lock ${path} failed: ${reason}`, { cause })
  }
  return { [Symbol.asyncDispose]: () => unlink(lock).catch(() => undefined) }
}

/** Moves the stale lock away, which only one process can do, then makes its own. */
async function takeOver(lock: string, path: string): Promise<void> {
  const judged = await findStale(lock)
  if (judged === undefined) throw underWay(path)
  const removed = temporary(lock)
  await rename(lock, removed)
  const { ino } = await lstat(removed, { bigint: true })
  // Someone was quicker, and what was moved away is his.
  if (ino !== judged.ino) await link(removed, lock).catch(() => undefined)
  await rm(removed, { force: true })
  if (ino !== judged.ino || !(await tryMake(lock))) throw underWay(path)
}

async function findStale(lock: string): Promise<BigIntStats | undefined> {
  const stats = await lstat(lock, { bigint: true })
  const holder = Number(await readlink(lock))
  if (!Number.isInteger(holder) || holder <= 0 || !isRunning(holder)) return stats
  const isOld = (await fileSystemTime(lock)) - stats.mtimeMs > staleAfterMilliseconds
  return isOld ? stats : undefined
}

async function fileSystemTime(lock: string): Promise<bigint> {
  const probe = temporary(lock)
  await symlink(`${process.pid}`, probe)
  try {
    return (await lstat(probe, { bigint: true })).mtimeMs
  } finally {
    await rm(probe, { force: true })
  }
}

function isRunning(processId: number): boolean {
  try {
    process.kill(processId, 0)
    return true
  } catch (error) {
    // It runs, as another user.
    return hasCode(error, 'EPERM')
  }
}

async function tryMake(lock: string): Promise<boolean> {
  try {
    await symlink(`${process.pid}`, lock)
    return true
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false
    throw error
  }
}

function temporary(lock: string): string {
  return `${lock}.${randomBytes(8).toString('hex')}.tmp`
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

function underWay(path: string): RenewalError {
  return new RenewalError('renewal_under_way', `${path} is being renewed by another program`)
}

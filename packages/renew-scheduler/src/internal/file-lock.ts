import { randomBytes } from 'node:crypto'
import type { BigIntStats } from 'node:fs'
import { link, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { describeFileError } from '@mayfly/keystore-hsm'
import { RenewalError } from '../errors.ts'

/** Longer than a renewal can take. By the file system's own clock. */
const staleAfterMilliseconds = 300_000n

/**
 * Takes the right to renew a file, from this and any other process that asks here: a lock file beside it, which holds the
 * process id. One whose process is gone, or that is older than any renewal, is taken over.
 *
 * @throws {RenewalError} `renewal_under_way`; `certificate_unwritable` when no file can be made there.
 */
export async function lockFile(path: string): Promise<AsyncDisposable> {
  const target = await realpath(path).catch(() => path)
  const lock = join(dirname(target), `.${basename(target)}.lock`)
  const mine = `${lock}.${randomBytes(8).toString('hex')}`
  try {
    await writeFile(mine, `${process.pid}\n`, { flag: 'wx', mode: 0o600 })
    if (!(await tryLink(mine, lock))) await takeOver(lock, mine, path)
  } catch (cause) {
    if (cause instanceof RenewalError) throw cause
    const reason = describeFileError(cause)
    throw new RenewalError('certificate_unwritable', `lock ${path} failed: ${reason}`, { cause })
  } finally {
    await rm(mine, { force: true })
  }
  return { [Symbol.asyncDispose]: () => rm(lock, { force: true }) }
}

/** Moves the stale lock away, which only one process can do, then makes its own. */
async function takeOver(lock: string, mine: string, path: string): Promise<void> {
  const judged = await findStale(lock, mine)
  if (judged === undefined) throw underWay(path)
  const removed = `${mine}.stale`
  await rename(lock, removed)
  const { ino } = await stat(removed, { bigint: true })
  // Someone was quicker, and what was moved away is his.
  if (ino !== judged.ino) await tryLink(removed, lock)
  await rm(removed, { force: true })
  if (ino !== judged.ino || !(await tryLink(mine, lock))) throw underWay(path)
}

async function findStale(lock: string, mine: string): Promise<BigIntStats | undefined> {
  const [stats, { mtimeMs }] = await Promise.all([
    stat(lock, { bigint: true }),
    stat(mine, { bigint: true }),
  ])
  if (mtimeMs - stats.mtimeMs > staleAfterMilliseconds) return stats
  const holder = Number(await readFile(lock, 'utf8'))
  return Number.isInteger(holder) && holder > 0 && isRunning(holder) ? undefined : stats
}

function isRunning(processId: number): boolean {
  try {
    process.kill(processId, 0)
    return true
  } catch (error) {
    // EPERM: it runs, as another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

async function tryLink(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

function underWay(path: string): RenewalError {
  return new RenewalError('renewal_under_way', `${path} is being renewed by another program`)
}

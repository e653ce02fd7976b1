import { createHash, randomBytes } from 'node:crypto'
import { lstat, readlink, realpath, rename, rm, symlink, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { describeFileError } from '@mayfly/keystore-hsm'
import { RenewalError } from '../errors.ts'

/** Longer than a renewal can take. By the file system's own clock. */
const staleAfterMilliseconds = 300_000n

/** The right to renew a file, until it is disposed of. */
export interface FileLock extends AsyncDisposable {
  /** @throws {RenewalError} `renewal_under_way` when it was held for so long that another process has taken it over. */
  assertHeld(): Promise<void>
}

/**
 * Takes the right to renew a file, from this and any other process that asks here: a symbolic link beside it that names the
 * process id, which one call makes or finds there. One whose process is gone, or that is older than any renewal (process ids
 * say nothing across containers), is taken over.
 *
 * @throws {RenewalError} `renewal_under_way`; `certificate_unwritable` when nothing can be made there.
 */
export async function lockFile(path: string): Promise<FileLock> {
  const target = await realpath(path).catch(() => path)
  const lock = join(dirname(target), `.${basename(target)}.lock`)
  const own = `${process.pid}-${randomBytes(8).toString('hex')}`
  if (!(await orUnwritable(path, () => tryLock(lock, own)))) throw underWay(path)
  return {
    async assertHeld() {
      const holder = await orUnwritable(path, () => findHolder(lock))
      if (holder?.text !== own) throw underWay(path)
    },
    [Symbol.asyncDispose]: () => release(lock, own).catch(() => undefined),
  }
}

async function tryLock(lock: string, own: string): Promise<boolean> {
  return (await tryMake(lock, own)) || takeOver(lock, own)
}

/**
 * Replaces a stale lock. Who may is settled by a lock that is named for that very one, so that nobody replaces the lock of
 * who came after; should its holder die too, that lock is taken over in the same way.
 */
async function takeOver(lock: string, own: string): Promise<boolean> {
  const holder = await findHolder(lock)
  if (holder === undefined || !(await isStale(holder, lock))) return false
  const right = `${lock}.${holder.digest}.over`
  if (!(await tryLock(right, own))) return false
  const staged = temporary(lock)
  try {
    if ((await findHolder(lock))?.digest !== holder.digest) return false
    await symlink(own, staged)
    await rename(staged, lock)
    return true
  } finally {
    await rm(staged, { force: true })
    await release(right, own)
  }
}

/** What a lock says, and tells it from any other. */
interface Holder {
  readonly text: string
  readonly madeAt: bigint
  readonly digest: string
}

async function findHolder(lock: string): Promise<Holder | undefined> {
  try {
    const text = await readlink(lock)
    const { ino, mtimeNs, mtimeMs } = await lstat(lock, { bigint: true })
    const digest = createHash('sha256').update(`${ino} ${mtimeNs} ${text}`).digest('hex')
    return { text, madeAt: mtimeMs, digest: digest.slice(0, 16) }
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
}

async function isStale({ text, madeAt }: Holder, lock: string): Promise<boolean> {
  const processId = Number(/^\d+/.exec(text)?.[0])
  if (!(processId > 0 && isRunning(processId))) return true
  return (await fileSystemTime(lock)) - madeAt > staleAfterMilliseconds
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

async function tryMake(lock: string, own: string): Promise<boolean> {
  try {
    await symlink(own, lock)
    return true
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false
    throw error
  }
}

async function release(lock: string, own: string): Promise<void> {
  if ((await findHolder(lock))?.text === own) await unlink(lock)
}

function temporary(lock: string): string {
  return `${lock}.${randomBytes(8).toString('hex')}.tmp`
}

async function orUnwritable<Value>(path: string, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work()
  } catch (cause) {
    const reason = describeFileError(cause)
    throw new RenewalError('certificate_unwritable', `lock ${path} failed: ${reason}`, { cause })
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

function underWay(path: string): RenewalError {
  return new RenewalError('renewal_under_way', `${path} is being renewed by another program`)
}

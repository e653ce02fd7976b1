import { randomBytes } from 'node:crypto'
import { link, readFile, rename, rm, unlink, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { setTimeout } from 'node:timers/promises'
import { codeOf, describeFileError, HostError } from './errors.ts'

/** An exclusive right to change a file, held until it is disposed of or its process ends. */
export interface FileLock extends AsyncDisposable {
  /** A name that no other holder ever has. */
  readonly token: string
}

/** How {@link lockFile} waits. */
export interface LockFileOptions {
  /** How long to wait for another holder, in milliseconds. */
  readonly waitMilliseconds: number
  /** Removes what a holder has left that died, whose {@link FileLock.token} is given. */
  readonly clearAfter: (token: string) => Promise<void>
}

/**
 * Takes the lock of a file: `<path>.lock` beside it, which holds who has it. It comes into being whole and only where
 * nothing is. A dead holder's lock is taken over, by one process alone.
 *
 * @throws {HostError} `configuration_locked` when somebody else keeps it, `file_unwritable`.
 */
export async function lockFile(path: string, options: LockFileOptions): Promise<FileLock> {
  const deadline = performance.now() + options.waitMilliseconds
  for (;;) {
    const outcome = await tryLock(`${path}.lock`, options)
    if ('token' in outcome) return outcome
    if (performance.now() >= deadline) throw locked(path, outcome.holder)
    await setTimeout(pollMilliseconds)
  }
}

async function tryLock(
  path: string,
  { clearAfter }: Pick<LockFileOptions, 'clearAfter'>,
): Promise<FileLock | { readonly holder: Holder | undefined }> {
  try {
    const holder = await readHolder(path)
    if (holder === undefined || (holder !== 'gone' && !(await isDead(holder)))) return { holder }
    const own = await describeOwn()
    // A lock is written in full before it gets its name: nobody ever reads half of one.
    const staged = stagedName(path, own.token)
    try {
      await writeFile(staged, JSON.stringify(own), { flag: 'wx', mode: 0o644 })
      if (holder === 'gone') {
        return (await place(staged, path)) ? held(path, own) : { holder: undefined }
      }
      if (!(await takeOver({ path, staged, holder }))) return { holder }
    } finally {
      await rm(staged, { force: true })
    }
    await rm(stagedName(path, holder.token), { force: true })
    await clearAfter(holder.token)
    return held(path, own)
  } catch (cause) {
    if (cause instanceof HostError) throw cause
    const reason = describeFileError(cause)
    throw new HostError('file_unwritable', `locking ${path} failed: ${reason}`, { cause })
  }
}

function stagedName(path: string, token: string): string {
  return `${path}.${token}`
}

/** Whether the lock was free. */
async function place(staged: string, path: string): Promise<boolean> {
  try {
    await link(staged, path)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

/**
 * Replaces a dead holder's lock. Who may is settled by a lock that is named for that very holder, so that nobody
 * replaces the lock of the one who came after; should its owner die too, that lock is taken over in the same way.
 */
async function takeOver({
  path,
  staged,
  holder,
}: {
  readonly path: string
  readonly staged: string
  readonly holder: Holder
}): Promise<boolean> {
  const right = await tryLock(`${path}.${holder.token}.over`, { clearAfter: async () => undefined })
  if (!('token' in right)) return false
  await using _right = right
  const current = await readHolder(path)
  if (current === 'gone' || current?.token !== holder.token) return false
  await rename(staged, path)
  return true
}

function held(path: string, { token }: Holder): FileLock {
  return {
    token,
    [Symbol.asyncDispose]: async () => {
      const current = await readHolder(path)
      // Someone who removed the lock by hand may have let another holder in.
      if (current !== 'gone' && current?.token === token) await unlink(path)
    },
  }
}

/** Who holds a lock, as it stands in its file. */
interface Holder {
  readonly pid: number
  readonly host: string
  /** When the process began, as the system tells it: a number may come again, after a restart of the machine above all. */
  readonly began: string
  readonly token: string
}

async function describeOwn(): Promise<Holder> {
  const { pid } = process
  const token = randomBytes(8).toString('hex')
  return { pid, host: hostname(), began: await beginningOf(pid), token }
}

/** `undefined`: what is there was not written by us. */
async function readHolder(path: string): Promise<Holder | 'gone' | undefined> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 'gone'
    throw error
  }
  return parseHolder(text)
}

function parseHolder(text: string): Holder | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isHolder(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isHolder(value: unknown): value is Holder {
  if (typeof value !== 'object' || value === null) return false
  const { pid, host, began, token }: Partial<Record<keyof Holder, unknown>> = value
  return (
    Number.isSafeInteger(pid) &&
    typeof host === 'string' &&
    typeof began === 'string' &&
    typeof token === 'string' &&
    /^[0-9a-f]+$/.test(token)
  )
}

/** Nobody can tell from here whether a process of another machine lives. */
async function isDead({ pid, host, began }: Holder): Promise<boolean> {
  if (host !== hostname()) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (codeOf(error) === 'ESRCH') return true
    // There is one, of another user.
  }
  const present = await beginningOf(pid)
  return began !== '' && present !== '' && began !== present
}

/** The start of the machine and the process's own in ticks since then; empty where the system does not tell. */
async function beginningOf(pid: number): Promise<string> {
  try {
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8')
    const status = await readFile(`/proc/${pid}/stat`, 'utf8')
    // The second field, a name in parentheses, may hold blanks and parentheses of its own. This is the 22nd.
    const ticks = status.slice(status.lastIndexOf(')') + 2).split(' ')[19]
    return ticks === undefined ? '' : `${boot.trim()} ${ticks}`
  } catch {
    return ''
  }
}

function locked(path: string, holder: Holder | undefined): HostError {
  const who =
    holder === undefined
      ? 'somebody else'
      : `process ${holder.pid}${holder.host === hostname() ? '' : ` on ${holder.host}`}`
  return new HostError('configuration_locked', `${path} is being changed by ${who}`, {
    hint: `try again when it is done; if nobody is changing it, remove ${path}.lock`,
  })
}

const pollMilliseconds = 20

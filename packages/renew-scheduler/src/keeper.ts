import { realpathSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { createRenewalDaemon, type RenewalDaemon } from './daemon.ts'
import { RenewalError } from './errors.ts'
import { createTurns } from './internal/turns.ts'
import type { RenewalEvent } from './renewal-event.ts'
import type { RenewalAmbient, RenewalEntry, RenewalStatus } from './renewal-options.ts'

export interface RenewalKeeperOptions extends RenewalAmbient {
  /** How many certificates may be renewed at once, default 4. */
  readonly maximumConcurrentRenewals?: number | undefined
  /** For the log. `certificatePath` is the entry's. */
  readonly onEvent?: ((event: RenewalEvent, certificatePath: string) => void) | undefined
}

/** Keeps many certificates renewed, each by its own options. */
export interface RenewalKeeper extends AsyncDisposable {
  /**
   * Takes a certificate into care from now on.
   *
   * @throws {RenewalError} `already_kept` when the certificate, or a file that either would write, is in care, by whatever
   * path. A key that nobody replaces may serve several.
   * @throws {TypeError} when the keeper has been stopped, and what {@link createRenewalDaemon} throws.
   */
  add(entry: RenewalEntry): void
  /** Lets go of a certificate, when what is being replaced is in place; false if it was not in care. */
  remove(certificatePath: string): Promise<boolean>
  /** Renews one at once, or all. False if that one is not in care. */
  renewNow(certificatePath?: string): boolean
  /** In the order of adding. */
  status(): readonly RenewalStatus[]
  /** Lets go of all. */
  stop(): Promise<void>
}

interface Kept {
  readonly daemon: RenewalDaemon
  readonly files: EntryFiles
  readonly ending: AbortController
  readonly ended: Promise<void>
}

/** The files of an entry, by real path. */
interface EntryFiles {
  /** Those that nobody else may write or keep. */
  readonly own: ReadonlySet<string>
  /** Those that nobody else may write. */
  readonly used: ReadonlySet<string>
}

const defaultMaximumConcurrentRenewals = 4

/** @throws {TypeError} when fewer than one may be renewed at once. */
export function createRenewalKeeper(options: RenewalKeeperOptions): RenewalKeeper {
  const { clock, random, lookEveryMilliseconds, onEvent } = options
  const { maximumConcurrentRenewals = defaultMaximumConcurrentRenewals } = options
  if (!(maximumConcurrentRenewals >= 1)) {
    throw new TypeError(`maximumConcurrentRenewals is ${maximumConcurrentRenewals}, and 1 at least`)
  }
  const takeTurn = createTurns(maximumConcurrentRenewals)
  const kept = new Map<string, Kept>()
  let isStopped = false

  function add(entry: RenewalEntry): void {
    if (isStopped) throw new TypeError('the keeper has been stopped')
    const files = filesOf(entry)
    for (const other of kept.values()) {
      const shared =
        findShared(files.own, other.files.used) ?? findShared(other.files.own, files.used)
      if (shared === undefined) continue
      throw new RenewalError(
        'already_kept',
        `${entry.certificatePath}: ${shared} is in care already`,
      )
    }
    const { certificatePath } = entry
    const ending = new AbortController()
    const daemon = createRenewalDaemon({
      ...entry,
      clock,
      random,
      lookEveryMilliseconds,
      takeTurn,
      onEvent: (event) => onEvent?.(event, certificatePath),
    })
    kept.set(certificatePath, { daemon, files, ending, ended: daemon.run(ending.signal) })
  }

  async function remove(certificatePath: string): Promise<boolean> {
    const leaving = kept.get(certificatePath)
    if (leaving === undefined) return false
    leaving.ending.abort()
    await leaving.ended
    // Only now may the file come into care again.
    if (kept.get(certificatePath) === leaving) kept.delete(certificatePath)
    return true
  }

  function renewNow(certificatePath?: string): boolean {
    if (certificatePath === undefined) {
      for (const { daemon } of kept.values()) daemon.renewNow()
      return true
    }
    const one = kept.get(certificatePath)
    one?.daemon.renewNow()
    return one !== undefined
  }

  async function stop(): Promise<void> {
    isStopped = true
    await Promise.all([...kept.keys()].map(remove))
  }

  return {
    add,
    remove,
    renewNow,
    status: () => [...kept.values()].map(({ daemon }) => daemon.status()),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

function filesOf({ certificatePath, out, rekey, key }: RenewalEntry): EntryFiles {
  const keyPath = 'path' in key ? key.path : undefined
  const written = [certificatePath, out, rekey?.keyOut, rekey && keyPath]
  return { own: realPaths(written), used: realPaths([...written, keyPath]) }
}

function findShared(ones: ReadonlySet<string>, others: ReadonlySet<string>): string | undefined {
  return [...ones].find((one) => others.has(one))
}

function realPaths(paths: readonly (string | undefined)[]): ReadonlySet<string> {
  return new Set(paths.filter((path) => path !== undefined).map(realPath))
}

/** Through all links; what is not there yet is looked for in its folder. */
function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    const folder = dirname(resolve(path))
    return folder === resolve(path) ? folder : join(realPath(folder), basename(path))
  }
}

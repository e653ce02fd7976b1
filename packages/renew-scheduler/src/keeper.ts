import { realpathSync } from 'node:fs'
import { resolve } from 'node:path'
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
   * @throws {RenewalError} `already_kept` when the file, or one that it would write, is in care, by whatever path.
   * @throws {TypeError} when the keeper has been stopped.
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
  /** All that the entry reads or writes, by real path. */
  readonly files: ReadonlySet<string>
  readonly ending: AbortController
  readonly ended: Promise<void>
}

const defaultMaximumConcurrentRenewals = 4

export function createRenewalKeeper(options: RenewalKeeperOptions): RenewalKeeper {
  const { clock, random, lookEveryMilliseconds, onEvent } = options
  const { maximumConcurrentRenewals = defaultMaximumConcurrentRenewals } = options
  const takeTurn = createTurns(maximumConcurrentRenewals)
  const kept = new Map<string, Kept>()
  let isStopped = false

  function add(entry: RenewalEntry): void {
    if (isStopped) throw new TypeError('the keeper has been stopped')
    const files = new Set(filesOf(entry).map(realPath))
    for (const other of kept.values()) {
      if (![...files].some((file) => other.files.has(file))) continue
      throw new RenewalError('already_kept', `${entry.certificatePath} is in care already`)
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

function filesOf({ certificatePath, out, rekey, key }: RenewalEntry): readonly string[] {
  const written = [certificatePath, out, rekey?.keyOut]
  // A key that stays may serve several certificates.
  const replaced = rekey !== undefined && 'path' in key ? key.path : undefined
  return [...written, replaced].filter((path) => path !== undefined)
}

function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return resolve(path)
  }
}

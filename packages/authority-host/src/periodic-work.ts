import type { Lease, PruneResult, RetentionRules, Store } from '@mayfly/db-adapters'
import type { SetTimer } from './revisions/poll.ts'

/** What periodic work is created from. */
export interface PeriodicWorkOptions {
  readonly store: Store
  /** Who this instance is: no two, and no two lives of one, have the same. */
  readonly holder: string
  /** The settings in force, asked for each time; `undefined` where nothing is to be deleted. */
  readonly rules: () => RetentionRules | undefined
  readonly onEvent: (event: PeriodicWorkEvent) => void
  readonly now: () => Date
  readonly random: (length: number) => Uint8Array
  readonly setTimer: SetTimer
}

/** What is told of periodic work. */
export type PeriodicWorkEvent =
  /** This instance does the work from now on. */
  | { readonly kind: 'lease_taken' }
  /** Another one does. */
  | { readonly kind: 'lease_lost' }
  | { readonly kind: 'pruned'; readonly result: PruneResult }
  /** Nothing was deleted: this machine's clock and the database's are too far apart to know which one is wrong. */
  | { readonly kind: 'clock_off'; readonly offsetSeconds: number }
  /** It is tried again. Told once until it works again. */
  | { readonly kind: 'failed'; readonly error: unknown }

/** The work that one of all instances does for them. */
export interface PeriodicWork {
  /** Resolves when nothing is under way any more, and the lease is free for others. */
  stop(): Promise<void>
}

/**
 * Deletes every ten minutes what has outlived its use, if this instance holds the lease `retention`. Instances that do not
 * hold it ask for it every two seconds, and have it within nine after its holder has died. A database in a file is
 * not shared by machines: its lease is taken for the work alone, so that nothing is written while nothing is done.
 */
export function createPeriodicWork(options: PeriodicWorkOptions): PeriodicWork {
  const { store, holder, rules, onEvent, now, random, setTimer } = options
  const isShared = store.kind !== 'sqlite'
  const stopping = new AbortController()
  let lease: Lease | undefined
  let running: Promise<void> | undefined
  let pulsing: Promise<void> | undefined
  let hasFailed = false
  let cancelPulse = (): void => undefined
  let cancelPruning = (): void => undefined

  function start(): void {
    if (!store.persistent) return
    if (isShared) beginPulse()
    else schedulePruning(soon())
  }

  function beginPulse(): void {
    pulsing = pulse()
  }

  /** Takes the lease or prolongs it. */
  async function pulse(): Promise<void> {
    await attempt(async () => {
      const wish = { name: 'retention', holder, lifetimeMilliseconds: leaseMilliseconds }
      const before = lease
      lease = await store.leases.acquireLease(wish)
      if (lease === undefined && before !== undefined) {
        if (isShared) cancelPruning()
        onEvent({ kind: 'lease_lost' })
      }
      if (lease !== undefined && lease.fence !== before?.fence && isShared) {
        onEvent({ kind: 'lease_taken' })
        schedulePruning(soon())
      }
    })
    if (stopping.signal.aborted || !(isShared || running)) return
    cancelPulse = setTimer(beginPulse, pulseMilliseconds)
  }

  function schedulePruning(milliseconds: number): void {
    cancelPruning()
    if (stopping.signal.aborted) return
    cancelPruning = setTimer(() => {
      running ??= work().finally(() => {
        running = undefined
        if (isShared ? lease !== undefined : true) schedulePruning(periodMilliseconds)
      })
    }, milliseconds)
  }

  async function work(): Promise<void> {
    if (!isShared) {
      // Not until `running` is set, so that the lease is prolonged as long as this takes.
      await undefined
      beginPulse()
      await pulsing
    }
    if (lease !== undefined) await attempt(() => prune(lease))
    if (isShared || lease === undefined) return
    await pulsing
    cancelPulse()
    await release()
  }

  async function prune(held: Lease | undefined): Promise<void> {
    const wanted = rules()
    if (held === undefined || wanted === undefined) return
    const offsetSeconds = (now().getTime() - (await store.readClock()).getTime()) / 1000
    if (Math.abs(offsetSeconds) > farSeconds) {
      onEvent({ kind: 'clock_off', offsetSeconds })
      return
    }
    const { signal } = stopping
    const result = await store.retention.prune({ rules: wanted, lease: held, signal })
    // Whoever has it now tells what is done from here on.
    if (lease?.fence === held.fence) onEvent({ kind: 'pruned', result })
  }

  async function attempt(step: () => Promise<void>): Promise<void> {
    try {
      await step()
      hasFailed = false
    } catch (error) {
      if (!hasFailed && !stopping.signal.aborted) onEvent({ kind: 'failed', error })
      hasFailed = true
    }
  }

  async function release(): Promise<void> {
    const held = lease
    lease = undefined
    // It ends by itself where the database cannot be reached.
    if (held !== undefined && !hasFailed)
      await store.leases.releaseLease(held).catch(() => undefined)
  }

  /** Instances that were started together do not begin together. */
  function soon(): number {
    const [octet = 0] = random(1)
    return 1000 + (octet / 255) * 9000
  }

  start()
  return {
    async stop() {
      stopping.abort()
      cancelPulse()
      cancelPruning()
      await running
      await pulsing
      cancelPulse()
      await release()
    },
  }
}

/** A lease that its holder has just prolonged when it died is taken within nine seconds. */
const leaseMilliseconds = 7000
const pulseMilliseconds = 2000
const periodMilliseconds = 600_000
/** Ten times what the clock of an instance that is ready may be off. */
const farSeconds = 300

import { type Certificate, equalCertificates, findCommonName } from '@mayfly/x509-profiles'
import type { Chain } from './internal/certificate-file.ts'
import { isExpired } from './internal/exchange.ts'
import { createKeptFiles } from './internal/files.ts'
import { createHookQueue } from './internal/hooks.ts'
import { tell } from './internal/tell.ts'
import { createTimekeeper, type Mark } from './internal/timekeeper.ts'
import type { RenewalEvent } from './renewal-event.ts'
import type { KeptCertificate, RenewalDaemonOptions, RenewalStatus } from './renewal-options.ts'
import {
  leastGapMilliseconds,
  renewalDelayMilliseconds,
  retryDelayMilliseconds,
} from './schedule.ts'

/** Keeps one certificate renewed. */
export interface RenewalDaemon {
  /**
   * Renews until the signal is aborted, and never rejects: what goes wrong is an event, and tried again. A renewal that has
   * begun to replace files, and its hook, are waited for. Runs once.
   *
   * @throws {TypeError} on a second call.
   */
  run(signal: AbortSignal): Promise<void>
  /** Renews at once, whatever the schedule says; while a renewal is under way that one counts. */
  renewNow(): void
  status(): RenewalStatus
}

/** What is to be done next, so long from a moment on. */
interface Plan {
  readonly from: Mark
  readonly milliseconds: number
}

const defaultLookEveryMilliseconds = 60_000

/**
 * Makes a daemon for one certificate. By default it renews between 61.7 % and 66.7 % of each certificate's lifetime, and
 * after a failure tries again about each minute (for a lifetime under ten minutes: each tenth of it), for ever.
 *
 * Two renewals are a tenth of the lifetime apart at least, or the renewal period where that is shorter, whatever options and
 * clock say. A file that another program replaces is noticed, and planned by afresh.
 *
 * @throws {TypeError} for a duration that is no number, looks without a pause, and a clock that tells no time.
 */
export function createRenewalDaemon(options: RenewalDaemonOptions): RenewalDaemon {
  const { clock, random, expiresInMilliseconds, renewPeriodMilliseconds } = options
  const { lookEveryMilliseconds = defaultLookEveryMilliseconds, takeTurn = atOnce } = options
  assertDurations({ expiresInMilliseconds, renewPeriodMilliseconds, lookEveryMilliseconds })
  const time = createTimekeeper(clock)
  const files = createKeptFiles(options)
  const hooks = createHookQueue((error) => emit({ type: 'hook_failed', error }))

  let state: RenewalStatus['state'] = 'starting'
  let known: Chain | undefined
  let plan: Plan = { from: time.mark(), milliseconds: 0 }
  /** What holds back even a certificate that is due: the last renewal or attempt was only just. */
  let rest: Plan | undefined
  let toldExpired: Certificate | undefined
  let lastRenewal: Date | undefined
  let lastError: RenewalStatus['lastError']
  let isAsked = false
  let hasRun = false
  let wake = new AbortController()

  async function run(signal: AbortSignal): Promise<void> {
    if (hasRun) throw new TypeError('the daemon has run already')
    hasRun = true
    const wakeUp = () => wake.abort()
    signal.addEventListener('abort', wakeUp)
    await start(signal)
    for (;;) {
      const reason = await sleep(signal)
      if (reason === 'ended') break
      if (reason === 'due') await takeTurn(() => attempt(signal))
    }
    signal.removeEventListener('abort', wakeUp)
    await hooks.settle()
    state = 'ended'
  }

  async function start(signal: AbortSignal): Promise<void> {
    try {
      await resume(signal)
      adopt(await files.loadChain())
    } catch (error) {
      planRetry(error)
    }
  }

  /** Takes up what an earlier run has left. Who uses the files was not told of what a crash cut short, and is now. */
  async function resume(signal: AbortSignal): Promise<boolean> {
    if (!(await files.resume())) return false
    emit({ type: 'repaired', certificatePath: options.certificatePath })
    known = undefined
    const kept = await files.loadPair()
    hooks.add(() => options.onRenewed?.(kept, signal))
    return true
  }

  /** Resolves when there is something to do; in between looks at time and file. */
  async function sleep(signal: AbortSignal): Promise<'due' | 'ended'> {
    for (;;) {
      if (signal.aborted) return 'ended'
      const left = plan.milliseconds - time.since(plan.from)
      if (isAsked || left <= 0) return 'due'
      wake = new AbortController()
      await time.wait(Math.min(left, lookEveryMilliseconds), wake.signal)
      if (left > lookEveryMilliseconds && !wake.signal.aborted) await look()
    }
  }

  async function look(): Promise<void> {
    // A file that is gone or half written is no news: the renewal will tell, if it is still so then.
    const chain = await files.loadChain().catch(() => undefined)
    if (chain !== undefined) adopt(chain)
    tellExpiry()
  }

  async function attempt(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    state = 'renewing'
    const isDemanded = isAsked
    isAsked = false
    try {
      await resume(signal)
      // What has not been read yet may be far from due.
      const isUnread = known === undefined && !isDemanded
      const kept = isUnread
        ? undefined
        : await files.renew(isDemanded ? undefined : known, { now: time.now, signal })
      if (kept === undefined) adopt(await files.loadChain())
      else finish(kept, signal)
    } catch (error) {
      if (!signal.aborted) planRetry(error)
    }
    isAsked = false
  }

  function finish(kept: KeptCertificate, signal: AbortSignal): void {
    const { certificate, chain } = kept
    known = [certificate, ...chain.slice(1)]
    lastRenewal = time.now()
    lastError = undefined
    rest = {
      from: time.mark(),
      milliseconds: leastGapMilliseconds({
        validity: certificate.validity,
        renewPeriodMilliseconds,
        random,
      }),
    }
    planRenewal(certificate)
    emit({ type: 'renewed', certificate, nextInMilliseconds: plan.milliseconds })
    hooks.add(() => options.onRenewed?.(kept, signal))
  }

  /** Takes in what is in the file, where that is news. */
  function adopt(chain: Chain): void {
    const [certificate] = chain
    const before = known?.[0]
    known = chain
    if (before !== undefined && equalCertificates(before, certificate)) return
    planRenewal(certificate)
    const { milliseconds: inMilliseconds } = plan
    if (before === undefined) {
      const at = new Date(time.now().getTime() + inMilliseconds)
      emit({ type: 'scheduled', certificate, at, inMilliseconds })
    } else emit({ type: 'replaced', certificate, nextInMilliseconds: inMilliseconds })
    tellExpiry()
  }

  function planRenewal({ validity }: Certificate): void {
    const now = time.now()
    const delay = renewalDelayMilliseconds({
      validity,
      // With a clock that is behind, a certificate counts as new.
      now: new Date(Math.max(now.getTime(), validity.notBefore.getTime())),
      expiresInMilliseconds,
      renewPeriodMilliseconds,
      random,
    })
    plan = { from: time.mark(), milliseconds: Math.max(delay, resting()) }
    state = 'waiting'
  }

  function resting(): number {
    return rest === undefined
      ? 0
      : Math.max(0, Math.ceil(rest.milliseconds - time.since(rest.from)))
  }

  function planRetry(error: unknown): void {
    const milliseconds = retryDelayMilliseconds(known?.[0].validity, random)
    plan = { from: time.mark(), milliseconds }
    rest = { from: plan.from, milliseconds: Math.max(milliseconds, resting()) }
    state = 'retrying'
    lastError = { at: time.now().toISOString(), message: messageOf(error) }
    emit({ type: 'failed', error, retryInMilliseconds: milliseconds })
    tellExpiry()
  }

  function tellExpiry(): void {
    const certificate = known?.[0]
    if (certificate === undefined || certificate === toldExpired) return
    if (!isExpired(certificate, time.now())) return
    if (toldExpired !== undefined && equalCertificates(certificate, toldExpired)) return
    toldExpired = certificate
    emit({ type: 'expired', certificate })
  }

  function emit(event: RenewalEvent): void {
    tell(options.onEvent, event)
  }

  function status(): RenewalStatus {
    const certificate = known?.[0]
    return {
      certificatePath: options.certificatePath,
      state,
      ...(certificate && describe(certificate, time.now())),
      lastRenewal: lastRenewal?.toISOString(),
      lastError,
      nextAttempt: state === 'waiting' || state === 'retrying' ? nextAttempt() : undefined,
    }
  }

  function nextAttempt(): string {
    const left = Math.max(0, plan.milliseconds - time.since(plan.from))
    return new Date(time.now().getTime() + left).toISOString()
  }

  return {
    run,
    renewNow() {
      isAsked = true
      wake.abort()
    },
    status,
  }
}

/** With a duration that is no number, the daemon would wait for nothing, over and over. */
function assertDurations(durations: {
  readonly expiresInMilliseconds: number | undefined
  readonly renewPeriodMilliseconds: number | undefined
  readonly lookEveryMilliseconds: number
}): void {
  for (const [name, value] of Object.entries(durations)) {
    if (value === undefined || Number.isFinite(value)) continue
    throw new TypeError(`${name} is ${value}, not a number of milliseconds`)
  }
  const { lookEveryMilliseconds } = durations
  if (lookEveryMilliseconds < 1) {
    throw new TypeError(`lookEveryMilliseconds is ${lookEveryMilliseconds}, and 1 at least`)
  }
}

async function atOnce(renewal: () => Promise<void>): Promise<void> {
  await renewal()
}

function describe({ subject, subjectAltNames, serialNumber, validity }: Certificate, now: Date) {
  return {
    subject: findCommonName(subject) ?? subjectAltNames[0]?.value,
    serialNumber: serialNumber.toString(),
    notBefore: validity.notBefore.toISOString(),
    notAfter: validity.notAfter.toISOString(),
    isExpired: now > validity.notAfter,
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

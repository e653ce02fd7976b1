import { type FSWatcher, statSync, watch } from 'node:fs'
import { basename, dirname } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import {
  createRenewalKeeper,
  createSystemClock,
  type RenewalEntry,
  type RenewalKeeper,
} from '@mayfly/renew-scheduler'
import { reportLine } from '../framework/report.ts'
import type { Io } from '../io.ts'
import { createDaemonLog, type DaemonLog, describeHookFailure } from './daemon-log.ts'
import { receiveDaemonSignals } from './daemon-signals.ts'
import { type RenewalDefaults, toRenewalEntry } from './renewal-entry.ts'
import { type ConfiguredRenewal, isListName, loadRenewals } from './renewals-configuration.ts'
import {
  type CertificateStatus,
  type DaemonStatus,
  statusPathOf,
  writeStatus,
} from './status-file.ts'

/**
 * Keeps the certificates of a list, or of a folder of lists, renewed until SIGTERM or SIGINT. A change of the list is taken
 * in as it comes; a broken one is told of, and the last good one stands. SIGHUP reads the list again and renews all at once.
 *
 * @throws {CommandError} `file_unreadable` when the list cannot be read at the start.
 */
export async function keepMany(
  io: Io,
  configurationPath: string,
  defaults: RenewalDefaults,
): Promise<void> {
  const log = createDaemonLog(io)
  const first = await loadRenewals(configurationPath)
  const statusPath = await statusPathOf(configurationPath)
  const clock = createSystemClock()
  const troubles = createTroubles(log)
  const write = async (status: Pick<DaemonStatus, 'certificates' | 'problems' | 'endedAt'>) =>
    troubles.tell(
      'status',
      await problemsOf(() =>
        writeStatus(statusPath, {
          pid: process.pid,
          writtenAt: clock.now().toISOString(),
          ...status,
        }),
      ),
    )
  const hookErrors = new Map<string, CertificateStatus['hookError']>()
  let problems: readonly string[] = []
  const standing = () => ({
    certificates: keeper
      .status()
      .map((each) => ({ ...each, hookError: hookErrors.get(each.certificatePath) })),
    problems,
  })
  const record = gathered(() => write(standing()))
  const keeper = createRenewalKeeper({
    clock,
    random: io.random,
    onEvent: (event, certificatePath) => {
      log.write(event, certificatePath)
      if (event.type === 'renewed') hookErrors.delete(certificatePath)
      if (event.type === 'hook_failed') {
        const message = describeHookFailure(event.error)
        hookErrors.set(certificatePath, { at: clock.now().toISOString(), message })
      }
      record.ask()
    },
  })
  const care = createCare(keeper, (renewal) => toRenewalEntry(io, log, renewal, defaults))
  problems = await care.take(first)
  troubles.tell('list', problems)
  if (first.length === 0) reportLine(io, `${configurationPath} names no certificate yet`)
  const reading = gathered(async () => {
    let refused: readonly string[] = []
    const broken = await problemsOf(async () => {
      refused = await care.take(await loadRenewals(configurationPath))
    })
    if (!signals.stop.aborted) {
      problems = [...broken, ...refused]
      troubles.tell('list', problems)
    }
    record.ask()
  })
  using signals = receiveDaemonSignals(() => {
    troubles.forget()
    reading.ask()
    keeper.renewNow()
  })
  const watcher = watchList(configurationPath, () => reading.ask())
  record.ask()
  while (!signals.stop.aborted) {
    await clock.wait(lookEveryMilliseconds, signals.stop)
    // What a watch may miss, such as a folder that was replaced, is seen here.
    if (!signals.stop.aborted) reading.ask()
  }
  watcher?.close()
  const last = { ...standing(), endedAt: clock.now().toISOString() }
  await Promise.all([reading.settle(), keeper.stop()])
  await record.settle()
  await write(last)
}

const lookEveryMilliseconds = 60_000

/** Brings the keeper in line with a list. */
function createCare(
  keeper: RenewalKeeper,
  toEntry: (renewal: ConfiguredRenewal) => RenewalEntry,
): { take(renewals: readonly ConfiguredRenewal[]): Promise<readonly string[]> } {
  const known = new Map<string, ConfiguredRenewal>()

  /** Returns what could not be taken into care, and why. */
  async function take(renewals: readonly ConfiguredRenewal[]): Promise<readonly string[]> {
    const wanted = new Map(renewals.map((each) => [each.certificate, each]))
    const leaving = [...known].filter(
      ([certificate, renewal]) => !isDeepStrictEqual(wanted.get(certificate), renewal),
    )
    await Promise.all(
      leaving.map(async ([certificate]) => {
        await keeper.remove(certificate)
        known.delete(certificate)
      }),
    )
    const problems: string[] = []
    for (const [certificate, renewal] of wanted) {
      if (known.has(certificate)) continue
      try {
        keeper.add(toEntry(renewal))
        known.set(certificate, renewal)
      } catch (error) {
        problems.push(`${certificate}: ${messageOf(error)}`)
      }
    }
    return problems
  }

  return { take }
}

/** Tells of what is wrong when it comes up, not at each look at it. */
function createTroubles(log: DaemonLog): {
  /** Takes all that is wrong with one thing. */
  tell(what: string, problems: readonly string[]): void
  /** From now on all is news again. */
  forget(): void
} {
  const told = new Map<string, readonly string[]>()
  return {
    tell: (what, problems) => {
      for (const problem of problems) {
        if (!told.get(what)?.includes(problem)) log.error(problem)
      }
      told.set(what, problems)
    },
    forget: () => told.clear(),
  }
}

async function problemsOf(work: () => Promise<void>): Promise<readonly string[]> {
  try {
    await work()
    return []
  } catch (error) {
    return [messageOf(error)]
  }
}

/** Watches the folder of a list, or of lists; none where the system cannot. */
function watchList(path: string, onChange: () => void): FSWatcher | undefined {
  try {
    const isList = !statSync(path).isDirectory()
    const folder = isList ? dirname(path) : path
    const watcher = watch(folder, { persistent: false }, (_, name) => {
      if (name === null || (isList ? name === basename(path) : isListName(name))) onChange()
    })
    watcher.on('error', () => watcher.close())
    return watcher
  } catch {
    return undefined
  }
}

/** Runs work that is asked for while it runs once more, and never twice at once. */
function gathered(work: () => Promise<void>): { ask(): void; settle(): Promise<void> } {
  let running: Promise<void> | undefined
  let isAskedAgain = false

  async function run(): Promise<void> {
    do {
      isAskedAgain = false
      await work()
    } while (isAskedAgain)
    running = undefined
  }

  return {
    ask: () => {
      if (running === undefined) running = run()
      else isAskedAgain = true
    },
    settle: async () => {
      await running
    },
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

import { type FSWatcher, statSync, watch } from 'node:fs'
import { basename, dirname } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import {
  createRenewalKeeper,
  createSystemClock,
  type RekeyClient,
  type RenewalKeeper,
} from '@mayfly/renew-scheduler'
import { reportLine } from '../framework/report.ts'
import type { Io } from '../io.ts'
import { createDaemonLog, type DaemonLog } from './daemon-log.ts'
import { receiveDaemonSignals } from './daemon-signals.ts'
import { toRenewalEntry } from './renewal-entry.ts'
import { type ConfiguredRenewal, loadRenewals } from './renewals-configuration.ts'
import { statusPathOf, writeStatus } from './status-file.ts'

/**
 * Keeps the certificates of a list, or of a folder of lists, renewed until SIGTERM or SIGINT. A change of the list is taken
 * in as it comes; a broken one is told of, and the last good one stands. SIGHUP reads the list again and renews all at once.
 *
 * @throws {CommandError} `file_unreadable` when the list cannot be read at the start.
 */
export async function keepMany(
  io: Io,
  configurationPath: string,
  client: RekeyClient,
): Promise<void> {
  const log = createDaemonLog(io)
  const first = await loadRenewals(configurationPath)
  const statusPath = await statusPathOf(configurationPath)
  const clock = createSystemClock()
  const record = gathered(async () => {
    await writeStatus(statusPath, {
      pid: process.pid,
      writtenAt: clock.now().toISOString(),
      certificates: keeper.status(),
    }).catch((error: unknown) => log.error(messageOf(error)))
  })
  const keeper = createRenewalKeeper({
    clock,
    random: io.random,
    onEvent: (event, certificatePath) => {
      log.write(event, certificatePath)
      record.ask()
    },
  })
  const care = createCare(io, { keeper, client, log })
  await care.take(first)
  if (first.length === 0) reportLine(io, `${configurationPath} names no certificate yet`)
  const reading = gathered(async () => {
    try {
      await care.take(await loadRenewals(configurationPath))
    } catch (error) {
      log.error(messageOf(error))
    }
    record.ask()
  })
  using signals = receiveDaemonSignals(() => {
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
  await reading.settle()
  await keeper.stop()
  record.ask()
  await record.settle()
}

const lookEveryMilliseconds = 60_000

/** Brings the keeper in line with a list. */
function createCare(
  io: Io,
  { keeper, client, log }: { keeper: RenewalKeeper; client: RekeyClient; log: DaemonLog },
) {
  const known = new Map<string, ConfiguredRenewal>()

  async function take(renewals: readonly ConfiguredRenewal[]): Promise<void> {
    const wanted = new Map(renewals.map((each) => [each.certificate, each]))
    for (const [certificate, renewal] of known) {
      if (isDeepStrictEqual(wanted.get(certificate), renewal)) continue
      await keeper.remove(certificate)
      known.delete(certificate)
    }
    for (const [certificate, renewal] of wanted) {
      if (known.has(certificate)) continue
      try {
        keeper.add(toRenewalEntry(io, renewal, client))
        known.set(certificate, renewal)
      } catch (error) {
        log.error(`${certificate}: ${messageOf(error)}`)
      }
    }
  }

  return { take }
}

/** Watches the folder of a list, or of lists; none where the system cannot. */
function watchList(path: string, onChange: () => void): FSWatcher | undefined {
  try {
    const isList = !statSync(path).isDirectory()
    const folder = isList ? dirname(path) : path
    const watcher = watch(folder, { persistent: false }, (_, name) => {
      if (name === null || (isList ? name === basename(path) : /^[^.].*\.json$/.test(name)))
        onChange()
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

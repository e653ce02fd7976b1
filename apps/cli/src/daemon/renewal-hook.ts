import { type Announcement, announceRenewal } from '../ca/after-renewal.ts'
import { loadPid } from '../ca/renewal-flags.ts'
import { CommandError } from '../framework/errors.ts'
import type { Io } from '../io.ts'
import type { DaemonLog } from './daemon-log.ts'

/** Whom a daemon tells of each new certificate, and how. */
export interface RenewalHookOptions extends Announcement {
  /** The file with the process to signal, read each time: a service that was restarted has another process id. */
  readonly pidFile: string | undefined
}

/**
 * Makes what a daemon runs after each renewal, never twice at once. A command that goes on for long is told of, since the next
 * has to wait for it; at the end of the daemon it is ended soon, and what has not begun is not begun any more.
 */
export function createRenewalHook(
  io: Io,
  log: DaemonLog,
  { pid, pidFile, signal, exec }: RenewalHookOptions,
): (stop: AbortSignal) => Promise<void> {
  return async (stop) => {
    if (stop.aborted) {
      throw new CommandError('child_failed', 'the last renewal was told to nobody: the daemon ends')
    }
    const timer = setTimeout(() => {
      log.error(`'${exec}' has run for a minute; until it ends nobody is told of further renewals`)
    }, longMilliseconds)
    try {
      const current = pidFile === undefined ? pid : await loadPid(io, pidFile)
      await announceRenewal(io, { pid: current, signal, exec }, stop)
    } finally {
      clearTimeout(timer)
    }
  }
}

const longMilliseconds = 60_000

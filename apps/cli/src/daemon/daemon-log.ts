import type { RenewalEvent } from '@mayfly/renew-scheduler'
import { type Certificate, findCommonName, formatDuration } from '@mayfly/x509-profiles'
import { CommandError } from '../framework/errors.ts'
import { printable } from '../framework/printable.ts'
import type { Io } from '../io.ts'
import { outliveFailure } from '../standard-streams.ts'

/**
 * Writes what befalls certificates: news to standard output, failures to standard error, in step's words. What cannot be
 * written is lost: certificates are renewed all the same when a disk is full or nobody reads.
 */
export interface DaemonLog {
  /** `certificatePath` is told where one daemon keeps several. */
  write(event: RenewalEvent, certificatePath?: string): void
  error(message: string): void
}

export function createDaemonLog(io: Io): DaemonLog {
  const stdout = outliveFailure(io.stdout)

  function info(message: string): void {
    stdout.write(`INFO: ${formatLocalTime(io.now())} ${printable(message)}\n`)
  }

  function error(message: string): void {
    io.stderr.write(`ERROR: ${formatLocalTime(io.now())} ${printable(message)}\n`)
  }

  return {
    write: (event, certificatePath) => {
      const where = certificatePath === undefined ? '' : `${certificatePath}: `
      const tell = failures.has(event.type) ? error : info
      tell(`${where}${describe(event)}`)
    },
    error,
  }
}

const failures: ReadonlySet<RenewalEvent['type']> = new Set(['failed', 'expired', 'hook_failed'])

function describe(event: RenewalEvent): string {
  switch (event.type) {
    case 'scheduled':
      return `first renewal in ${roundedDuration(event.inMilliseconds)}`
    case 'renewed':
      return `${subjectOf(event.certificate)}certificate renewed, next in ${roundedDuration(event.nextInMilliseconds)}`
    case 'replaced':
      return `${subjectOf(event.certificate)}certificate replaced by another program, next in ${roundedDuration(event.nextInMilliseconds)}`
    case 'repaired':
      return 'completed a rekeying that had been cut short'
    case 'failed':
      return `error renewing certificate: ${messageOf(event.error)}`
    case 'expired':
      return `${subjectOf(event.certificate)}certificate expired on ${event.certificate.validity.notAfter.toISOString()}; renewal goes on being tried, but the CA may refuse what has expired: 'mayfly ca certificate' gets a new one`
    case 'hook_failed':
      return describeHookFailure(event.error)
  }
}

/** Says of a command that ran and failed which it was. */
export function describeHookFailure(error: unknown): string {
  const hint = error instanceof CommandError ? error.hint : undefined
  return hint === undefined ? messageOf(error) : `${messageOf(error)}: ${hint}`
}

/** As Go's log package prints it: `2026/11/23 08:20:57`, local time. */
function formatLocalTime(time: Date): string {
  const two = (value: number) => String(value).padStart(2, '0')
  const date = [time.getFullYear(), two(time.getMonth() + 1), two(time.getDate())].join('/')
  return `${date} ${[time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(':')}`
}

function roundedDuration(milliseconds: number): string {
  return formatDuration(Math.round(milliseconds / 1000) * 1000)
}

function subjectOf({ subject, subjectAltNames }: Certificate): string {
  const name = findCommonName(subject) ?? subjectAltNames[0]?.value
  return name === undefined ? '' : `${name} `
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

import { formatDuration, parseDuration, type Validity } from '@mayfly/x509-profiles'
import { readInput } from '../files/input-file.ts'
import {
  CommandError,
  durationHint,
  flagIncompatible,
  flagRequiresFlag,
  flagsMutuallyExclusive,
  flagValueInvalid,
  notOfferedYet,
} from '../framework/errors.ts'
import type { Io } from '../io.ts'

/** The flags that renew and rekey have in common. */
export const renewalFlags = {
  'expires-in': {
    type: 'text',
    value: 'duration',
    help: 'Do it only if the certificate expires within this time, plus a random part of up to a twentieth; in any case if left out.',
  },
  exec: {
    type: 'text',
    value: 'command',
    help: 'Run this command afterwards: words split at blanks, without a shell.',
  },
  pid: { type: 'integer', value: 'pid', help: 'The process to signal afterwards.' },
  'pid-file': { type: 'text', value: 'file', help: 'The file with the process to signal.' },
  signal: { type: 'integer', value: 'number', help: 'The signal to send; 1 (SIGHUP) if left out.' },
  'password-file': {
    type: 'text',
    value: 'file',
    help: "The file with the password of the certificate's key, and with --offline of the CA's key; asked for if left out.",
  },
  daemon: {
    type: 'boolean',
    help: 'Go on running, and do it again whenever about two thirds of the lifetime are over. SIGHUP does it at once.',
  },
  kms: { type: 'text', hidden: true, help: 'Not offered yet.' },
} as const

interface RenewalFlagValues {
  readonly 'expires-in': string | undefined
  readonly exec: string | undefined
  readonly pid: number | undefined
  readonly 'pid-file': string | undefined
  readonly signal: number | undefined
  readonly daemon: boolean
  readonly kms: string | undefined
}

/** What the flags ask for, checked. */
export interface RenewalPlan {
  /** Milliseconds; undefined: in any case. */
  readonly expiresIn: number | undefined
  /** Milliseconds between two renewals of a daemon; undefined: by the lifetime. */
  readonly period: number | undefined
  readonly isDaemon: boolean
  readonly exec: string | undefined
  readonly pid: number | undefined
  /** Where `pid` was read. */
  readonly pidFile: string | undefined
  readonly signal: number
}

/**
 * Checks the flags in step's order. `period` is `--renew-period` or `--rekey-period`.
 *
 * @throws {CommandError} `flag_invalid`, `flag_conflict`, `flag_missing`, `not_offered`, `file_unreadable`
 */
export async function parseRenewalFlags(
  io: Io,
  flags: RenewalFlagValues,
  period: { readonly name: string; readonly value: string | undefined },
): Promise<RenewalPlan> {
  const expiresIn = parseDurationFlag('expires-in', flags['expires-in'])
  const periodMilliseconds = parseDurationFlag(period.name, period.value)
  if (expiresIn !== undefined && period.value !== undefined) {
    throw flagIncompatible('expires-in', period.name)
  }
  if (period.value !== undefined && !flags.daemon) throw flagRequiresFlag(period.name, 'daemon')
  if (flags.pid !== undefined && flags['pid-file'] !== undefined) {
    throw flagsMutuallyExclusive('pid', 'pid-file')
  }
  if (flags.pid !== undefined && flags.pid <= 0) throw flagValueInvalid('pid', String(flags.pid))
  const pid = flags['pid-file'] === undefined ? flags.pid : await loadPid(io, flags['pid-file'])
  if (flags.signal !== undefined && flags.signal <= 0) {
    throw flagValueInvalid('signal', String(flags.signal))
  }
  if (flags.kms !== undefined) throw notOfferedYet("flag '--kms'")
  const exec = flags.exec?.trim() || undefined
  return {
    expiresIn,
    period: periodMilliseconds,
    isDaemon: flags.daemon,
    exec,
    pid,
    pidFile: flags['pid-file'],
    signal: flags.signal ?? 1,
  }
}

/**
 * Refuses an `--expires-in` that is longer than the certificate ever lives, and a period that is not shorter.
 *
 * @throws {CommandError} `flag_invalid`
 */
export function assertWithinValidity(
  { expiresIn, period }: RenewalPlan,
  periodName: string,
  { notBefore, notAfter }: Validity,
): void {
  const lifetime = notAfter.getTime() - notBefore.getTime()
  if (period !== undefined && period >= lifetime) throw beyond(periodName, period, lifetime)
  if (expiresIn !== undefined && expiresIn > lifetime)
    throw beyond('expires-in', expiresIn, lifetime)
}

function beyond(flag: string, milliseconds: number, lifetime: number): CommandError {
  return new CommandError(
    'flag_invalid',
    `flag '--${flag}' must be within (lower than) the certificate validity period; ${flag}=${formatDuration(milliseconds)}, cert-validity-period=${formatDuration(lifetime)}`,
  )
}

function parseDurationFlag(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  try {
    return parseDuration(text)
  } catch {
    throw flagValueInvalid(flag, text, { hint: durationHint })
  }
}

/**
 * Reads the process id in a file.
 *
 * @throws {CommandError} `file_unreadable`, `flag_invalid`
 */
export async function loadPid(io: Io, path: string): Promise<number> {
  const text = (await readInput(io, path)).toString().trim()
  const pid = /^\d{1,10}$/.test(text) ? Number(text) : 0
  if (pid > 0) return pid
  throw new CommandError('flag_invalid', `${path} holds no process id`)
}

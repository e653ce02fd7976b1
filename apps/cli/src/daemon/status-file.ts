import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileWhole } from '@mayfly/keystore-hsm'
import type { RenewalStatus } from '@mayfly/renew-scheduler'
import { isMissing, reasonOf } from '../files/system-error.ts'
import { CommandError } from '../framework/errors.ts'
import { statusEnding } from './renewals-configuration.ts'

/** What a daemon leaves for those who want to know how its certificates stand. */
export interface DaemonStatus {
  readonly pid: number
  /** ISO 8601; a daemon that runs writes each minute at least. */
  readonly writtenAt: string
  /** ISO 8601, when it was told to end. */
  readonly endedAt?: string | undefined
  readonly certificates: readonly CertificateStatus[]
  /** What is wrong with the list; what it said before is kept meanwhile. */
  readonly problems?: readonly string[]
}

/** How one certificate stands, and whether those who use it were told of the last renewal. */
export interface CertificateStatus extends RenewalStatus {
  /** What telling them of the last renewal failed by; they may still use the certificate before. */
  readonly hookError?: { readonly at: string; readonly message: string } | undefined
}

/** Where the daemon of a list, or of a folder of lists, leaves its status. */
export async function statusPathOf(configurationPath: string): Promise<string> {
  return (await isFolder(configurationPath))
    ? join(configurationPath, statusEnding)
    : `${configurationPath.replace(/\.json$/, '')}${statusEnding}`
}

/** Writes the status whole, readable by everyone: it holds no secret. */
export async function writeStatus(path: string, status: DaemonStatus): Promise<void> {
  await writeFileWhole(path, `${JSON.stringify(status, undefined, 2)}\n`, { mode: 0o644 })
}

/**
 * Reads what a daemon left; `undefined` when none has run.
 *
 * @throws {CommandError} `file_unreadable`
 */
export async function loadStatus(path: string): Promise<DaemonStatus | undefined> {
  try {
    const status: unknown = JSON.parse(await readFile(path, 'utf8'))
    if (isStatus(status)) return status
  } catch (cause) {
    if (isMissing(cause)) return undefined
    throw new CommandError('file_unreadable', `error reading "${path}": ${reasonOf(cause)}`, {
      cause,
    })
  }
  throw new CommandError('file_unreadable', `error reading "${path}": it is no daemon's status`)
}

/** Only daemons write this file, whole: more than a glance is not needed. */
function isStatus(value: unknown): value is DaemonStatus {
  return (
    typeof value === 'object' &&
    value !== null &&
    'pid' in value &&
    'writtenAt' in value &&
    'certificates' in value &&
    Array.isArray(value.certificates)
  )
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch {
    return false
  }
}

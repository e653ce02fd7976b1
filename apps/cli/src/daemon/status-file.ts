import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileWhole } from '@mayfly/keystore-hsm'
import type { RenewalStatus } from '@mayfly/renew-scheduler'
import { isMissing, reasonOf } from '../files/system-error.ts'
import { CommandError } from '../framework/errors.ts'

/** What a daemon leaves for those who want to know how its certificates stand. */
export interface DaemonStatus {
  readonly pid: number
  /** ISO 8601. */
  readonly writtenAt: string
  readonly certificates: readonly RenewalStatus[]
}

/** Where the daemon of a list, or of a folder of lists, leaves its status. */
export async function statusPathOf(configurationPath: string): Promise<string> {
  return (await isFolder(configurationPath))
    ? join(configurationPath, '.status.json')
    : `${configurationPath.replace(/\.json$/, '')}.status.json`
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
    // Only daemons write this file.
    return JSON.parse(await readFile(path, 'utf8')) as DaemonStatus
  } catch (cause) {
    if (isMissing(cause)) return undefined
    throw new CommandError('file_unreadable', `error reading "${path}": ${reasonOf(cause)}`, {
      cause,
    })
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch {
    return false
  }
}

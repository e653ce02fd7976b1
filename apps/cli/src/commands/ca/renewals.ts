import { formatDuration } from '@mayfly/x509-profiles'
import {
  type CertificateStatus,
  type DaemonStatus,
  loadStatus,
  statusPathOf,
} from '../../daemon/status-file.ts'
import { type CommandDefinition, defineCommand } from '../../framework/command-definition.ts'
import { CommandError, flagRequiredByCommand } from '../../framework/errors.ts'
import { printable } from '../../framework/printable.ts'
import { reportLine, writeResult } from '../../framework/report.ts'
import type { Io } from '../../io.ts'

export const command: CommandDefinition = defineCommand({
  usage: '',
  summary: 'show how the certificates of a renewal daemon stand',
  description:
    'mayfly ca renewals shows what the daemon of mayfly ca renew --daemon --config cares for: when each certificate ends, when it is renewed next, and the last failure. The exit status is 0 when all is well, and 1 when the daemon does not run or has told nothing for three minutes, a certificate has expired, the last attempt to renew one or to tell its users of it failed, or the list is broken.',
  example: '$ mayfly ca renewals --config renewals.json',
  positional: { minimum: 0, maximum: 0 },
  flags: {
    config: {
      type: 'text',
      value: 'file|folder',
      environment: false,
      help: "The daemon's list, or its folder of lists.",
    },
    json: { type: 'boolean', help: 'Print JSON.' },
  },
  async run({ command: name, flags, io }) {
    if (flags.config === undefined) throw flagRequiredByCommand(name, 'config')
    const status = await loadStatus(await statusPathOf(flags.config))
    if (status === undefined) {
      throw new CommandError('file_unreadable', `no daemon has run on ${flags.config}`, {
        hint: `start it with 'mayfly ca renew --daemon --config ${flags.config}'`,
      })
    }
    const isEnded = status.endedAt !== undefined || !isProcess(io, status.pid)
    const isRunning = !isEnded && isFresh(status, io.now())
    if (flags.json) writeResult(io, `${JSON.stringify({ isRunning, ...status }, undefined, 2)}\n`)
    else writeResult(io, formatTable(status, io.now()))
    if (isEnded) {
      reportLine(io, `the daemon does not run; this is how things stood at ${status.writtenAt}`)
    } else if (!isRunning) {
      reportLine(
        io,
        `the daemon has told nothing since ${status.writtenAt}: process ${status.pid} hangs, or is another program's`,
      )
    }
    const isListWell = (status.problems ?? []).length === 0
    const isAllWell = status.certificates.every((each) => isWell(each, io.now()))
    return isRunning && isListWell && isAllWell ? 0 : 1
  },
})

function isWell({ state, notAfter, lastError, hookError }: CertificateStatus, now: Date): boolean {
  const isGood = notAfter !== undefined && new Date(notAfter) >= now
  return isGood && state !== 'retrying' && lastError === undefined && hookError === undefined
}

/** A daemon writes each minute, and another process may have got the id of one that died. */
function isFresh({ writtenAt }: DaemonStatus, now: Date): boolean {
  return now.getTime() - new Date(writtenAt).getTime() < 3 * 60_000
}

function isProcess(io: Io, pid: number): boolean {
  try {
    io.sendSignal(pid, 0)
    return true
  } catch (error) {
    // Somebody else's process is one all the same.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** Two or three short lines a certificate, since paths are long and terminals are not wide. */
function formatTable({ certificates, problems = [] }: DaemonStatus, now: Date): string {
  const lines = problems.map((problem) => `${printable(problem)}\n`)
  return [...certificates.map((each) => formatCertificate(each, now)), ...lines].join('')
}

function formatCertificate(
  {
    certificatePath,
    subject,
    state,
    notAfter,
    nextAttempt,
    lastError,
    hookError,
  }: CertificateStatus,
  now: Date,
): string {
  const name = subject === undefined ? '' : ` (${subject})`
  const lines = [`${certificatePath}${name}: ${state}`]
  if (notAfter !== undefined) lines.push(`  ${ending(notAfter, now)}`)
  if (nextAttempt !== undefined) lines.push(`  next attempt in ${until(nextAttempt, now)}`)
  if (lastError !== undefined) lines.push(`  ${lastError.at} ${lastError.message}`)
  if (hookError !== undefined) lines.push(`  ${hookError.at} ${hookError.message}`)
  return lines.map((line) => `${printable(line)}\n`).join('')
}

function ending(notAfter: string, now: Date): string {
  return new Date(notAfter) < now
    ? `EXPIRED on ${notAfter}`
    : `expires in ${until(notAfter, now)}, on ${notAfter}`
}

function until(time: string, now: Date): string {
  const milliseconds = Math.max(0, new Date(time).getTime() - now.getTime())
  return formatDuration(Math.round(milliseconds / 1000) * 1000)
}

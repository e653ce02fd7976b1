import { printable } from '../framework/printable.ts'
import type { StatusReport } from './status-report.ts'

/** Formats how a database stands, a line for each thing. */
export function formatStatus(report: StatusReport): string {
  const { kind, address, version, latencyMilliseconds, problems } = report
  const lines: readonly (readonly [string, string] | undefined)[] = [
    ['Database', address ?? `${kind}, not made yet: a server makes it when it starts`],
    version === undefined ? undefined : ['Served by', `${version}, ${latencyMilliseconds} ms away`],
    version === undefined ? undefined : ['Tables', formatMigrations(report)],
    version === undefined ? undefined : ['Settings', formatSettings(report)],
    report.clockOffsetSeconds === undefined ? undefined : ['Clock', formatClock(report)],
    ['Configuration', formatConfiguration(report)],
    ...report.leases.map(
      ({ name, holder, expiresAt }) =>
        ['Lease', `${name}, held by ${holder} until ${expiresAt.toISOString()}`] as const,
    ),
    report.restore && ['Restored', formatRestore(report.restore)],
    report.history && [
      'step-ca',
      `${report.history.found}: ${report.history.imported ? 'imported' : "not imported, see 'mayfly db import'"}`,
    ],
    ...problems.map((problem) => ['Problem', problem] as const),
    ['Fit', problems.length === 0 ? 'yes' : 'no'],
  ]
  return lines
    .flatMap((line) => (line ? `${`${line[0]}:`.padEnd(nameWidth)}${printable(line[1])}\n` : []))
    .join('')
}

function formatMigrations({ migrations: { executed, pending } }: StatusReport): string {
  if (executed.length === 0) return 'none yet: a server makes them when it starts'
  if (pending.length === 0) return `up to date (${executed.at(-1)})`
  return `${pending.length} changes to come (${pending.join(', ')}): 'mayfly db migrate', or the next server that starts`
}

function formatSettings({ settings }: StatusReport): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ')
}

function formatClock({ clockOffsetSeconds = 0 }: StatusReport): string {
  if (clockOffsetSeconds === 0) return 'that of this machine, to a tenth of a second'
  const direction = clockOffsetSeconds > 0 ? 'ahead of' : 'behind'
  return `${Math.abs(clockOffsetSeconds)} s ${direction} this machine's`
}

function formatConfiguration({ configuration: { kept, revision } }: StatusReport): string {
  if (kept === 'file') return 'in ca.json'
  return revision === undefined ? 'in the database' : `in the database, revision ${revision}`
}

function formatRestore({
  startedAt,
  finishedAt,
  backupCreatedAt,
}: NonNullable<StatusReport['restore']>): string {
  const which = `a backup of ${backupCreatedAt.toISOString()}`
  if (finishedAt === undefined) return `${which}, begun at ${startedAt.toISOString()}, not ended`
  return `${which}, at ${finishedAt.toISOString()}`
}

const nameWidth = 'Configuration: '.length

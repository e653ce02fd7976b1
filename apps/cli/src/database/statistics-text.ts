import { formatColumns } from './columns.ts'
import type { StoreStatistics, TableStatistics } from './store-types.ts'

/** Formats how much a store holds: a line for each table, then what is to be said of all. */
export function formatStatistics({ tables, bytesPerCertificate, growth }: StoreStatistics): string {
  const total = tables.reduce((sum, { tableBytes, indexBytes }) => sum + tableBytes + indexBytes, 0)
  const { lastHour, lastDay } = growth
  const certificates = tables.find(({ ordering }) => ordering === 'not_after')?.rows ?? 0
  const lines = [
    ...formatColumns([
      ['table', 'rows', 'rows take', 'indexes take', 'first', 'last', 'which is when it'],
      ...tables.map(formatTable),
    ]),
    '',
    `All tables take ${formatBytes(total)}.`,
    ...(bytesPerCertificate === undefined || certificates < fewCertificates
      ? []
      : [
          `A certificate takes ${bytesPerCertificate} B with its token and all indexes, its audit entry apart.`,
        ]),
    `Issued in the last hour: ${lastHour.issued}, in the last day: ${lastDay.issued}.`,
    `Revoked in the last hour: ${lastHour.revoked}, in the last day: ${lastDay.revoked}.`,
  ]
  return lines.map((line) => `${line}\n`).join('')
}

function formatTable(table: TableStatistics): readonly string[] {
  return [
    table.name,
    `${table.isEstimated ? '~' : ''}${table.rows}`,
    formatBytes(table.tableBytes),
    formatBytes(table.indexBytes),
    formatTime(table.oldest),
    formatTime(table.newest),
    table.newest === undefined ? '-' : meanings[table.ordering ?? 'at'],
  ]
}

function formatBytes(bytes: number): string {
  const unit = units.findLastIndex((_, index) => bytes >= 1024 ** index)
  const value = bytes / 1024 ** Math.max(unit, 0)
  return `${unit <= 0 ? value : value.toFixed(1)} ${units[Math.max(unit, 0)]}`
}

/** To the second; in UTC. */
function formatTime(time: Date | undefined): string {
  return time === undefined ? '-' : `${time.toISOString().slice(0, 19)}Z`
}

/** What the times of a table's rows are. */
const meanings: Readonly<Record<NonNullable<TableStatistics['ordering']>, string>> = {
  at: 'was written',
  expires_at: 'expires',
  not_after: 'ends',
  revoked_at: 'was revoked',
}

/** The pages of few are mostly empty, and say nothing of one. */
const fewCertificates = 1000

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']

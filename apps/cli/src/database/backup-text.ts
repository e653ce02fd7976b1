import { printable } from '../framework/printable.ts'
import { formatColumns } from './columns.ts'
import type { BackupSummary } from './store-types.ts'

/** Formats what a backup holds. */
export function formatBackup({ createdAt, kind, rows }: BackupSummary): string {
  const lines = [
    `A backup of ${createdAt.toISOString()}, of ${printable(kind)}`,
    '',
    ...formatColumns([
      ['table', 'rows'],
      ...Object.entries(rows).map(([table, count]) => [printable(table), String(count)]),
    ]),
  ]
  return lines.map((line) => `${line}\n`).join('')
}

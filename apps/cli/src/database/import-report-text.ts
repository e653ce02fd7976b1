import type { ImportReport, ImportTableReport } from '@mayfly/authority-host'
import { printable } from '../framework/printable.ts'
import { formatColumns } from './columns.ts'

/** Formats what an import has done: a table of counts, then all that there is to say of single rows. */
export function formatImportReport(report: ImportReport): string {
  const { source, dryRun, resumed, tables, left, changed } = report
  const remarks = [
    ...tables.flatMap(formatRemarks),
    ...left.map(({ table, rows, why }) => `${table}: ${rows} rows are left where they are: ${why}`),
    ...(changed
      ? ['step-ca has written meanwhile. Stop it and run the import again: it adds what is new.']
      : []),
  ]
  const title = `${dryRun ? 'Would import' : 'Imported'} from ${printable(source)}`
  return lines([
    resumed ? `${title}, going on where it was left` : title,
    '',
    ...formatCounts(tables),
    ...(remarks.length === 0 ? [] : ['', ...remarks]),
  ])
}

function formatCounts(tables: readonly ImportTableReport[]): readonly string[] {
  return formatColumns([
    ['table', 'read', 'imported', 'present', 'unneeded', 'refused'],
    ...tables.map((each) => [
      each.table,
      ...[each.read, each.imported, each.present, each.unneeded, each.refused].map(String),
    ]),
  ])
}

function formatRemarks({ table, refused, refusals, notes }: ImportTableReport): readonly string[] {
  const untold = refused - refusals.length
  return [
    ...Object.entries(notes).map(([note, count]) => `${table}: ${count} × ${printable(note)}`),
    ...refusals.map(({ key, reason }) => `${table} ${printable(key)}: ${printable(reason)}`),
    ...(untold > 0 ? [`${table}: ${untold} more were refused`] : []),
  ]
}

function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join('')
}

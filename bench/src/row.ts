import { type budgetOf, type Work, works } from './budget.ts'
import type { DatabaseName } from './database/measured-database.ts'
import type { Measurement } from './load.ts'
import { formatTable } from './table.ts'

/** One work, measured, beside its budget. */
export interface Row extends Measurement {
  readonly work: Work
  readonly database: DatabaseName
  readonly instances: number
  /** How many certificates the database held before. */
  readonly rows: number
  readonly budget: ReturnType<typeof budgetOf>
  /** How many processes wanted a processor in the last minute: see `uptime`. */
  readonly loadAverage: number
}

export function formatRows(rows: readonly Row[]): string {
  return formatTable([header, ...rows.map(lineOf)])
}

const header = [
  'work',
  'database',
  'instances',
  'rows',
  'certificates/s',
  'p50 ms',
  'p99 ms',
  'failed',
  'CPU ms each',
  'budget',
  'database CPU ms',
  'budget',
  'load',
]

function lineOf(row: Row): string[] {
  return [
    works[row.work],
    row.database,
    String(row.instances),
    String(row.rows),
    row.perSecond.toFixed(0),
    row.p50Milliseconds.toFixed(1),
    row.p99Milliseconds.toFixed(1),
    String(row.failed),
    row.cpuMillisecondsEach.map((each) => each.toFixed(2)).join(' / '),
    row.budget.server?.toFixed(2) ?? '–',
    row.databaseCpuMillisecondsEach?.toFixed(2) ?? '–',
    row.budget.database?.toFixed(2) ?? '–',
    row.loadAverage.toFixed(1),
  ]
}

import { type Kysely, sql } from 'kysely'
import type { Tables } from '../rows/tables.ts'
import { compileStatement, createQueryCompiler } from '../sql/query-compiler.ts'
import type { SqlTarget } from '../sql/sql-target.ts'
import { readGrowth } from './growth.ts'
import type { StatisticsReader, TableStatistics } from './store-statistics.ts'
import { readTableSizes, type TableSize } from './table-sizes.ts'

/** Creates the {@link StatisticsReader} of a database. `readClock` reads the database's own clock. */
export function createStatisticsReader(
  target: SqlTarget,
  readClock: () => Promise<Date>,
): StatisticsReader {
  const compiler = createQueryCompiler(target.dialect)
  return {
    async readStatistics() {
      const at = await readClock()
      const tables: TableStatistics[] = []
      for (const size of await readTableSizes(target, compiler)) {
        tables.push(await describeTable(target, compiler, size))
      }
      return {
        at,
        tables,
        bytesPerCertificate: bytesPerCertificate(target, tables),
        growth: {
          lastHour: await readGrowth(target, compiler, at.getTime() - 3_600_000),
          lastDay: await readGrowth(target, compiler, at.getTime() - 86_400_000),
        },
      }
    },
  }
}

async function describeTable(
  target: SqlTarget,
  compiler: Kysely<Tables>,
  { table, tableBytes, indexBytes, estimatedRows }: TableSize,
): Promise<TableStatistics> {
  const isEstimated = estimatedRows !== undefined && estimatedRows > mostCounted
  const ordering = orderings.get(table)
  const span =
    ordering === undefined ? undefined : await readSpan(target, compiler, ordering, table)
  return {
    name: physicalName(target, table),
    rows: isEstimated ? estimatedRows : await countRows(target, compiler, table),
    isEstimated,
    tableBytes,
    indexBytes,
    oldest: span?.oldest,
    newest: span?.newest,
    ordering,
  }
}

async function countRows(
  target: SqlTarget,
  compiler: Kysely<Tables>,
  table: keyof Tables,
): Promise<number> {
  const [row] = await target.read(
    compileStatement(compiler.selectFrom(table).select(sql<number>`count(*)`.as('count'))),
  )
  return Number(row?.count ?? 0)
}

async function readSpan(
  target: SqlTarget,
  compiler: Kysely<Tables>,
  ordering: NonNullable<TableStatistics['ordering']>,
  table: keyof Tables,
): Promise<{ readonly oldest: Date | undefined; readonly newest: Date | undefined }> {
  // Each alone, so that each is one end of an index. The audit's times follow its numbers.
  const column = sql.ref(ordering)
  const order = ordering === 'at' ? sql.ref('id') : column
  const end = async (direction: 'asc' | 'desc'): Promise<Date | undefined> => {
    const [row] = await target.read(
      compileStatement(
        compiler
          .selectFrom(table)
          .select(sql<number>`${column}`.as('time'))
          .orderBy(order, direction)
          .limit(1),
      ),
    )
    return typeof row?.time === 'number' ? new Date(row.time) : undefined
  }
  return { oldest: await end('asc'), newest: await end('desc') }
}

/** With few rows the pages are mostly empty, and it says little. */
function bytesPerCertificate(
  target: SqlTarget,
  tables: readonly TableStatistics[],
): number | undefined {
  const bytesPerRow = (table: keyof Tables): number | undefined => {
    const found = tables.find(({ name }) => name === physicalName(target, table))
    if (found === undefined || found.rows === 0) return undefined
    return (found.tableBytes + found.indexBytes) / found.rows
  }
  const perCertificate = bytesPerRow('certificates')
  if (perCertificate === undefined) return undefined
  return Math.round(perCertificate + (bytesPerRow('spent_tokens') ?? 0))
}

function physicalName({ dialect }: SqlTarget, table: keyof Tables): string {
  return dialect === 'sqlite' ? table : `mayfly_${table}`
}

const orderings: ReadonlyMap<keyof Tables, NonNullable<TableStatistics['ordering']>> = new Map([
  ['audit', 'at'],
  ['certificates', 'not_after'],
  ['revocations', 'revoked_at'],
  ['spent_tokens', 'expires_at'],
])

/** More rows than this are not counted where the server estimates them: that would read all of an index. */
const mostCounted = 1_000_000

import { type Kysely, sql } from 'kysely'
import type { Tables } from '../rows/tables.ts'
import { compileStatement } from '../sql/query-compiler.ts'
import type { SqlTarget } from '../sql/sql-target.ts'
import type { Growth } from './store-statistics.ts'

/**
 * Counts what was done since a time. Audit entries are numbered as they are written and their times grow with the numbers,
 * give or take what the clocks of instances differ by, so the first one is found by halving: no index on times is
 * needed, which every certificate would pay for.
 */
export async function readGrowth(
  target: SqlTarget,
  compiler: Kysely<Tables>,
  since: number,
): Promise<Growth> {
  const first = await findFirstEntry(target, compiler, since - clockDifference)
  const rows = await target.read(
    compileStatement(
      compiler
        .selectFrom('audit')
        .select(['action', sql<number>`count(*)`.as('count')])
        .where('id', '>=', first)
        .where('at', '>=', since)
        .groupBy('action'),
    ),
  )
  const count = (isCounted: (action: unknown) => boolean): number =>
    rows.reduce((sum, row) => (isCounted(row.action) ? sum + Number(row.count) : sum), 0)
  return {
    issued: count((action) => action === 'sign' || action === 'renew' || action === 'rekey'),
    revoked: count((action) => action === 'revoke'),
  }
}

/** Returns the number of the first audit entry that was written at that time or later, or a greater one if none was. */
async function findFirstEntry(
  target: SqlTarget,
  compiler: Kysely<Tables>,
  at: number,
): Promise<number> {
  const [bounds] = await target.read(
    compileStatement(
      compiler
        .selectFrom('audit')
        .select(({ fn }) => [fn.min('id').as('low'), fn.max('id').as('high')]),
    ),
  )
  if (typeof bounds?.low !== 'number' || typeof bounds.high !== 'number') return 0
  let { low } = bounds
  let high = bounds.high + 1
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const [entry] = await target.read(
      compileStatement(
        compiler
          .selectFrom('audit')
          .select(['id', 'at'])
          .where('id', '>=', middle)
          .orderBy('id')
          .limit(1),
      ),
    )
    if (typeof entry?.id !== 'number' || typeof entry.at !== 'number' || entry.at >= at) {
      high = middle
    } else {
      low = entry.id + 1
    }
  }
  return low
}

/** An instance that is more than 30 seconds off the database's clock is not ready; ten times that. */
const clockDifference = 300_000

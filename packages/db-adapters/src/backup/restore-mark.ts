import { type Kysely, sql } from 'kysely'
import type { Tables } from '../rows/tables.ts'
import { compileStatement, databaseClock } from '../sql/query-compiler.ts'
import type { SqlStatement, SqlTarget } from '../sql/sql-target.ts'
import type { RestoreMark } from './backup-store.ts'

/** Reads the last mark, with its number. */
export async function findRestoreMark(
  target: SqlTarget,
  compiler: Kysely<Tables>,
): Promise<(RestoreMark & { readonly number: number }) | undefined> {
  const query = compiler.selectFrom('restores').selectAll().orderBy('number', 'desc').limit(1)
  const [row] = await target.read(compileStatement(query))
  if (row === undefined) return undefined
  const { number, started_at, finished_at, backup_created_at } = row
  return {
    number: Number(number),
    startedAt: new Date(Number(started_at)),
    finishedAt: finished_at === null ? undefined : new Date(Number(finished_at)),
    backupCreatedAt: new Date(Number(backup_created_at)),
  }
}

/** Marks that a restore begins. */
export function insertRestoreMark(
  { dialect }: SqlTarget,
  compiler: Kysely<Tables>,
  { number, backupCreatedAt }: { readonly number: number; readonly backupCreatedAt: Date },
): SqlStatement {
  return compileStatement(
    compiler
      .insertInto('restores')
      .columns(['number', 'started_at', 'backup_created_at'])
      .expression(
        compiler.selectNoFrom([
          sql<number>`${sql.lit(number)}`.as('number'),
          databaseClock(dialect).as('started_at'),
          sql<number>`${sql.lit(backupCreatedAt.getTime())}`.as('backup_created_at'),
        ]),
      ),
  )
}

/** Marks that all is in; from then on the store may be used. */
export function finishRestoreMark(
  { dialect }: SqlTarget,
  compiler: Kysely<Tables>,
  number: number,
): SqlStatement {
  return compileStatement(
    compiler
      .updateTable('restores')
      .set({ finished_at: databaseClock(dialect) })
      .where('number', '=', number)
      .where('finished_at', 'is', null),
    'one',
  )
}

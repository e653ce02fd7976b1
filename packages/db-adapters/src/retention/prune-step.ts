import type { Kysely } from 'kysely'
import type { Tables } from '../rows/tables.ts'
import { compareOctets } from '../server-store/octets.ts'
import type { SqlRow, SqlStatement, SqlTarget } from '../sql/sql-target.ts'
import type { Cutoffs } from './cutoffs.ts'
import type { PruneCounts } from './retention-store.ts'

/** Deletes rows of one kind, a few at a time. */
export interface PruneStep {
  /** Finds the next rows that are due, or `undefined` when there are none left. */
  findNext(limit: number): Promise<DueRows | undefined>
}

/** Some rows that are due. */
export interface DueRows {
  readonly deletions: readonly Deletion[]
  /** Whether there may be more after these. */
  readonly isFull: boolean
}

/** One statement, and what the rows count as that it deletes. */
export interface Deletion {
  readonly statement: SqlStatement
  /** Left out for rows that are part of others. */
  readonly counted?: keyof PruneCounts
}

/** What the steps of a pruning need. */
export interface StepContext {
  readonly target: SqlTarget
  readonly compiler: Kysely<Tables>
  readonly cutoffs: Cutoffs
}

/** The rows that were found, if there are any. */
export function dueRows(
  rows: readonly SqlRow[],
  limit: number,
  deletions: () => readonly Deletion[],
): DueRows | undefined {
  return rows.length === 0 ? undefined : { deletions: deletions(), isFull: rows.length === limit }
}

/** Sorted, so that those who prune at the same time take their locks in one order. */
export function octetsOf(rows: readonly SqlRow[], column: string): Uint8Array[] {
  return rows
    .flatMap((row) => (row[column] instanceof Uint8Array ? row[column] : []))
    .sort(compareOctets)
}

/** Where the next search goes on. */
export function lastNumber(rows: readonly SqlRow[], column: string): number | undefined {
  const value = rows.at(-1)?.[column]
  return typeof value === 'number' ? value : undefined
}

/** Before all times. */
export const earliest: number = Number.MIN_SAFE_INTEGER

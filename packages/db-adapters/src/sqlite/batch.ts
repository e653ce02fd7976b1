import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { StoreError } from '../errors.ts'
import { waitWhileBusy } from './busy-wait.ts'
import { assertInPlace, type FileIdentity } from './database-file.ts'
import { writeIssuance } from './issuance.ts'
import { createRevisionCheck, type RevisionCheck } from './revision-check.ts'
import { writeRevocation } from './revocation.ts'
import { createRunStatement, type RunStatement, writeScript } from './script.ts'
import { isBusy, translateSqliteError } from './sqlite-error.ts'
import { encodeFailure, type UnitMessage, type UnitResult } from './unit-message.ts'
import { createWriterStatements, type WriterStatements } from './writer-statements.ts'

/** The file that batches are written to. */
export interface BatchTarget {
  readonly path: string
  readonly file: FileIdentity
}

/** Commits a closed batch of units, waiting for other writers until `deadline` by `performance.now()`. */
export type CommitBatch = (units: readonly UnitMessage[], deadline: number) => UnitResult[]

/**
 * Returns what commits batches on the writer's connection: all units of a batch in one transaction.
 * If that fails each is run again alone, so that a bad unit cannot fail its neighbours; only a database that
 * others kept locked fails them all. It never throws.
 */
export function createCommitBatch(database: DatabaseSync, target: BatchTarget): CommitBatch {
  const transaction: Transaction = {
    database,
    target,
    begin: database.prepare('begin immediate'),
    commit: database.prepare('commit'),
    statements: createWriterStatements(database),
    run: createRunStatement(database),
  }
  return (units, deadline) => {
    try {
      return runTransaction(transaction, units, deadline)
    } catch (error) {
      if (units.length === 1 || isBusy(error)) return units.map(() => failed(error, target))
      return units.map((unit) => runAlone(transaction, unit, deadline))
    }
  }
}

interface Transaction {
  readonly database: DatabaseSync
  readonly target: BatchTarget
  readonly begin: StatementSync
  readonly commit: StatementSync
  readonly statements: WriterStatements
  readonly run: RunStatement
}

function runAlone(transaction: Transaction, unit: UnitMessage, deadline: number): UnitResult {
  try {
    const [result] = runTransaction(transaction, [unit], deadline)
    if (result !== undefined) return result
    throw new Error('a unit was given no result')
  } catch (error) {
    return failed(error, transaction.target)
  }
}

function runTransaction(
  transaction: Transaction,
  units: readonly UnitMessage[],
  deadline: number,
): UnitResult[] {
  const { database, target, begin } = transaction
  assertInPlace(target.path, target.file)
  waitWhileBusy(deadline, () => begin.run())
  try {
    const check = createRevisionCheck(transaction.statements)
    const results = units.map((unit) => writeUnit(transaction, check, unit))
    commit(transaction)
    return results
  } catch (error) {
    // SQLite itself has rolled back after some failures, such as a full disk.
    if (database.isTransaction) database.exec('rollback')
    throw error
  }
}

function writeUnit(
  { database, statements, run }: Transaction,
  check: RevisionCheck,
  message: UnitMessage,
): UnitResult {
  switch (message.kind) {
    case 'issuance':
      return {
        kind: message.kind,
        outcome: check.isNewest(message.unit) ? writeIssuance(statements, message.unit) : changed,
      }
    case 'revocation':
      return {
        kind: message.kind,
        outcome: check.isNewest(message.unit) ? writeRevocation(statements, message.unit) : changed,
      }
    case 'script':
      check.forget()
      return { kind: message.kind, outcome: writeScript(database, run, message.script) }
  }
}

const changed = { status: 'configuration_changed' } as const

/** When the commit itself fails for a reason that leaves open what reached the disk, it says so. */
function commit({ commit, target }: Transaction): void {
  try {
    commit.run()
  } catch (error) {
    const cause = translateSqliteError(error, target.path)
    if (!(cause instanceof StoreError) || cause.code !== 'store_unavailable') throw error
    throw new StoreError('commit_uncertain', cause.message, { cause: error, hint: cause.hint })
  }
}

function failed(error: unknown, { path }: BatchTarget): UnitResult {
  return { kind: 'failed', failure: encodeFailure(translateSqliteError(error, path)) }
}

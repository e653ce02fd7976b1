import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import {
  isAtomic,
  isMet,
  type ScriptOutcome,
  type SqlRow,
  type SqlStatement,
  type StatementResult,
} from '../sql/sql-target.ts'
import { isKeyTaken } from './sqlite-error.ts'

/** Runs one statement on a connection. */
export type RunStatement = (statement: SqlStatement) => StatementResult

/** Returns what runs statements on a connection, and keeps those most recently prepared. */
export function createRunStatement(database: DatabaseSync): RunStatement {
  const prepared = new Map<string, (...parameters: SQLInputValue[]) => StatementResult>()

  function prepare(sql: string): (...parameters: SQLInputValue[]) => StatementResult {
    const statement = database.prepare(sql)
    if (statement.columns().length === 0) {
      return (...parameters) => ({ rows: [], count: Number(statement.run(...parameters).changes) })
    }
    return (...parameters) => {
      const rows = statement.all(...parameters) as SqlRow[]
      return { rows, count: rows.length }
    }
  }

  return ({ sql, parameters }) => {
    const run = prepared.get(sql) ?? prepare(sql)
    prepared.delete(sql)
    prepared.set(sql, run)
    const [oldest] = prepared.keys()
    if (prepared.size > maximumPrepared && oldest !== undefined) prepared.delete(oldest)
    return run(...parameters)
  }
}

const maximumPrepared = 100

/**
 * Carries out a script inside the open transaction, which it may share. Whatever it returns, it has written all of the
 * script or nothing; when it throws, the transaction must be rolled back.
 */
export function writeScript(
  database: DatabaseSync,
  run: RunStatement,
  script: readonly SqlStatement[],
): ScriptOutcome {
  if (isAtomic(script)) return runAll(run, script)
  database.exec('savepoint script')
  const outcome = runAll(run, script)
  if (outcome.status !== 'committed') database.exec('rollback to script')
  database.exec('release script')
  return outcome
}

function runAll(run: RunStatement, script: readonly SqlStatement[]): ScriptOutcome {
  const results: StatementResult[] = []
  for (const statement of script) {
    const result = tryRun(run, statement)
    if (result === undefined) return { status: 'key_taken' }
    results.push(result)
    if (!isMet(statement, result)) return { status: 'unmet', results }
  }
  return { status: 'committed', results }
}

/** Returns `undefined` when a key was taken, which undoes the statement and no other. */
function tryRun(run: RunStatement, statement: SqlStatement): StatementResult | undefined {
  try {
    return run(statement)
  } catch (error) {
    if (isKeyTaken(error)) return undefined
    throw error
  }
}

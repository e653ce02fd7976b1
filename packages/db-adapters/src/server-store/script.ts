import { StoreError } from '../errors.ts'
import {
  isAtomic,
  isMet,
  type ScriptOutcome,
  type SqlStatement,
  type StatementResult,
  type WriteOptions,
} from '../sql/sql-target.ts'
import { maximumAttempts, pauseBeforeAttempt, translateFault, uncertainError } from './faults.ts'
import type { BatchTarget } from './issuance-batch.ts'
import type { ServerConnection, ServerDatabase } from './server-database.ts'
import { isConnectionSpent } from './server-faults.ts'

/**
 * Runs a script in a transaction of its own; one that is a single statement needs one trip.
 *
 * @throws {StoreError} as `SqlTarget.write`.
 * @throws {TypeError} when a value cannot be kept.
 */
export async function runScript(
  { database, pool, retryMilliseconds }: BatchTarget,
  script: readonly SqlStatement[],
  { inOneTrip = false }: WriteOptions = {},
): Promise<ScriptOutcome> {
  const begun = performance.now()
  for (let attempt = 0; ; attempt++) {
    const progress: Progress = { committing: false }
    try {
      return await pool.use(async (connection) => {
        if (!inOneTrip || isAtomic(script)) return runOnce(connection, script, progress)
        const results = await runTogether(database, connection, script, progress)
        return results ? { status: 'committed', results } : runOnce(connection, script, progress)
      })
    } catch (error) {
      if (error instanceof StoreError) throw error
      const fault = database.faultOf(error)
      if (fault.kind === 'conflict') return { status: 'key_taken' }
      if (fault.kind === 'lost' && progress.committing) {
        throw uncertainError(database, error, 'look at what stands, then try again')
      }
      // Lost before its commit was asked for, it was rolled back.
      const again =
        fault.kind === 'transient'
          ? attempt < maximumAttempts && performance.now() - begun < retryMilliseconds
          : isConnectionSpent(fault) && attempt < 1
      if (!again) throw translateFault(database, error)
      await pauseBeforeAttempt(attempt)
    }
  }
}

interface Progress {
  /** Whether a commit was asked for. */
  committing: boolean
}

/** Returns `undefined`, with nothing written, when only step by step can be told what is in the way. */
async function runTogether(
  database: ServerDatabase,
  connection: ServerConnection,
  script: readonly SqlStatement[],
  progress: Progress,
): Promise<readonly StatementResult[] | undefined> {
  progress.committing = true
  try {
    return await connection.executeAll(script)
  } catch (error) {
    if (error instanceof StoreError) throw error
    const { kind } = database.faultOf(error)
    // All of it may be too much for one packet.
    if (kind !== 'conflict' && kind !== 'value') throw error
    progress.committing = false
    return undefined
  }
}

async function runOnce(
  connection: ServerConnection,
  script: readonly SqlStatement[],
  progress: Progress,
): Promise<ScriptOutcome> {
  if (isAtomic(script)) {
    progress.committing = true
    return runAll(connection, script)
  }
  try {
    await connection.execute(begin)
    const outcome = await runAll(connection, script)
    if (outcome.status === 'committed') {
      progress.committing = true
      await connection.commit()
    } else {
      await connection.rollback()
    }
    return outcome
  } catch (error) {
    // A transaction that nobody ends would keep its locks: the connection goes rather than that.
    if (connection.usable) await connection.rollback().catch(() => connection.destroy())
    throw error
  }
}

async function runAll(
  connection: ServerConnection,
  script: readonly SqlStatement[],
): Promise<ScriptOutcome> {
  const results: StatementResult[] = []
  for (const statement of script) {
    const result = await connection.execute(statement)
    results.push(result)
    if (!isMet(statement, result)) return { status: 'unmet', results }
  }
  return { status: 'committed', results }
}

const begin: SqlStatement = { sql: 'begin', parameters: [] }

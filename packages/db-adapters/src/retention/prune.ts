import { setTimeout } from 'node:timers/promises'
import { requireLease } from '../sql/held-lease.ts'
import { createQueryCompiler } from '../sql/query-compiler.ts'
import type { SqlStatement, SqlTarget } from '../sql/sql-target.ts'
import { countDue } from './count-due.ts'
import { cutoffsAt } from './cutoffs.ts'
import type { DueRows } from './prune-step.ts'
import { createPruneSteps } from './prune-steps.ts'
import type { PruneCounts, PruneResult, Pruning, RetentionStore } from './retention-store.ts'

/** Creates the {@link RetentionStore} of a database. `readClock` reads the database's own clock. */
export function createRetentionStore(
  target: SqlTarget,
  readClock: () => Promise<Date>,
): RetentionStore {
  const compiler = createQueryCompiler(target.dialect)
  return {
    async prune(pruning) {
      const cutoffs = cutoffsAt(await readClock(), pruning.rules)
      return prune(target, createPruneSteps(target, compiler, cutoffs), {
        pruning,
        lease: pruning.lease && requireLease(compiler, target.dialect, pruning.lease),
      })
    },
    async countDue(rules) {
      return countDue(target, compiler, cutoffsAt(await readClock(), rules))
    },
  }
}

async function prune(
  target: SqlTarget,
  steps: ReturnType<typeof createPruneSteps>,
  { pruning, lease }: { readonly pruning: Pruning; readonly lease: SqlStatement | undefined },
): Promise<PruneResult> {
  const { batchSize = 500, pauseMilliseconds = 20, signal, onProgress } = pruning
  let counts: PruneCounts = nothing
  for (const step of steps) {
    for (let isFull = true; isFull; ) {
      if (signal?.aborted) return { status: 'stopped', counts }
      const due = await step.findNext(batchSize)
      if (due === undefined) break
      const deleted = await deleteDue(target, due, lease)
      if (deleted === undefined) return { status: 'lease_lost', counts }
      counts = sum(counts, deleted)
      onProgress?.(counts)
      isFull = due.isFull
      if (isFull && pauseMilliseconds > 0) await setTimeout(pauseMilliseconds)
    }
  }
  return { status: 'done', counts }
}

const nothing: PruneCounts = {
  certificates: 0,
  revocations: 0,
  spentTokens: 0,
  auditEntries: 0,
  spentNonces: 0,
  orders: 0,
}

/** Returns `undefined`, and deletes nothing, when the lease is held no longer. */
async function deleteDue(
  target: SqlTarget,
  { deletions }: DueRows,
  lease: SqlStatement | undefined,
): Promise<Partial<PruneCounts> | undefined> {
  // Last: what is asked just before the commit holds at the commit, and is locked for a moment only, so that the next
  // holder need not wait for a transaction that stands still.
  const last = lease === undefined ? [] : [lease]
  const outcome = await target.write([...deletions.map(({ statement }) => statement), ...last])
  if (outcome.status !== 'committed') return undefined
  const deleted: { -readonly [Name in keyof PruneCounts]?: number } = {}
  for (const [index, { counted }] of deletions.entries()) {
    if (counted === undefined) continue
    const count = outcome.results[index]?.count ?? 0
    deleted[counted] = (deleted[counted] ?? 0) + count
  }
  return deleted
}

function sum(counts: PruneCounts, more: Partial<PruneCounts>): PruneCounts {
  return {
    certificates: counts.certificates + (more.certificates ?? 0),
    revocations: counts.revocations + (more.revocations ?? 0),
    spentTokens: counts.spentTokens + (more.spentTokens ?? 0),
    auditEntries: counts.auditEntries + (more.auditEntries ?? 0),
    spentNonces: counts.spentNonces + (more.spentNonces ?? 0),
    orders: counts.orders + (more.orders ?? 0),
  }
}

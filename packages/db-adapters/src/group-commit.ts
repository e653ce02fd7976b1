/** How units are committed together. */
export interface GroupCommitOptions<Unit, Result> {
  /**
   * Commits a closed batch of at least one unit and returns one result a unit, in their order. When it
   * rejects, each unit of the batch is rejected with that error. Never called while a batch is under way.
   * `waitedMilliseconds` is how long the oldest unit has been waiting.
   */
  commitBatch(units: readonly Unit[], waitedMilliseconds: number): Promise<readonly Result[]>
  /** How many units a batch may hold, so that no transaction becomes long. */
  readonly maximumBatchSize: number
}

/** Gathers units while a batch is being committed, and commits what was gathered as the next one. */
export interface GroupCommit<Unit, Result> {
  /** Resolves with the unit's own result. A unit that finds no batch under way goes at once. */
  submit(unit: Unit): Promise<Result>
  /** Resolves when all that was submitted is settled. */
  drain(): Promise<void>
}

/** Creates a {@link GroupCommit}: the transactions of one process, one after the other. */
export function createGroupCommit<Unit, Result>(
  options: GroupCommitOptions<Unit, Result>,
): GroupCommit<Unit, Result> {
  let waiting: Entry<Unit, Result>[] = []
  let running: Promise<void> | undefined

  async function commitAll(): Promise<void> {
    // A turn of the microtask queue gathers what callers of the same moment submit, and waits for nobody.
    await undefined
    while (waiting.length > 0) {
      const batch = waiting.slice(0, options.maximumBatchSize)
      waiting = waiting.slice(options.maximumBatchSize)
      await commitOne(batch, options)
    }
    running = undefined
  }

  return {
    submit(unit) {
      const { promise, resolve, reject } = Promise.withResolvers<Result>()
      waiting.push({ unit, submittedAt: performance.now(), resolve, reject })
      running ??= commitAll()
      return promise
    },
    async drain() {
      await running
    },
  }
}

interface Entry<Unit, Result> {
  readonly unit: Unit
  readonly submittedAt: number
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
}

async function commitOne<Unit, Result>(
  batch: readonly Entry<Unit, Result>[],
  { commitBatch }: GroupCommitOptions<Unit, Result>,
): Promise<void> {
  try {
    const waited = performance.now() - (batch[0]?.submittedAt ?? 0)
    const results = await commitBatch(
      batch.map(({ unit }) => unit),
      waited,
    )
    for (const [index, { resolve, reject }] of batch.entries()) {
      const result = results[index]
      if (result === undefined) reject(new Error(`unit ${index} of a batch was given no result`))
      else resolve(result)
    }
  } catch (error) {
    for (const { reject } of batch) reject(error)
  }
}

import {
  type ImportOutcome,
  type ImportPart,
  type ImportRecord,
  type ImportStore,
  StoreError,
} from '@mayfly/db-adapters'
import { HostError } from '../errors.ts'
import type { TableTally } from './import-report.ts'

/** Where an import stands, step by step. */
export interface ImportRun {
  readonly resumed: boolean
  /** What was counted of a table, or `undefined` where it was not begun. */
  findTally(table: string): TableTally | undefined
  /**
   * Takes a step: writes rows, and what is counted of their table.
   *
   * @throws {HostError} `import_overtaken` when somebody else is at the same import.
   */
  write(
    table: string,
    tally: TableTally,
    part: ImportPart,
  ): Promise<Exclude<ImportOutcome['status'], 'overtaken'>>
  /** Says that all is there. @throws {HostError} as {@link ImportRun.write}. */
  finish(): Promise<void>
}

/**
 * Goes on with an import where it was left, or begins one. What has changed since an import was left is read anew: the
 * rows that came since may lie before the place where it stood.
 */
export async function startRun(
  imports: ImportStore,
  source: Pick<ImportRecord, 'source' | 'description' | 'state'>,
  now: () => Date,
): Promise<ImportRun> {
  const found = await imports.findImport(source.source)
  const isLeft =
    found !== undefined && found.finishedAt === undefined && found.state === source.state
  let record: ImportRecord = isLeft
    ? found
    : { ...source, step: 1, progress: '{}', startedAt: now() }
  const tallies: Map<string, TableTally> = parseProgress(record.progress)

  async function take(
    next: ImportRecord,
    part: ImportPart,
    replaces?: number,
  ): Promise<Exclude<ImportOutcome['status'], 'overtaken'>> {
    const options = replaces === undefined ? {} : { replaces }
    const { status } = await commit(imports, next, part, options)
    if (status === 'overtaken') throw overtaken()
    if (status === 'committed') record = next
    return status
  }

  if (!isLeft) await take(record, {}, found?.step)
  return {
    resumed: isLeft,
    findTally: (table) => tallies.get(table),
    async write(table, tally, part) {
      const progress = encodeProgress(new Map(tallies).set(table, tally))
      const status = await take({ ...record, step: record.step + 1, progress }, part)
      if (status === 'committed') tallies.set(table, tally)
      return status
    },
    async finish() {
      await take({ ...record, step: record.step + 1, finishedAt: now() }, {})
    },
  }
}

/** When the answer to a commit was lost, the record tells whether it was committed; if not, it is tried once more. */
async function commit(
  imports: ImportStore,
  next: ImportRecord,
  part: ImportPart,
  options: { readonly replaces?: number },
): Promise<ImportOutcome> {
  try {
    return await imports.commitPart(next, part, options)
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== 'commit_uncertain') throw error
    const stands = await imports.findImport(next.source)
    if (stands?.step === next.step && stands.progress === next.progress) {
      return { status: 'committed' }
    }
    return imports.commitPart(next, part, options)
  }
}

function encodeProgress(tallies: ReadonlyMap<string, TableTally>): string {
  return JSON.stringify(Object.fromEntries(tallies))
}

/** Reads what {@link encodeProgress} wrote. */
function parseProgress(text: string): Map<string, TableTally> {
  const tallies: Record<string, TableTally> = JSON.parse(text)
  return new Map(Object.entries(tallies))
}

function overtaken(): HostError {
  return new HostError('import_overtaken', 'the same data is being imported by somebody else', {
    hint: 'let that import end; this one has done no harm',
  })
}

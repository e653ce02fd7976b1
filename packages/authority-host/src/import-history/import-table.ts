import type { ImportPart, ImportStore } from '@mayfly/db-adapters'
import type { HistoryReading, HistoryTable, Verdict } from './history-table.ts'
import {
  createTally,
  type ImportTableReport,
  type TableTally,
  tallyNote,
  tallyRefusal,
} from './import-report.ts'
import type { ImportRun } from './import-run.ts'
import { textOf } from './step-ca-value.ts'

/** What a table is imported with. */
export interface TableImport {
  readonly reading: HistoryReading
  readonly imports: ImportStore
  readonly run: ImportRun
  readonly onProgress: (progress: ImportProgress) => void
}

/** How far a table has been read. */
export interface ImportProgress {
  readonly table: string
  readonly read: number
  readonly rows: number
}

interface JudgedRow<Item> {
  readonly key: Uint8Array
  readonly verdict: Verdict<Item>
}

/** Takes over what is left of a table, in steps of {@link rowsPerStep} rows at most. */
export async function importTable<Item>(
  table: HistoryTable<Item>,
  { reading, imports, run, onProgress }: TableImport,
): Promise<ImportTableReport> {
  const { name } = table
  const rows = await reading.source.countRows(name)

  const tallied = (): TableTally => run.findTally(name) ?? createTally()
  const tell = (): void => onProgress({ table: name, read: tallied().read, rows })

  async function take(judged: readonly JudgedRow<Item>[], isLast: boolean): Promise<void> {
    const tally = structuredClone(tallied())
    const { absent, present } = await count(judged, tally)
    tally.done = isLast
    tally.cursor = cursorOf(judged) ?? tally.cursor
    const part = table.toPart(absent, present)
    const outcome = await write(tally, part, { isRefusable: absent.length + present.length > 0 })
    if (outcome === 'committed') tell()
    else await takeEach(judged, isLast, misfits[outcome])
  }

  async function write(
    tally: TableTally,
    part: ImportPart,
    { isRefusable }: { readonly isRefusable: boolean },
  ): Promise<'committed' | Misfit> {
    try {
      return await run.write(name, tally, part)
    } catch (error) {
      if (isRefusable && error instanceof TypeError) return 'value_unfit'
      throw error
    }
  }

  /** Counts the rows, and returns what is kept of them. */
  async function count(
    judged: readonly JudgedRow<Item>[],
    tally: TableTally,
  ): Promise<{ readonly absent: readonly Item[]; readonly present: readonly Item[] }> {
    const kept = judged.flatMap(({ verdict }) => (verdict.kind === 'keep' ? [verdict.item] : []))
    const presences = kept.length === 0 ? [] : await table.findPresent(kept, imports)
    const places = new Map(kept.map((item, index) => [item, presences[index] ?? 'absent']))
    const absent: Item[] = []
    const present: Item[] = []
    for (const { key, verdict } of judged) {
      tally.read += 1
      if (verdict.kind === 'refuse') {
        tallyRefusal(tally, { key: textOf(key), reason: verdict.reason })
        continue
      }
      if (verdict.kind === 'unneeded') {
        tally.unneeded += 1
        tallyNote(tally, verdict.note)
        continue
      }
      const place = places.get(verdict.item)
      if (typeof place === 'object') {
        tallyRefusal(tally, { key: textOf(key), reason: place.reason })
        continue
      }
      if (place === 'present') {
        tally.present += 1
        present.push(verdict.item)
      } else {
        tally.imported += 1
        absent.push(verdict.item)
      }
      if (verdict.note !== undefined) tallyNote(tally, verdict.note)
    }
    return { absent, present }
  }

  /** Which row it is that has no place only shows when each is written by itself. */
  async function takeEach(
    judged: readonly JudgedRow<Item>[],
    isLast: boolean,
    reason: string,
  ): Promise<void> {
    const [only, ...others] = judged
    if (only === undefined) return
    if (others.length === 0) {
      await take([{ key: only.key, verdict: { kind: 'refuse', reason } }], isLast)
      return
    }
    for (const [index, each] of judged.entries()) {
      await take([each], isLast && index === judged.length - 1)
    }
  }

  tell()
  if (!tallied().done) {
    let judged: JudgedRow<Item>[] = []
    let octets = 0
    for await (const row of readRows(table, reading, tallied().cursor)) {
      judged.push({ key: row.key, verdict: await table.judge(row, reading) })
      octets += row.value.length
      if (judged.length < rowsPerStep && octets < octetsPerStep) continue
      await take(judged, false)
      judged = []
      octets = 0
    }
    await take(judged, true)
  }
  const { cursor: _, done: __, ...tally } = tallied()
  return { table: name, rows, ...tally }
}

type Misfit = 'key_taken' | 'value_unfit'

const misfits: Record<Misfit, string> = {
  key_taken: 'its id, name or key is taken by another row',
  value_unfit: 'a value in it is longer than this database keeps, or no text for it',
}

function readRows<Item>(
  table: HistoryTable<Item>,
  { source }: HistoryReading,
  cursor: string,
): ReturnType<NonNullable<typeof table.read>> {
  const after = cursor === '' ? undefined : new Uint8Array(Buffer.from(cursor, 'hex'))
  return table.read?.(source, after) ?? source.rows(table.name, after)
}

function cursorOf(judged: readonly { readonly key: Uint8Array }[]): string | undefined {
  const last = judged.at(-1)
  return last && Buffer.from(last.key).toString('hex')
}

/** Enough that a commit costs little of it, few enough to wait for while somebody else writes. */
const rowsPerStep = 250

/** Servers take no statement of any length. */
const octetsPerStep = 1_048_576

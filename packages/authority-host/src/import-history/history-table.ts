import type { ImportPart, ImportStore } from '@mayfly/db-adapters'
import type { StepCaRow, StepCaSource } from '@mayfly/db-adapters/step-ca'
import type { CertificateJudge } from './certificate-judge.ts'

/** What rows are judged by. */
export interface HistoryReading {
  readonly source: StepCaSource
  readonly judge: CertificateJudge
  /** When the import began. */
  readonly now: Date
}

/** A row as it is looked at. */
export interface HistoryRow extends StepCaRow {
  /** What another table holds under the same key. */
  readonly companion?: Uint8Array
}

/** What is to be done about a row. */
export type Verdict<Item> =
  | { readonly kind: 'keep'; readonly item: Item; readonly note?: string }
  /** Can no longer matter. */
  | { readonly kind: 'unneeded'; readonly note: string }
  | { readonly kind: 'refuse'; readonly reason: string }

/** One of step-ca's tables, and how its rows are taken over. */
export interface HistoryTable<Item> {
  readonly name: string
  /** The rows behind a key; those of the table itself if left out. */
  read?(source: StepCaSource, after: Uint8Array | undefined): AsyncIterable<HistoryRow>
  judge(row: HistoryRow, reading: HistoryReading): Verdict<Item> | Promise<Verdict<Item>>
  /** Tells of each item whether it is there, or why it cannot be; in their order. */
  findPresent(items: readonly Item[], imports: ImportStore): Promise<readonly Presence[]>
  /** What is to be written: the items that are absent, and what those that are present tell beyond what is there. */
  toPart(absent: readonly Item[], present: readonly Item[]): ImportPart
}

export type Presence =
  | 'absent'
  | 'present'
  /** Why there is no place for it. */
  | { readonly reason: string }

/** Reads a row by its key. */
export async function findRow(
  source: StepCaSource,
  table: string,
  key: string,
): Promise<Uint8Array | undefined> {
  const wanted = Buffer.from(key, 'latin1')
  for await (const row of source.rows(table, keyBefore(wanted))) {
    const order = Buffer.compare(row.key, wanted)
    if (order === 0) return row.value
    if (order > 0) return undefined
  }
  return undefined
}

/** A key that comes before, with none of step-ca's between: they are shorter than this and hold no such octets. */
function keyBefore(key: Buffer): Uint8Array | undefined {
  const last = key.at(-1)
  if (last === undefined || last === 0) return undefined
  return Buffer.concat([key.subarray(0, -1), Buffer.from([last - 1]), Buffer.alloc(8, 0xff)])
}

import type { ImportRecord } from '../import-store.ts'

export interface ImportRow {
  source: string
  description: string
  state: string
  step: number
  progress: string
  started_at: number
  finished_at: number | null
}

export function encodeImportRow(record: ImportRecord): ImportRow {
  return {
    source: record.source,
    description: record.description,
    state: record.state,
    step: record.step,
    progress: record.progress,
    started_at: record.startedAt.getTime(),
    finished_at: record.finishedAt?.getTime() ?? null,
  }
}

export function parseImportRow(row: ImportRow): ImportRecord {
  return {
    source: row.source,
    description: row.description,
    state: row.state,
    step: row.step,
    progress: row.progress,
    startedAt: new Date(row.started_at),
    ...(row.finished_at === null ? {} : { finishedAt: new Date(row.finished_at) }),
  }
}

import { createHash } from 'node:crypto'
import { StoreError } from '../errors.ts'
import type { BackupSummary } from './backup-store.ts'

/*
 * A backup is JSON Lines, compressed by gzip (RFC 1952): a header; for each table a line that names it and its columns,
 * and a line for each row, an array in the order of those; a trailer. Octets are base64, times milliseconds since 1970.
 * The trailer's digest is that of all octets before its line, so a backup that was cut or altered is told from a
 * whole one.
 */

/** The first line. */
export interface BackupHeader {
  readonly format: 'mayfly-backup'
  readonly version: 1
  /** RFC 3339. */
  readonly createdAt: string
  readonly kind: string
  /** The changes of the schema that the database had seen. */
  readonly schema: readonly string[]
  readonly rows: Readonly<Record<string, number>>
}

/** A line before the rows of a table. */
export interface TableLine {
  readonly table: string
  readonly columns: readonly string[]
}

/** The last line. */
export interface BackupTrailer {
  readonly rows: Readonly<Record<string, number>>
  /** In hexadecimal. */
  readonly sha256: string
}

/** What a line is. */
export type BackupLine =
  | { readonly kind: 'header'; readonly header: BackupHeader }
  | { readonly kind: 'table'; readonly table: TableLine }
  | { readonly kind: 'row'; readonly values: readonly unknown[] }
  | { readonly kind: 'trailer'; readonly trailer: BackupTrailer }

/** Writes one line after the other; the last one holds the digest of the others. */
export class BackupLines {
  readonly #hash = createHash('sha256')

  encode(line: BackupHeader | TableLine | readonly unknown[]): string {
    const text = `${JSON.stringify(line)}\n`
    this.#hash.update(text)
    return text
  }

  encodeTrailer(rows: BackupTrailer['rows']): string {
    const trailer: BackupTrailer = { rows, sha256: this.#hash.digest('hex') }
    return `${JSON.stringify({ trailer })}\n`
  }
}

/**
 * Reads a backup's uncompressed octets line by line, and ends after a trailer that is true. What the lines hold beyond
 * their form is for the caller to judge.
 *
 * @throws {StoreError} `backup_unfit`.
 */
export async function* readBackupLines(
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<BackupLine> {
  const hash = createHash('sha256')
  let number = 0
  let trailer: BackupTrailer | undefined
  for await (const text of splitLines(source)) {
    number++
    if (trailer !== undefined) throw unfit('it goes on after its end')
    const line = parseLine(text, number)
    if (number === 1 && line.kind !== 'header') throw unfit('it is no backup of Mayfly')
    if (line.kind === 'trailer') {
      trailer = line.trailer
      if (hash.digest('hex') !== trailer.sha256) throw unfit('it was altered: its digest differs')
    } else {
      hash.update(text).update('\n')
    }
    yield line
  }
  if (number === 0) throw unfit('it is empty')
  if (trailer === undefined) throw unfit('it is cut short')
}

/** Refuses a backup. */
export function unfit(reason: string, cause?: unknown): StoreError {
  return new StoreError('backup_unfit', `the backup cannot be used: ${reason}`, {
    cause,
    hint: 'use another backup',
  })
}

/** Says what a header tells. */
export function summaryOf({ createdAt, kind, rows }: BackupHeader): BackupSummary {
  return { createdAt: new Date(createdAt), kind, rows }
}

async function* splitLines(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let pending: Buffer[] = []
  let length = 0
  for await (const chunk of source) {
    let rest = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    for (let end = rest.indexOf(lineEnd); end >= 0; end = rest.indexOf(lineEnd)) {
      yield Buffer.concat([...pending, rest.subarray(0, end)])
      pending = []
      length = 0
      rest = rest.subarray(end + 1)
    }
    pending.push(rest)
    length += rest.length
    if (length > longestLine) throw unfit('a line of it does not end')
  }
  if (length > 0) throw unfit('it is cut short')
}

function parseLine(text: Buffer, number: number): BackupLine {
  const value = parseJson(text, number)
  if (Array.isArray(value)) return { kind: 'row', values: value }
  if (isObject(value) && value.format === 'mayfly-backup') {
    if (value.version !== 1) {
      throw new StoreError('backup_unfit', `the backup is of format ${String(value.version)}`, {
        hint: 'restore it with the version that made it, or a newer one',
      })
    }
    const { createdAt, kind, schema, rows } = value
    const time = typeof createdAt === 'string' ? new Date(createdAt).getTime() : Number.NaN
    if (
      typeof createdAt === 'string' &&
      !Number.isNaN(time) &&
      typeof kind === 'string' &&
      isListOfTexts(schema) &&
      isCounts(rows)
    ) {
      const header = { format: 'mayfly-backup', version: 1, createdAt, kind, schema, rows } as const
      return { kind: 'header', header }
    }
  } else if (isObject(value) && typeof value.table === 'string' && isListOfTexts(value.columns)) {
    return { kind: 'table', table: { table: value.table, columns: value.columns } }
  } else if (isObject(value) && isObject(value.trailer)) {
    const { rows, sha256 } = value.trailer
    if (isCounts(rows) && typeof sha256 === 'string') {
      return { kind: 'trailer', trailer: { rows, sha256 } }
    }
  }
  throw number === 1
    ? unfit('it is no backup of Mayfly')
    : unfit(`line ${number} is none of a backup`)
}

function parseJson(text: Buffer, number: number): unknown {
  try {
    return JSON.parse(text.toString())
  } catch (cause) {
    throw number === 1
      ? unfit('it is no backup of Mayfly', cause)
      : unfit(`line ${number} is damaged`, cause)
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isListOfTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string')
}

function isCounts(value: unknown): value is Readonly<Record<string, number>> {
  return isObject(value) && Object.values(value).every((each) => Number.isSafeInteger(each))
}

const lineEnd = 0x0a

/** Octets; a row holds one certificate at most. */
const longestLine = 64 * 1024 * 1024

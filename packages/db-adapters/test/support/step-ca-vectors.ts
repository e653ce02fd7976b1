import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { onTestFinished } from 'vitest'
import { openBadgerFolder } from '../../src/step-ca/badger/badger-source.ts'
import { openBboltFile } from '../../src/step-ca/bbolt/bbolt-source.ts'
import type { StepCaSource } from '../../src/step-ca/step-ca-source.ts'

const vectors = join(import.meta.dirname, '../step-ca/vectors')

/** The files of a vector, by their names. */
export type Files = ReadonlyMap<string, Buffer>

export function loadVector(name: string): Files {
  const folder = join(vectors, name)
  return new Map(
    readdirSync(folder).map((file) => [
      basename(file, '.gz'),
      gunzipSync(readFileSync(join(folder, file))),
    ]),
  )
}

export function loadBboltVector(): Buffer {
  return gunzipSync(readFileSync(join(vectors, 'bbolt.gz')))
}

/** What the real library read: table, key, length and digest of the value, in the order of {@link readRows}. */
export function loadExpectedRows(name: string): string[] {
  return gunzipSync(readFileSync(join(vectors, `${name}.rows.gz`)))
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .sort()
}

export function tablesOf(rows: readonly string[]): string[] {
  return [...new Set(rows.map((row) => row.slice(0, row.indexOf(' '))))]
}

/** A folder of its own for the test that is running. */
export function createFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-step-ca-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export function writeFiles(files: Files, folder: string = createFolder()): string {
  for (const [name, octets] of files) writeFileSync(join(folder, name), octets)
  return folder
}

export function openFolder(path: string): Promise<StepCaSource> {
  return openBadgerFolder({ path, now: () => new Date('2026-11-23T20:00:00Z') })
}

export async function readRows(source: StepCaSource, tables: readonly string[]): Promise<string[]> {
  const rows: string[] = []
  for (const table of tables) {
    for await (const { key, value } of source.rows(table)) {
      const digest = createHash('sha256').update(value).digest('hex').slice(0, 16)
      rows.push(`${table} ${Buffer.from(key).toString('hex')} ${value.length} ${digest}`)
    }
  }
  return rows.sort()
}

export async function readFolder(path: string, tables: readonly string[]): Promise<string[]> {
  await using source = await openFolder(path)
  return await readRows(source, tables)
}

export async function readFile(path: string, tables: readonly string[]): Promise<string[]> {
  await using source = await openBboltFile({ path })
  return await readRows(source, tables)
}

import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { type Kysely, sql } from 'kysely'
import { StoreError } from '../errors.ts'
import type { Lease, LeaseStore } from '../lease.ts'
import type { Tables } from '../rows/tables.ts'
import { requireLease } from '../sql/held-lease.ts'
import { compileStatement } from '../sql/query-compiler.ts'
import type { SqlStatement, SqlTarget, SqlValue } from '../sql/sql-target.ts'
import { type BackupLine, readBackupLines, summaryOf, unfit } from './backup-format.ts'
import type { BackupProgress, BackupSummary, RestoreOptions } from './backup-store.ts'
import { type PortableTable, parseValue, portableTables } from './portable-table.ts'
import { findRestoreMark, finishRestoreMark, insertRestoreMark } from './restore-mark.ts'
import { readSchema } from './schema.ts'

/** Where a backup is restored into. */
export interface RestoreTarget {
  readonly target: SqlTarget
  readonly leases: LeaseStore
  readonly compiler: Kysely<Tables>
}

/** Reads a backup to its end; see `BackupStore.verifyBackup`. */
export async function verifyBackup(
  source: Readable,
  knownSchema: readonly string[],
  signal?: AbortSignal,
): Promise<BackupSummary> {
  let summary: BackupSummary | undefined
  for await (const each of readRows(source, signal)) {
    if (each.kind !== 'header') continue
    const newer = each.header.schema.filter((name) => !knownSchema.includes(name))
    if (newer.length > 0) {
      throw new StoreError(
        'backup_unfit',
        `a newer version made the backup (${newer.join(', ')})`,
        {
          hint: 'restore it with that version',
        },
      )
    }
    summary = summaryOf(each.header)
  }
  if (summary === undefined) throw unfit('it is empty')
  return summary
}

/** Fills an empty store; see `BackupStore.restoreBackup`. */
export async function restoreBackup(
  { target, leases, compiler }: RestoreTarget,
  open: () => Readable,
  options: RestoreOptions,
): Promise<BackupSummary> {
  const knownSchema = await readSchema((statement) => target.read(statement), target.dialect)
  const summary = await verifyBackup(open(), knownSchema, options.signal)
  const lease = await RestoreLease.take(leases, options.holder)
  try {
    const restore = new Restore({ target, compiler, lease, options })
    await restore.begin(summary)
    await restore.fill(open(), summary)
    await restore.finish(summary)
    return summary
  } finally {
    await lease.release()
  }
}

class Restore {
  readonly #target: SqlTarget
  readonly #compiler: Kysely<Tables>
  readonly #lease: RestoreLease
  readonly #options: RestoreOptions
  #number = 0

  constructor(parts: {
    readonly target: SqlTarget
    readonly compiler: Kysely<Tables>
    readonly lease: RestoreLease
    readonly options: RestoreOptions
  }) {
    this.#target = parts.target
    this.#compiler = parts.compiler
    this.#lease = parts.lease
    this.#options = parts.options
  }

  /** Marks the beginning where nothing is, or deletes what an unfinished restore has left. */
  async begin({ createdAt }: BackupSummary): Promise<void> {
    const last = await findRestoreMark(this.#target, this.#compiler)
    this.#number = (last?.number ?? 0) + 1
    if (last !== undefined && last.finishedAt === undefined) {
      for (const table of portableTables) await this.#empty(table)
    }
    const mark = insertRestoreMark(this.#target, this.#compiler, {
      number: this.#number,
      backupCreatedAt: createdAt,
    })
    const outcome = await this.#write([...portableTables.map((each) => this.#findAny(each)), mark])
    if (outcome !== 'unmet') return
    throw await this.#notEmpty()
  }

  async fill(source: Readable, { rows }: BackupSummary): Promise<void> {
    const totalRows = Object.values(rows).reduce((sum, count) => sum + count, 0)
    let written = 0
    for await (const { table, values } of batches(readRows(source, this.#options.signal))) {
      const query = (this.#compiler as unknown as Kysely<AnyTables>)
        .insertInto(table.name)
        .values([...values])
      if ((await this.#write([compileStatement(query)])) !== 'committed') {
        throw unfit(`it holds a row of ${table.name} twice`)
      }
      written += values.length
      const progress: BackupProgress = { rows: written, totalRows }
      this.#options.onProgress?.(progress)
    }
  }

  /** Counts what stands: what somebody else has written meanwhile does not go unseen. */
  async finish({ rows }: BackupSummary): Promise<void> {
    for (const { name } of portableTables) {
      const query = this.#compiler.selectFrom(name).select(sql<number>`count(*)`.as('count'))
      const [found] = await this.#target.read(compileStatement(query))
      if (Number(found?.count) === (rows[name] ?? 0)) continue
      throw new StoreError(
        'store_not_empty',
        `${name}: ${String(found?.count)} rows stand where the backup holds ${rows[name] ?? 0}`,
        { hint: 'stop every server that uses the database, and restore again' },
      )
    }
    await this.#write([finishRestoreMark(this.#target, this.#compiler, this.#number)])
  }

  #findAny({ name }: PortableTable): SqlStatement {
    const query = this.#compiler.selectFrom(name).select(sql<number>`1`.as('found')).limit(1)
    return compileStatement(query, 'none')
  }

  async #notEmpty(): Promise<StoreError> {
    const found: string[] = []
    for (const { name } of portableTables) {
      const query = this.#compiler.selectFrom(name).select(sql<number>`count(*)`.as('count'))
      const [row] = await this.#target.read(compileStatement(query))
      if (Number(row?.count) > 0) found.push(`${name}: ${String(row?.count)}`)
    }
    return new StoreError('store_not_empty', `the database is not empty (${found.join(', ')})`, {
      hint: 'restore into a new database: name another one in "db"',
    })
  }

  async #empty(table: PortableTable): Promise<void> {
    const compiler = this.#compiler as unknown as Kysely<AnyTables>
    const order = table.order[this.#target.dialect]
    for (;;) {
      const some = compiler.selectFrom(table.name).select(order).orderBy(order).limit(rowsOfBatch)
      const rows = await this.#target.read(compileStatement(some))
      const keys = rows.flatMap((row) => row[order] ?? [])
      if (keys.length === 0) return
      await this.#write([
        compileStatement(compiler.deleteFrom(table.name).where(order, 'in', keys)),
      ])
    }
  }

  /** Writes under the lease; tells whether something else than the lease stood in the way. */
  async #write(script: readonly SqlStatement[]): Promise<'committed' | 'key_taken' | 'unmet'> {
    const lease = requireLease(this.#compiler, this.#target.dialect, await this.#lease.hold())
    const outcome = await this.#target.write([lease, ...script])
    if (outcome.status === 'unmet' && outcome.results.length === 1) throw leaseLost()
    return outcome.status
  }
}

/** Keeps others from restoring at the same time. */
class RestoreLease {
  readonly #leases: LeaseStore
  #lease: Lease
  #prolongAt: number

  static async take(leases: LeaseStore, holder: string): Promise<RestoreLease> {
    const held = await leases.listLeases()
    const [other] = held.filter(({ name }) => name !== leaseName)
    if (other !== undefined) throw usedByInstance(other)
    const wish = { name: leaseName, holder, lifetimeMilliseconds: lifetimeMilliseconds }
    const lease = await leases.acquireLease(wish)
    if (lease !== undefined) return new RestoreLease(leases, lease)
    const rivals = await leases.listLeases()
    throw restoredByAnother(rivals.find(({ name }) => name === leaseName))
  }

  private constructor(leases: LeaseStore, lease: Lease) {
    this.#leases = leases
    this.#lease = lease
    this.#prolongAt = performance.now() + lifetimeMilliseconds / 4
  }

  async hold(): Promise<Lease> {
    if (performance.now() < this.#prolongAt) return this.#lease
    const { name, holder, fence } = this.#lease
    const lease = await this.#leases.acquireLease({ name, holder, lifetimeMilliseconds })
    if (lease?.fence !== fence) throw leaseLost()
    this.#lease = lease
    this.#prolongAt = performance.now() + lifetimeMilliseconds / 4
    return lease
  }

  async release(): Promise<void> {
    await this.#leases.releaseLease(this.#lease)
  }
}

interface RowBatch {
  readonly table: PortableTable
  readonly values: readonly Readonly<Record<string, SqlValue>>[]
}

async function* readRows(source: Readable, signal?: AbortSignal): AsyncGenerator<BackupLine> {
  const gunzip = createGunzip()
  source.on('error', (error) => gunzip.destroy(error))
  source.pipe(gunzip)
  try {
    for await (const line of readBackupLines(gunzip)) {
      signal?.throwIfAborted()
      yield line
    }
  } catch (error) {
    throw translateGzipError(error)
  } finally {
    source.destroy()
    gunzip.destroy()
  }
}

/** Makes rows of lines, and as many of them as one statement may take. */
async function* batches(lines: AsyncGenerator<BackupLine>): AsyncGenerator<RowBatch> {
  let table: PortableTable | undefined
  let columns: readonly string[] = []
  let values: Record<string, SqlValue>[] = []
  let octets = 0
  for await (const line of lines) {
    if (line.kind === 'table' || line.kind === 'trailer') {
      if (table !== undefined && values.length > 0) yield { table, values }
      values = []
      octets = 0
    }
    if (line.kind === 'table') {
      table = tableNamed(line.table.table)
      columns = line.table.columns
      assertColumns(table, columns)
    }
    if (line.kind !== 'row') continue
    if (table === undefined) throw unfit('it holds a row of no table')
    const row = parseRow(table, columns, line.values)
    values.push(row)
    octets += octetsOf(row)
    if (values.length < rowsOfBatch && octets < octetsOfBatch) continue
    yield { table, values }
    values = []
    octets = 0
  }
}

function tableNamed(name: string): PortableTable {
  const table = portableTables.find((each) => each.name === name)
  if (table === undefined) throw unfit(`it holds a table ${JSON.stringify(name)}`)
  return table
}

function assertColumns({ name, columns }: PortableTable, given: readonly string[]): void {
  const unknown = given.find((column) => !Object.hasOwn(columns, column))
  if (unknown !== undefined) throw unfit(`${name} has a column ${JSON.stringify(unknown)}`)
}

function parseRow(
  { name, columns }: PortableTable,
  given: readonly string[],
  values: readonly unknown[],
): Record<string, SqlValue> {
  if (values.length !== given.length) throw unfit(`a row of ${name} has ${values.length} values`)
  return Object.fromEntries(
    given.map((column, index) => {
      const type = columns[column] ?? 'text'
      return [column, parseValue(values[index], type, `${name}.${column}`)]
    }),
  )
}

function octetsOf(row: Readonly<Record<string, SqlValue>>): number {
  return Object.values(row).reduce<number>(
    (sum, value) => sum + (value === null || typeof value === 'number' ? 8 : value.length),
    0,
  )
}

function translateGzipError(error: unknown): unknown {
  if (error instanceof StoreError || !(error instanceof Error) || !('code' in error)) return error
  switch (error.code) {
    case 'Z_BUF_ERROR':
      return unfit('it is cut short', error)
    case 'Z_DATA_ERROR':
      return unfit('it is no gzip, or damaged', error)
    default:
      return error
  }
}

function usedByInstance({ holder, expiresAt }: Lease): StoreError {
  return inUse(
    `an instance uses it, ${holder}, until ${expiresAt.toISOString()} or longer`,
    'stop every server that uses it, wait ten seconds and try again',
  )
}

function restoredByAnother(rival: Lease | undefined): StoreError {
  if (rival === undefined) return inUse('another restore has just ended', 'try again')
  const { holder, expiresAt } = rival
  return inUse(
    `another restore is under way, ${holder}, or broke off less than ${lifetimeMilliseconds / 1000} s ago`,
    `wait until it has ended; if it was stopped, try again after ${expiresAt.toISOString()}`,
  )
}

function inUse(reason: string, hint: string): StoreError {
  const message = `nothing can be restored into the database: ${reason}`
  return new StoreError('store_busy', message, { hint })
}

function leaseLost(): StoreError {
  return new StoreError(
    'store_busy',
    'the restore took too long between two steps, and lost its place',
    {
      hint: 'restore again: it begins anew',
    },
  )
}

/** Tables by name, as kysely's types cannot follow one that is known at run time alone. */
type AnyTables = Record<string, Record<string, SqlValue>>

const leaseName = 'restore'
const lifetimeMilliseconds = 60_000

const rowsOfBatch = 200
/** Well below what MySQL takes in a packet by default, in hexadecimal. */
const octetsOfBatch = 256 * 1024

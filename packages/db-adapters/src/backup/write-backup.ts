import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { type Kysely, sql } from 'kysely'
import type { Tables } from '../rows/tables.ts'
import { clockStatement } from '../sql/clock.ts'
import { compileStatement } from '../sql/query-compiler.ts'
import type { ReadSnapshot, SnapshotSource } from '../sql/snapshot-source.ts'
import type { SqlDialect, SqlTarget, SqlValue } from '../sql/sql-target.ts'
import { type BackupHeader, BackupLines, summaryOf } from './backup-format.ts'
import type { BackupOptions, BackupSummary } from './backup-store.ts'
import { encodeValue, type PortableTable, portableTables } from './portable-table.ts'
import { readSchema } from './schema.ts'

/** Writes a backup of one moment of a database; see `BackupStore.writeBackup`. */
export async function writeBackup(
  source: Pick<SqlTarget, 'dialect'> & SnapshotSource,
  compiler: Kysely<Tables>,
  destination: Writable,
  { onProgress, signal }: BackupOptions,
): Promise<BackupSummary> {
  const { dialect } = source
  return source.readSnapshot(async (read) => {
    const header = await readHeader(read, compiler, dialect)
    const lines = encodeLines({ read, compiler, dialect, header, onProgress })
    await pipeline(Readable.from(lines), createGzip(), destination, signal ? { signal } : {})
    return summaryOf(header)
  })
}

async function readHeader(
  read: ReadSnapshot,
  compiler: Kysely<Tables>,
  dialect: SqlDialect,
): Promise<BackupHeader> {
  const rows: Record<string, number> = {}
  for (const { name } of portableTables) {
    const query = compiler.selectFrom(name).select(sql<number>`count(*)`.as('count'))
    rows[name] = Number((await read(compileStatement(query)))[0]?.count)
  }
  const [clock] = await read(clockStatement(dialect))
  return {
    format: 'mayfly-backup',
    version: 1,
    createdAt: new Date(Number(clock?.now)).toISOString(),
    kind: dialect,
    schema: await readSchema(read, dialect),
    rows,
  }
}

interface Encoding {
  readonly read: ReadSnapshot
  readonly compiler: Kysely<Tables>
  readonly dialect: SqlDialect
  readonly header: BackupHeader
  readonly onProgress: BackupOptions['onProgress']
}

async function* encodeLines({
  read,
  compiler,
  dialect,
  header,
  onProgress,
}: Encoding): AsyncGenerator<string> {
  const lines = new BackupLines()
  const totalRows = Object.values(header.rows).reduce((sum, count) => sum + count, 0)
  const written: Record<string, number> = {}
  let rows = 0
  yield lines.encode(header)
  for (const table of portableTables) {
    const columns = Object.keys(table.columns)
    yield lines.encode({ table: table.name, columns })
    written[table.name] = 0
    for await (const page of readPages(read, compiler, { table, dialect })) {
      yield page.map((row) => lines.encode(columns.map((name) => encodeValue(row[name])))).join('')
      written[table.name] = (written[table.name] ?? 0) + page.length
      rows += page.length
      onProgress?.({ rows, totalRows })
    }
  }
  yield lines.encodeTrailer(written)
}

/** Goes on after the last row of each page, so that no page costs more than another. */
async function* readPages(
  read: ReadSnapshot,
  compiler: Kysely<Tables>,
  { table, dialect }: { readonly table: PortableTable; readonly dialect: SqlDialect },
): AsyncGenerator<readonly Readonly<Record<string, SqlValue>>[]> {
  const order = sql.ref(table.order[dialect])
  const columns = sql.join(Object.keys(table.columns).map((name) => sql.ref(name)))
  let after: SqlValue | undefined
  for (;;) {
    const where = after === undefined ? sql`` : sql`where ${order} > ${after}`
    const query = sql`
      select ${columns}, ${order} as page_order from ${sql.table(table.name)} ${where}
      order by ${order} limit ${sql.lit(rowsOfPage)}`
    const page = await read(compileStatement({ compile: () => query.compile(compiler) }))
    if (page.length > 0) yield page
    after = page.at(-1)?.page_order
    if (page.length < rowsOfPage || after === undefined) return
  }
}

const rowsOfPage = 500

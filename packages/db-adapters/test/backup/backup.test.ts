import { createHash, randomBytes } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import { PassThrough, Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { gunzipSync, gzipSync } from 'node:zlib'
import { type BackupSummary, createMemoryStore, type Store } from '@mayfly/db-adapters'
import { buildIssuance, buildRevision, buildRevocation } from '@mayfly/db-adapters/contract'
import { openSqliteStore } from '@mayfly/db-adapters/sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { portableTables } from '../../src/backup/portable-table.ts'
import { tableNames } from '../../src/rows/tables.ts'
import { findPlaces, type OwnPlace, type Place } from '../support/places.ts'
import { createFolder } from '../support/sqlite-store.ts'

const places = await findPlaces()
const [sqlitePlace] = places

let filled: { readonly place: OwnPlace; readonly store: Store }
let whole: Buffer
let summary: BackupSummary

beforeAll(async () => {
  filled = await createStore(sqlitePlace)
  await fill(filled.store)
  ;({ octets: whole, summary } = await backUp(filled.store))
})

afterAll(() => filled.place[Symbol.asyncDispose]())

describe('a backup', () => {
  test('goes from any kind of database into any other, row for row', async ({ skip }) => {
    const [sqlite, mysql, postgres] = places
    const missing = places.find((each) => each.missing !== undefined)?.missing
    if (missing !== undefined) skip(missing)
    let octets = whole
    // Each kind is left for both others.
    for (const each of [mysql, postgres, sqlite, postgres, mysql, sqlite]) {
      if (each === undefined) throw new Error('there are three kinds')
      await using place = await each.create()
      const store = await place.open()
      const told: number[] = []
      await store.backups.restoreBackup(() => Readable.from([octets]), {
        holder: 'test',
        onProgress: ({ rows }) => told.push(rows),
      })
      expect(told.at(-1)).toBe(rowsOf(summary))
      octets = (await backUp(store)).octets
      expect(sortedRows(octets)).toEqual(sortedRows(whole))
      const mark = await store.backups.findRestore()
      expect(mark?.finishedAt?.getTime()).toBeGreaterThanOrEqual(mark?.startedAt.getTime() ?? 0)
      // It is a store like any other.
      expect(await store.commitIssuance(buildIssuance())).toEqual({ status: 'committed' })
      expect(await store.revisions.findCurrentNumber()).toBe(2)
    }
  })

  test('holds every table but leases, keys of nonces and the marks of restores, and all columns of each', async () => {
    const names = portableTables.map(({ name }) => name)
    expect([...names, 'acme_nonce_keys', 'leases', 'restores'].sort()).toEqual(
      [...tableNames].sort(),
    )
    await using folder = await createFolder()
    const path = `${folder.path}/mayfly.sqlite`
    await (await openSqliteStore({ path })).close()
    using database = new DatabaseSync(path, { readOnly: true })
    for (const { name, columns, order } of portableTables) {
      const found = database.prepare(`pragma table_info(${name})`).all()
      const kept = found.filter((column) => name !== 'audit' || column.name !== order.sqlite)
      expect(Object.entries(columns), name).toEqual(
        kept.map((column) => [column.name, columnTypes.get(`${column.type}${column.notnull}`)]),
      )
    }
  })

  test.for(places)('of $kind is one moment, while others write', async (each, { skip }) => {
    if (each.missing !== undefined) skip(each.missing)
    await using place = await each.create()
    const store = await place.open()
    await Promise.all(Array.from({ length: 700 }, () => store.commitIssuance(buildIssuance())))
    let issuing = true
    const writer = (async () => {
      while (issuing) await store.commitIssuance(buildIssuance())
    })()
    const { octets, summary: made } = await backUp(store)
    issuing = false
    await writer
    const counted = countRows(octets)
    expect(counted).toEqual(made.rows)
    expect(counted.certificates).toBe(counted.audit)
    expect(counted.certificates).toBe(counted.spent_tokens)
    expect(await store.countCertificates()).toBeGreaterThan(counted.certificates ?? 0)
  })

  test('that is not whole, or not ours, is refused before anything is written', async () => {
    await using place = await sqlitePlace.create()
    const store = await place.open()
    const { backups } = store
    for (const [what, alter] of unfitBackups) {
      const octets = alter(whole)
      const refused = { code: 'backup_unfit' }
      await expect(restore(store, octets), what).rejects.toMatchObject(refused)
      await expect(backups.verifyBackup(Readable.from([octets])), what).rejects.toMatchObject(
        refused,
      )
      expect(await backups.findRestore(), what).toBeUndefined()
      expect(await store.countCertificates()).toBe(0)
    }
  })

  test('is not restored where something is, which is named', async () => {
    await expect(restore(filled.store, whole)).rejects.toMatchObject({
      code: 'store_not_empty',
      message: expect.stringContaining('certificates: 12'),
    })
    expect(await filled.store.countCertificates()).toBe(12)
    expect(await filled.store.backups.findRestore()).toBeUndefined()
  })

  test('is not restored into what an instance uses', async () => {
    await using place = await sqlitePlace.create()
    const store = await place.open()
    const wish = { name: 'retention', holder: 'node-1', lifetimeMilliseconds: 60_000 }
    await store.leases.acquireLease(wish)
    await expect(restore(store, whole)).rejects.toMatchObject({
      code: 'store_busy',
      message: expect.stringContaining('node-1'),
    })
  })

  test('is not restored while another restore holds the place, and it is said how long to wait', async () => {
    await using place = await sqlitePlace.create()
    const store = await place.open()
    const wish = { name: 'restore', holder: 'node-1-77', lifetimeMilliseconds: 60_000 }
    const lease = await store.leases.acquireLease(wish)
    await expect(restore(store, whole)).rejects.toMatchObject({
      code: 'store_busy',
      message: expect.stringContaining('another restore is under way, node-1-77, or broke off'),
      hint: expect.stringContaining(`try again after ${lease?.expiresAt.toISOString()}`),
    })
  })

  test.for(places)('that broke off in $kind is told, and begun anew', async (each, { skip }) => {
    if (each.missing !== undefined) skip(each.missing)
    await using place = await each.create()
    const store = await place.open()
    const stop = new AbortController()
    const broken = store.backups.restoreBackup(() => Readable.from([whole]), {
      holder: 'first',
      signal: stop.signal,
      onProgress: () => stop.abort(),
    })
    await expect(broken).rejects.toMatchObject({ name: 'AbortError' })
    expect(await store.backups.findRestore()).toMatchObject({ finishedAt: undefined })
    const again = await place.open()
    expect(await again.backups.findRestore()).toMatchObject({ finishedAt: undefined })
    await restore(again, whole)
    expect(sortedRows((await backUp(again)).octets)).toEqual(sortedRows(whole))
  })

  test('into which somebody else has written meanwhile is never complete', async () => {
    await using place = await sqlitePlace.create()
    const store = await place.open()
    const restoring = store.backups.restoreBackup(() => Readable.from([whole]), {
      holder: 'first',
      onProgress: () => void store.commitIssuance(buildIssuance()),
    })
    await expect(restoring).rejects.toMatchObject({ code: 'store_not_empty' })
    expect(await store.backups.findRestore()).toMatchObject({ finishedAt: undefined })
  })

  test('is nothing that a store in memory does', async () => {
    await using memory = createMemoryStore()
    for (const call of [
      memory.backups.writeBackup(new PassThrough()),
      memory.backups.findRestore(),
      restore(memory, whole),
      memory.retention.prune({ rules: { certificatesSeconds: 1, renewalAfterExpirySeconds: 1 } }),
      memory.statistics.readStatistics(),
    ]) {
      await expect(call).rejects.toMatchObject({ code: 'store_unsupported' })
    }
  })
})

const unfitBackups: readonly (readonly [what: string, alter: (octets: Buffer) => Buffer])[] = [
  ['cut in the middle', (octets) => octets.subarray(0, octets.length / 2)],
  ['cut by its last octet', (octets) => octets.subarray(0, -1)],
  ['empty', () => Buffer.alloc(0)],
  ['no gzip', () => Buffer.from('hello\n')],
  ['of something else', () => gzipSync('{"hello": 1}\n')],
  ['without its trailer', (octets) => altered(octets, (lines) => lines.slice(0, -1))],
  ['without a row', (octets) => altered(octets, (lines) => lines.toSpliced(4, 1))],
  ['cut at a line', (octets) => altered(octets, (lines) => lines.slice(0, 5))],
  ['gone on with', (octets) => altered(octets, (lines) => [...lines, '[]'])],
  [
    'of another time',
    (octets) => altered(octets, ([first = '', ...rest]) => [first.replace('20', '19'), ...rest]),
  ],
  ['of a newer version', (octets) => resealed(octets, '"0001_first', '"9999_first')],
  ['of another format', (octets) => resealed(octets, '"version":1', '"version":2')],
]

const columnTypes: ReadonlyMap<string, string> = new Map([
  ['INTEGER1', 'integer'],
  ['INTEGER0', 'integer?'],
  ['TEXT1', 'text'],
  ['TEXT0', 'text?'],
  ['BLOB1', 'octets'],
  ['BLOB0', 'octets?'],
])

async function createStore(kind: Place): Promise<typeof filled> {
  const place = await kind.create()
  return { place, store: await place.open() }
}

/** Some of everything, with what is hard to keep. */
async function fill(store: Store): Promise<void> {
  const units = Array.from({ length: 12 }, (_, index) =>
    buildIssuance({
      certificate: {
        subject: `Zürich ${index} \\ " 猫`,
        serialNumber: BigInt(index) * 257n,
        der: new Uint8Array(randomBytes(3 + index)),
        ...(index > 0 ? { predecessor: BigInt(index) } : {}),
      },
    }),
  )
  for (const unit of units) await store.commitIssuance(unit)
  await store.commitRevocation(buildRevocation(257n, { withRenewals: {} }))
  await store.commitRevocation(buildRevocation(9_999n))
  for (const number of [1, 2]) await store.revisions.commitRevision(buildRevision(number))
}

async function backUp(store: Store): Promise<{ octets: Buffer; summary: BackupSummary }> {
  const stream = new PassThrough()
  const [octets, made] = await Promise.all([buffer(stream), store.backups.writeBackup(stream)])
  return { octets, summary: made }
}

function restore(store: Store, octets: Buffer): Promise<BackupSummary> {
  return store.backups.restoreBackup(() => Readable.from([octets]), { holder: 'test' })
}

function linesOf(octets: Buffer): string[] {
  return gunzipSync(octets).toString().trimEnd().split('\n')
}

function sortedRows(octets: Buffer): string[] {
  return linesOf(octets)
    .filter((line) => line.startsWith('['))
    .sort()
}

function countRows(octets: Buffer): Record<string, number> {
  const counts: Record<string, number> = {}
  let name = ''
  for (const line of linesOf(octets)) {
    if (line.startsWith('{"table"')) {
      name = JSON.parse(line).table
      counts[name] = 0
    } else if (line.startsWith('[')) {
      counts[name] = (counts[name] ?? 0) + 1
    }
  }
  return counts
}

function altered(octets: Buffer, alter: (lines: string[]) => string[]): Buffer {
  return gzipSync(`${alter(linesOf(octets)).join('\n')}\n`)
}

/** As somebody would make it who knows how the digest is made. */
function resealed(octets: Buffer, from: string, to: string): Buffer {
  const lines = linesOf(octets)
  const trailer = JSON.parse(lines.pop() ?? '')
  const text = `${lines.join('\n').replace(from, to)}\n`
  trailer.trailer.sha256 = createHash('sha256').update(text).digest('hex')
  return gzipSync(`${text}${JSON.stringify(trailer)}\n`)
}

function rowsOf({ rows }: BackupSummary): number {
  return Object.values(rows).reduce((sum, count) => sum + count, 0)
}

import { appendFile, cp, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { gunzipSync } from 'node:zlib'
import { type ImportReport, importHistory, makeDatabase } from '@mayfly/authority-host'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { copyStepFolder, editJson, type Folder } from './support/folder.ts'
import { now, open, refusalOf } from './support/host.ts'
import { killImport } from './support/kill-import.ts'

const password = async (): Promise<string> => 'correct horse battery staple'
const vector = new URL('vectors/step-ca-badger', import.meta.url)

/** Gzipped; what it holds is told beside it. */
const usedVector = new URL(
  '../../db-adapters/test/step-ca/vectors/badger-step-ca/',
  import.meta.url,
)

async function unpack(from: URL, to: string): Promise<void> {
  await mkdir(to)
  for (const name of await readdir(from)) {
    const octets = gunzipSync(await readFile(new URL(name, from)))
    await writeFile(join(to, name.replace(/\.gz$/, '')), octets)
  }
}

describe('the Badger folder of a step-ca', () => {
  let folder: Folder
  let configurationPath: string
  beforeEach(async () => {
    folder = await copyStepFolder()
    configurationPath = folder.file('config', 'ca.json')
    await cp(vector, folder.file('db'), { recursive: true })
    await configure({ type: 'badgerv2', dataSource: folder.file('db') })
  })
  afterEach(() => folder[Symbol.asyncDispose]())

  const configure = (db: object): Promise<void> => editJson(configurationPath, { db })
  const runImport = (from?: string): Promise<ImportReport> =>
    importHistory({ configurationPath, from, now })

  test('is taken over into an SQLite file beside it, and then the authority opens', async () => {
    const refusal = await refusalOf(open(configurationPath, { password }))
    expect(refusal).toMatchObject({
      code: 'database_history_found',
      hint: expect.stringContaining("'mayfly db import'"),
    })
    const report = await runImport()
    expect(report.source).toContain(folder.file('db'))
    expect(certificatesOf(report)).toMatchObject({ read: 1, imported: 1, refused: 0 })
    await using host = await open(configurationPath, { password })
    expect(host.store.kind).toBe('sqlite')
    expect(await host.store.countCertificates()).toBe(1)
    expect(certificatesOf(await runImport())).toMatchObject({ imported: 0, present: 1 })
  })

  test('is the same data when it is named, and when it was moved together with the store', async () => {
    await runImport(folder.file('db', '.'))
    await cp(folder.file('db'), folder.file('moved'), { recursive: true })
    await configure({ type: 'badger', dataSource: folder.file('moved') })
    await using host = await open(configurationPath, { password })
    expect(await host.store.countCertificates()).toBe(1)
  })

  test('is read with its value log in a folder of its own, by whichever way it is named', async () => {
    await mkdir(folder.file('values'))
    for (const name of await readdir(folder.file('db'))) {
      if (name.endsWith('.vlog')) await rename(folder.file('db', name), folder.file('values', name))
    }
    await configure({
      type: 'badgerv2',
      dataSource: folder.file('db'),
      valueDir: folder.file('values'),
    })
    expect(certificatesOf(await runImport(folder.file('db')))).toMatchObject({ imported: 1 })
    expect(certificatesOf(await runImport())).toMatchObject({ present: 1 })
    await (await open(configurationPath, { password })).close()
  })

  test('that step-ca has used since is found at the start', async () => {
    await runImport()
    await appendFile(folder.file('db', '000000.vlog'), Buffer.alloc(64))
    const refusal = await refusalOf(open(configurationPath, { password }))
    expect(refusal.message).toContain('has changed since it was imported')
  })

  test('with renewals, a revocation and ACME is taken over whole', async () => {
    const used = folder.file('used')
    await unpack(usedVector, used)
    await configure({ type: 'badgerv2', dataSource: used })
    const report = await runImport()
    expect(report.tables.map(({ table, read, imported }) => [table, read, imported])).toEqual([
      ['revoked_x509_certs', 1, 1],
      ['used_ott', 15, 15],
      ['x509_certs', 18, 18],
      ['acme_accounts', 3, 3],
      ['acme_external_account_keys', 0, 0],
      ['acme_orders', 3, 3],
    ])
    expect(report.left).toEqual([{ table: 'nonces', rows: 27, why: expect.any(String) }])
    await using host = await open(configurationPath, { password })
    expect(await host.store.countCertificates()).toBe(18)
  })

  test('is taken over whole by imports that were killed between its tables', async () => {
    const used = folder.file('used')
    await unpack(usedVector, used)
    await configure({ type: 'badgerv2', dataSource: used })
    for (const steps of [1, 2]) expect(await killImport(configurationPath, steps)).toBe('SIGKILL')
    const report = await runImport()
    expect(report.resumed).toBe(true)
    expect(certificatesOf(report)).toMatchObject({ read: 18, imported: 18, present: 0 })
    await using host = await open(configurationPath, { password })
    expect(await host.store.countCertificates()).toBe(18)
  })

  test('goes into any other database, by its folder or the ca.json that names it', async () => {
    const other = folder.file('config', 'other.json')
    await cp(configurationPath, other)
    for (const from of [folder.file('db'), other]) {
      await configure({ type: 'sqlite', dataSource: folder.file('other.sqlite') })
      await runImport(from)
    }
    await using host = await open(configurationPath, { password })
    expect(await host.store.countCertificates()).toBe(1)
  })
})

describe('an import', () => {
  let folder: Folder
  let configurationPath: string
  beforeEach(async () => {
    folder = await copyStepFolder()
    configurationPath = folder.file('config', 'ca.json')
  })
  afterEach(() => folder[Symbol.asyncDispose]())

  const refuse = (db: object | null, from?: string) => async () => {
    await editJson(configurationPath, { db })
    return refusalOf(importHistory({ configurationPath, from, now }))
  }

  test('that is only rehearsed leaves tables of an older version as they are', async () => {
    await cp(vector, folder.file('badger'), { recursive: true })
    await editJson(configurationPath, {
      db: { type: 'sqlite', dataSource: folder.file('db.sqlite') },
    })
    await (await makeDatabase({ configurationPath })).store.close()
    using database = new DatabaseSync(folder.file('db.sqlite'))
    database.exec(`delete from kysely_migration where name = '0004_retention'`)
    const from = folder.file('badger')
    expect(
      await refusalOf(importHistory({ configurationPath, from, now, dryRun: true })),
    ).toMatchObject({
      code: 'database_not_migrated',
      hint: expect.stringContaining("'mayfly db migrate'"),
    })
    expect(
      database.prepare(`select 1 from kysely_migration where name = '0004_retention'`).all(),
    ).toEqual([])
  })

  test('without data of step-ca beside the store is told to name some', async () => {
    const refusal = await refuse({ type: 'sqlite', dataSource: folder.file('db.sqlite') })()
    expect(refusal).toMatchObject({ code: 'history_not_found' })
    expect(refusal.hint).toContain('--from')
  })

  test('without a database has nowhere to go', async () => {
    await cp(vector, folder.file('badger'), { recursive: true })
    const refusal = await refuse(null, folder.file('badger'))()
    expect(refusal).toMatchObject({ code: 'database_unsupported' })
  })

  test('of a path that is not there is refused', async () => {
    const sqlite = { type: 'sqlite', dataSource: folder.file('db.sqlite') }
    const refusal = await refuse(sqlite, folder.file('nowhere'))()
    expect(refusal.code).toBe('history_not_found')
    expect(refusal.message).toContain('nowhere failed: no such file or directory')
  })

  test('of a ca.json that names none of its databases is refused', async () => {
    const sqlite = { type: 'sqlite', dataSource: folder.file('db.sqlite') }
    expect((await refuse(sqlite, configurationPath)()).code).toBe('history_not_found')
  })

  test.each([
    { what: 'file that is no database', from: 'password.txt', words: /password\.txt/ },
    { what: 'folder without one', from: 'certs', words: /certs holds no Badger database/ },
  ])('of a $what is refused, and makes no store', async ({ from, words }) => {
    await writeFile(folder.file('password.txt'), 'correct horse battery staple')
    await editJson(configurationPath, {
      db: { type: 'sqlite', dataSource: folder.file('db.sqlite') },
    })
    const importing = importHistory({ configurationPath, from: folder.file(from), now })
    await expect(importing).rejects.toMatchObject({ message: expect.stringMatching(words) })
    await expect(folder.readText('db.sqlite')).rejects.toMatchObject({ code: 'ENOENT' })
  })
})

function certificatesOf({ tables }: ImportReport) {
  return tables.find(({ table }) => table === 'x509_certs')
}

import { randomBytes } from 'node:crypto'
import { PassThrough, Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import {
  inspectDatabase,
  loadRetentionRules,
  makeDatabase,
  openDatabase,
  openExplainer,
} from '@mayfly/authority-host'
import { buildIssuance } from '@mayfly/db-adapters/contract'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { copyStepFolder, editJson, type Folder } from './support/folder.ts'
import { now, open, random, refusalOf } from './support/host.ts'
import { findSharedDatabases, type SharedDatabase } from './support/shared-database.ts'

const kinds = await findSharedDatabases()

describe.each(kinds)('the database of a ca.json on $type', ({ type, table, missing, create }) => {
  let folder: Folder
  let database: SharedDatabase
  let at: { readonly configurationPath: string }
  const tableOf = (name: string): string => table.replace('configuration', name)

  beforeEach(async ({ skip }) => {
    if (missing !== undefined) skip(missing)
    folder = await copyStepFolder()
    database = create(folder)
    at = { configurationPath: folder.file('config', 'ca.json') }
    await editJson(at.configurationPath, { db: database.db })
  })

  afterEach(async () => {
    await database?.[Symbol.asyncDispose]()
    await folder?.[Symbol.asyncDispose]()
  })

  test('is looked at before it is made, and stays unmade', async () => {
    for (let round = 0; round < 2; round++) {
      expect(await inspectDatabase(at)).toMatchObject({
        kind: type,
        status: undefined,
        history: undefined,
      })
      expect((await refusalOf(openDatabase(at))).code).toBe('database_missing')
    }
  })

  test('tells what serves it, how far its tables are, and its clock', async () => {
    await (await makeDatabase(at)).store.close()
    const { status } = await inspectDatabase(at)
    expect(status?.version).toMatch(/^(SQLite|PostgreSQL|MariaDB|MySQL) \d/)
    expect(status?.migrations).toMatchObject({ pending: [], unknown: [] })
    expect(status?.migrations.executed).toContain('0004_retention')
    expect(Math.abs((status?.clock.getTime() ?? 0) - Date.now())).toBeLessThan(30_000)
    expect(status?.address).not.toContain('password')
    expect(status?.latencyMilliseconds).toBeGreaterThan(0)
    expect(status?.refusal).toBeUndefined()
  })

  test('is not opened, nor changed, while its tables are of another version', async () => {
    await (await makeDatabase(at)).store.close()
    const migrations = type === 'sqlite' ? 'kysely_migration' : 'mayfly_migrations'
    await database.run(`delete from ${migrations} where name = '0004_retention'`)
    expect((await inspectDatabase(at)).status?.migrations.pending).toEqual(['0004_retention'])
    expect(await refusalOf(openDatabase(at))).toMatchObject({
      code: 'database_not_migrated',
      message: 'the tables are of an older version (0004_retention)',
    })
    expect((await inspectDatabase(at)).status?.migrations.pending).toEqual(['0004_retention'])
  })

  test('that holds half a restore is used by nobody, until it is restored anew', async () => {
    {
      await using made = await makeDatabase(at)
      await made.store.commitIssuance(buildIssuance())
    }
    const octets = await backUp(at)
    await database.run(
      `insert into ${tableOf('restores')} (number, started_at, backup_created_at) values (1, 1, 1)`,
    )
    const unfinished = 'database_restore_unfinished'
    const password = async () => 'correct horse battery staple'
    const { configurationPath } = at
    expect((await refusalOf(open(configurationPath, { password }))).code).toBe(unfinished)
    expect((await refusalOf(openDatabase(at))).code).toBe(unfinished)
    expect((await refusalOf(openExplainer({ ...at, now, random }))).code).toBe(unfinished)
    {
      await using made = await makeDatabase(at)
      const holder = randomBytes(4).toString('hex')
      await made.store.backups.restoreBackup(() => Readable.from([octets]), { holder })
    }
    await using host = await open(configurationPath, { password })
    expect(await host.store.countCertificates()).toBe(1)
  })

  test('is kept for as long as the configuration says', async () => {
    await editJson(at.configurationPath, {
      mayfly: { retention: { certificates: '48h', audit: '720h' }, renewalAfterExpiry: '24h' },
    })
    await using made = await makeDatabase(at)
    expect(await loadRetentionRules(made, at)).toEqual({
      certificatesSeconds: 172_800,
      renewalAfterExpirySeconds: 86_400,
      auditSeconds: 2_592_000,
    })
    await editJson(at.configurationPath, { mayfly: { retention: { enabled: false } } })
    await using other = await makeDatabase(at)
    expect(await loadRetentionRules(other, at)).toBeUndefined()
  })
})

test('a ca.json without a database has none to look after', async () => {
  await using folder = await copyStepFolder()
  const at = { configurationPath: folder.file('config', 'ca.json') }
  for (const call of [inspectDatabase, openDatabase, makeDatabase]) {
    expect(await refusalOf(call(at))).toMatchObject({
      code: 'database_missing',
      message: 'the configuration names no database',
    })
  }
})

async function backUp(at: { readonly configurationPath: string }): Promise<Buffer> {
  await using database = await openDatabase(at)
  const stream = new PassThrough()
  const [octets] = await Promise.all([buffer(stream), database.store.backups.writeBackup(stream)])
  return octets
}

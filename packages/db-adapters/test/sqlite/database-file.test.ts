import { execFileSync } from 'node:child_process'
import { mkdirSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { buildIssuance } from '@mayfly/db-adapters/contract'
import { openSqliteStore } from '@mayfly/db-adapters/sqlite'
import { describe, expect, test } from 'vitest'
import { assertLocal } from '../../src/sqlite/database-file.ts'
import { createFolder, overwrite } from '../support/sqlite-store.ts'

describe('the file of an SQLite store', () => {
  test('is made with its folders for their owner alone', async () => {
    await using folder = await createFolder()
    const path = join(folder.path, 'a', 'db', 'mayfly.sqlite')
    await using store = await openSqliteStore({ path })
    await store.commitIssuance(buildIssuance())
    expect(modeOf(join(folder.path, 'a'))).toBe(0o700)
    expect(modeOf(join(folder.path, 'a', 'db'))).toBe(0o700)
    for (const suffix of ['', '-wal', '-shm']) expect(modeOf(path + suffix)).toBe(0o600)
  })

  test('is all that is left when the store is closed', async () => {
    await using folder = await createFolder()
    const path = join(folder.path, 'mayfly.sqlite')
    const store = await openSqliteStore({ path })
    await store.commitIssuance(buildIssuance())
    await store.close()
    expect(statSync(`${path}-wal`, { throwIfNoEntry: false })).toBeUndefined()
    expect(statSync(path).size).toBeGreaterThan(0)
  })

  test.each<[string, string, (path: string) => void]>([
    ['of other octets', 'store_corrupt', (path) => writeFileSync(path, 'x'.repeat(10_000))],
    ['of another application', 'store_corrupt', createForeignDatabase],
    ['that is a folder', 'store_unavailable', (path) => mkdirSync(path)],
  ])('%s is refused with %s and not changed', async (_, code, prepare) => {
    await using folder = await createFolder()
    const path = join(folder.path, 'mayfly.sqlite')
    prepare(path)
    const { size, mtimeMs } = statSync(path)
    await expect(openSqliteStore({ path })).rejects.toMatchObject({ name: 'StoreError', code })
    expect(statSync(path)).toMatchObject({ size, mtimeMs })
  })

  test('is refused where no folder can be', async () => {
    await using folder = await createFolder()
    writeFileSync(join(folder.path, 'file'), '')
    await expect(
      openSqliteStore({ path: join(folder.path, 'file', 'mayfly.sqlite') }),
    ).rejects.toMatchObject({ code: 'store_unavailable' })
  })

  // A process of its own: were it to hang, no timer of this one would ever fire.
  test.skipIf(process.platform !== 'linux')('is refused at once under /proc', () => {
    const module = new URL('../../src/sqlite/database-file.ts', import.meta.url)
    const script = `import { prepareDatabaseFile } from '${module}'
      try { prepareDatabaseFile('/proc/x/y/mayfly.sqlite') } catch ({ code, message }) { console.log(code, message) }`
    const argv = ['--input-type=module', '--eval', script]
    const output = execFileSync(process.execPath, argv, { encoding: 'utf8', timeout: 5000 })
    expect(output).toBe('store_unavailable /proc/x/y/mayfly.sqlite cannot be made (ENOENT)\n')
  })

  test('is refused where it cannot be made', async () => {
    await expect(openSqliteStore({ path: '/sys/mayfly.sqlite' })).rejects.toMatchObject({
      code: 'store_read_only',
      hint: expect.any(String),
    })
  })

  test('whose pages are damaged fails commits and reads with store_corrupt', async () => {
    await using folder = await createFolder()
    const path = join(folder.path, 'mayfly.sqlite')
    const created = await openSqliteStore({ path })
    const unit = buildIssuance()
    await created.commitIssuance(unit)
    await created.close()
    for (const page of findPages(path, 'certificates')) {
      overwrite(path, 4096 * (page - 1), new Uint8Array(4096).fill(0xff))
    }

    await using store = await openSqliteStore({ path })
    const damaged = { code: 'store_corrupt' }
    await expect(store.commitIssuance(buildIssuance())).rejects.toMatchObject(damaged)
    await expect(store.findCertificate(unit.certificate.serialNumber)).rejects.toMatchObject(
      damaged,
    )
  })

  test('takes no commit while it is moved away, and does again when it is back', async () => {
    await using folder = await createFolder()
    const path = join(folder.path, 'mayfly.sqlite')
    await using store = await openSqliteStore({ path })
    renameSync(path, `${path}.old`)
    const away = { code: 'store_unavailable' }
    await expect(store.commitIssuance(buildIssuance())).rejects.toMatchObject(away)
    await expect(store.ping()).rejects.toMatchObject(away)
    renameSync(`${path}.old`, path)
    expect(await store.commitIssuance(buildIssuance())).toEqual({ status: 'committed' })
    await store.ping()
  })
})

describe('assertLocal', () => {
  test.each([
    { type: 0x6969, name: 'NFS' },
    { type: 0xff534d42, name: 'CIFS' },
    { type: 0xff534d42 | 0, name: 'CIFS' },
    { type: 0xfe534d42, name: 'SMB2' },
    { type: 0x00c36400, name: 'Ceph' },
  ])('refuses $name, number $type', ({ type, name }) => {
    expect(() => assertLocal('/db/mayfly.sqlite', type)).toThrow(
      expect.objectContaining({
        code: 'store_unavailable',
        message: expect.stringContaining(`(${name})`),
        hint: expect.stringContaining('local disk'),
      }),
    )
  })

  test.each([
    { type: 0xef53, name: 'ext4' },
    { type: 0x58465342, name: 'XFS' },
    { type: 0x9123683e, name: 'Btrfs' },
    { type: 0x01021994, name: 'tmpfs' },
    { type: 0x794c7630, name: 'overlay' },
  ])('allows $name', ({ type }) => {
    expect(() => assertLocal('/db/mayfly.sqlite', type)).not.toThrow()
  })
})

function createForeignDatabase(path: string): void {
  const database = new DatabaseSync(path)
  database.exec('create table other (a)')
  database.close()
}

function modeOf(path: string): number {
  return statSync(path).mode & 0o777
}

/** The numbers of the pages with which a table and its indexes begin; the first of the file is 1. */
function findPages(path: string, table: string): number[] {
  const database = new DatabaseSync(path, { readOnly: true })
  const rows = database.prepare('select rootpage from sqlite_schema where tbl_name = ?').all(table)
  database.close()
  return rows.map(({ rootpage }) => Number(rootpage))
}

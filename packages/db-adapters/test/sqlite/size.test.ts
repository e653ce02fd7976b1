import { statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Store } from '@mayfly/db-adapters'
import { buildIssuance } from '@mayfly/db-adapters/contract'
import { openSqliteStore } from '@mayfly/db-adapters/sqlite'
import { describe, expect, test } from 'vitest'
import { createFolder } from '../support/sqlite-store.ts'

test('a certificate takes at most 1,500 octets with its token and all indexes, the audit apart', async () => {
  await using folder = await createFolder()
  const path = join(folder.path, 'mayfly.sqlite')
  const store = await openSqliteStore({ path })
  await Promise.all(
    Array.from({ length: 5000 }, (_, index) =>
      store.commitIssuance(
        buildIssuance(
          index % 2 === 0 ? {} : { claim: { kind: 'renewal', predecessor: 1n << 126n } },
        ),
      ),
    ),
  )
  await store.close()
  const database = new DatabaseSync(path, { readOnly: true })
  const { octets } =
    database.prepare(`select sum(pgsize) as octets from dbstat where name <> 'audit'`).get() ?? {}
  database.close()
  const each = Math.round(Number(octets) / 5000)
  console.log(`${each} octets a certificate of 700`)
  expect(each).toBeLessThanOrEqual(1500)
})

describe('the log', () => {
  test('stays small while others read and write', async () => {
    await using folder = await createFolder()
    const path = join(folder.path, 'mayfly.sqlite')
    await using store = await openSqliteStore({ path })
    let largest = 0
    for (let round = 0; round < 40; round++) {
      await fill(store, 256)
      await store.findCertificate(1n)
      largest = Math.max(largest, statSync(`${path}-wal`).size)
    }
    expect(largest).toBeLessThan(32 * mebibyte)
  })

  test('shrinks again after a long reader has let it grow', async () => {
    await using folder = await createFolder()
    const path = join(folder.path, 'mayfly.sqlite')
    await using store = await openSqliteStore({ path })
    const reader = new DatabaseSync(path, { readOnly: true })
    reader.exec('begin')
    reader.prepare('select count(*) from certificates').get()
    await fill(store, 1200, 80_000)
    expect(statSync(`${path}-wal`).size).toBeGreaterThan(80 * mebibyte)
    reader.exec('commit')
    reader.close()
    await fill(store, 1)
    await fill(store, 1)
    expect(statSync(`${path}-wal`).size).toBeLessThanOrEqual(64 * mebibyte)
  })
})

const mebibyte = 1024 * 1024

async function fill(store: Store, count: number, octets = 700): Promise<void> {
  const certificate = { der: new Uint8Array(octets) }
  await Promise.all(
    Array.from({ length: count }, () => store.commitIssuance(buildIssuance({ certificate }))),
  )
}

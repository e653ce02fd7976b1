import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { buildIssuance } from '@mayfly/db-adapters/contract'
import { openSqliteStore } from '@mayfly/db-adapters/sqlite'
import { expect, test } from 'vitest'
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

import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openSqliteStore } from '@mayfly/db-adapters/sqlite'
import { describe, expect, test } from 'vitest'
import { createFolder } from '../support/sqlite-store.ts'

describe('the schema of an SQLite store', () => {
  test('is made once', async () => {
    await using folder = await createFolder()
    const path = join(folder.path, 'mayfly.sqlite')
    await (await openSqliteStore({ path })).close()
    const first = query(path, 'select name, timestamp from kysely_migration')
    await (await openSqliteStore({ path })).close()
    expect(query(path, 'select name, timestamp from kysely_migration')).toEqual(first)
    expect(first).toMatchObject([
      { name: '0001_first_tables' },
      { name: '0002_shared_state' },
      { name: '0003_imported_history' },
      { name: '0004_retention' },
    ])
  })

  test('is strict in every table of ours', async () => {
    await using folder = await createFolder()
    const path = join(folder.path, 'mayfly.sqlite')
    await (await openSqliteStore({ path })).close()
    const tables = query(
      path,
      `select name, strict from pragma_table_list
       where type = 'table' and name not like 'sqlite_%' and name not like 'kysely_%' order by name`,
    )
    expect(tables).toEqual(
      [
        'acme_accounts',
        'acme_authorizations',
        'acme_challenges',
        'acme_external_account_keys',
        'acme_nonce_keys',
        'acme_orders',
        'acme_spent_nonces',
        'audit',
        'certificates',
        'configuration',
        'imports',
        'leases',
        'restores',
        'revocations',
        'spent_tokens',
      ].map((name) => ({ name, strict: 1 })),
    )
  })

  test('of a newer version is refused and left as it is', async () => {
    await using folder = await createFolder()
    const path = join(folder.path, 'mayfly.sqlite')
    await (await openSqliteStore({ path })).close()
    query(path, `insert into kysely_migration values ('9999_future', '2031-01-01T00:00:00.000Z')`)
    await expect(openSqliteStore({ path })).rejects.toMatchObject({
      code: 'store_schema_newer',
      message: expect.stringContaining('9999_future'),
    })
    expect(query(path, 'select name from kysely_migration')).toHaveLength(5)
  })

  test('that was left half-made by a crash is made anew', async () => {
    await using folder = await createFolder()
    const path = join(folder.path, 'mayfly.sqlite')
    query(path, 'pragma journal_mode = wal')
    await using store = await openSqliteStore({ path })
    expect(await store.countCertificates()).toBe(0)
  })
})

function query(path: string, sql: string): unknown[] {
  const database = new DatabaseSync(path)
  try {
    return database
      .prepare(sql)
      .all()
      .map((row) => ({ ...row }))
  } finally {
    database.close()
  }
}

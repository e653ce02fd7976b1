import { openMysqlSource, type StepCaSource } from '@mayfly/db-adapters/mysql'
import { openPostgresSource } from '@mayfly/db-adapters/postgres'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { mysqlServer } from '../support/mysql-server.ts'
import { postgresServer } from '../support/postgres-server.ts'
import { describeServer, octetsInSql, type TestDatabase } from '../support/test-server.ts'

for (const server of [mysqlServer, postgresServer]) {
  await describeServer(server, (database) => {
    describe(`the tables of step-ca in ${server.kind}`, () => testSource(database))
  })
}

function testSource(database: TestDatabase): void {
  const { server, options } = database
  const isMysql = server.kind === 'mysql'
  const open = (user?: string): Promise<StepCaSource> => {
    const opening = { ...options, ...(user === undefined ? {} : { user }) }
    return isMysql ? openMysqlSource(opening) : openPostgresSource(opening)
  }
  const quote = (name: string): string => (isMysql ? `\`${name}\`` : `"${name}"`)
  const columns = isMysql
    ? 'nkey varbinary(255) not null, nvalue blob, primary key (nkey)'
    : 'nkey bytea check (octet_length(nkey) <= 255), nvalue bytea, primary key (nkey)'
  const create = (name: string): Promise<unknown> =>
    database.query(`create table ${name} (${columns})`)
  const insert = (name: string, keys: readonly Uint8Array[]): Promise<unknown> =>
    database.query(
      `insert into ${quote(name)} values ${keys
        .map((key) => `(${octetsInSql(server, key)}, ${octetsInSql(server, key)})`)
        .join(', ')}`,
    )

  beforeEach(async () => {
    await server.query(server.options.database, `create database ${options.database}`)
    await create(quote('x509_certs'))
  })
  afterEach(() => database[Symbol.asyncDispose]())

  test('are read in the order of their keys, page by page, from any of them on', async () => {
    const keys = Array.from({ length: 700 }, (_, index) => Buffer.from(`${(index * 7919) % 1000}`))
    await insert('x509_certs', keys)
    const sorted = keys.toSorted(Buffer.compare).map((key) => new Uint8Array(key))
    await using source = await open()
    expect(await keysOf(source, 'x509_certs')).toEqual(sorted)
    expect(await keysOf(source, 'x509_certs', sorted[300])).toEqual(sorted.slice(301))
    expect(await keysOf(source, 'x509_certs', sorted.at(-1))).toEqual([])
    expect(await source.countRows('x509_certs')).toBe(700)
  })

  test('may hold octets of any kind, and nothing', async () => {
    await insert('x509_certs', [Buffer.from([0]), Buffer.from([0, 255]), Buffer.from([128, 10])])
    await database.query(
      `insert into ${quote('x509_certs')} values (${octetsInSql(server, Buffer.from([255]))}, null)`,
    )
    await using source = await open()
    const rows = await collect(source, 'x509_certs')
    expect(rows.map(({ key, value }) => [[...key], [...value]])).toEqual([
      [[0], [0]],
      [
        [0, 255],
        [0, 255],
      ],
      [
        [128, 10],
        [128, 10],
      ],
      [[255], []],
    ])
  })

  test('that step-ca has not made have no rows', async () => {
    await using source = await open()
    expect(await source.countRows('acme_keyID_accountID_index')).toBe(0)
    expect(await keysOf(source, 'acme_keyID_accountID_index')).toEqual([])
  })

  test('have names in both cases', async () => {
    await create(quote('acme_keyID_accountID_index'))
    await insert('acme_keyID_accountID_index', [Buffer.from('a')])
    await using source = await open()
    expect(await source.countRows('acme_keyID_accountID_index')).toBe(1)
  })

  test('have a digest that changes with what step-ca does', async () => {
    await create(quote('revoked_x509_certs'))
    await using source = await open()
    const digests = [await source.stateDigest()]
    await insert('x509_certs', [Buffer.from('1')])
    digests.push(await source.stateDigest())
    await insert('revoked_x509_certs', [Buffer.from('1')])
    digests.push(await source.stateDigest())
    expect(new Set(digests).size).toBe(3)
    expect(digests[2]).toMatch(/^[0-9a-f]{64}$/)
    await using another = await open()
    expect(await another.stateDigest()).toBe(digests[2])
  })

  test('have a digest that changes when an account ends, and when a key is bound', async () => {
    const digests = []
    for (const table of ['acme_accounts', 'acme_external_account_keys']) {
      await create(quote(table))
      await insert(table, [Buffer.from('valid')])
      await using source = await open()
      digests.push(await source.stateDigest())
      await database.query(
        `update ${quote(table)} set nvalue = ${octetsInSql(server, Buffer.from('deactivated'))}`,
      )
      digests.push(await source.stateDigest())
    }
    expect(new Set(digests).size).toBe(4)
  })

  test.each([
    { types: isMysql ? ['varchar(255)', 'blob'] : ['text', 'bytea'], why: 'a text for its key' },
    {
      types: isMysql ? ['varbinary(255)', 'text'] : ['bytea', 'text'],
      why: 'a text for its value',
    },
  ])('are refused as a copy with $why: nothing is taken for empty', async ({ types }) => {
    const [key, value] = types
    await database.query(`create table used_ott (nkey ${key} not null, nvalue ${value})`)
    await database.query(`insert into used_ott values ('1', '2')`)
    await using source = await open()
    await expect(collect(source, 'used_ott')).rejects.toMatchObject({
      code: 'store_corrupt',
      message: expect.stringContaining('used_ott: its columns are not of octets'),
      hint: expect.stringContaining('columns of the same types'),
    })
  })

  test('are read by a user that may only select, and are refused to one that may not', async () => {
    const user = `mayfly_reader_${options.database.slice(-6)}`
    const named = isMysql ? `'${user}'@'%'` : user
    await insert('x509_certs', [Buffer.from('1')])
    await server.query(
      server.options.database,
      isMysql ? `create user ${named}` : `create role ${named} login`,
    )
    try {
      await expect(open(user)).rejects.toMatchObject({ name: 'StoreError' })
      await database.query(
        isMysql
          ? `grant select on ${options.database}.* to ${named}`
          : `grant select on all tables in schema public to ${named}`,
      )
      await using source = await open(user)
      expect(await source.countRows('x509_certs')).toBe(1)
      expect(await keysOf(source, 'x509_certs')).toHaveLength(1)
    } finally {
      await database.query(isMysql ? `drop user ${named}` : `drop owned by ${named}`)
      if (!isMysql) await server.query(server.options.database, `drop role ${named}`)
    }
  })

  test('are not read without one that may not be read', async () => {
    await create(quote('revoked_x509_certs'))
    await insert('revoked_x509_certs', [Buffer.from('1')])
    const user = `mayfly_reader_${options.database.slice(-6)}`
    const named = isMysql ? `'${user}'@'%'` : user
    await database.query(isMysql ? `create user ${named}` : `create role ${named} login`)
    try {
      await database.query(`grant select on ${quote('x509_certs')} to ${named}`)
      const reading = (async () => {
        await using source = await open(user)
        expect(await source.countRows('x509_certs')).toBe(0)
        return source.countRows('revoked_x509_certs')
      })()
      await expect(reading).rejects.toMatchObject({
        code: 'store_unavailable',
        hint: expect.any(String),
      })
    } finally {
      await database.query(isMysql ? `drop user ${named}` : `drop owned by ${named}`)
      if (!isMysql) await server.query(server.options.database, `drop role ${named}`)
    }
  })

  if (!isMysql) {
    test('are found in a schema that is not searched, unless several hold rows', async () => {
      await database.query('create schema "Step"')
      await create('"Step".used_ott')
      await database.query(`insert into "Step".used_ott values ('a', 'b')`)
      await using source = await open()
      expect(await source.countRows('used_ott')).toBe(1)
      await insert('x509_certs', [Buffer.from('1')])
      await expect(open()).rejects.toMatchObject({
        code: 'store_unsupported',
        message: expect.stringContaining('in several schemas (Step, public)'),
      })
    })
  }

  test('in a database that is not there are refused', async () => {
    await database[Symbol.asyncDispose]()
    await expect(open()).rejects.toMatchObject({
      code: 'store_unavailable',
      message: expect.stringContaining('does not exist'),
    })
  })

  test('are not read once the source is closed', async () => {
    const source = await open()
    await source[Symbol.asyncDispose]()
    await expect(source.countRows('x509_certs')).rejects.toMatchObject({ code: 'store_closed' })
  })
}

async function collect(source: StepCaSource, table: string, after?: Uint8Array) {
  const rows: { readonly key: Uint8Array; readonly value: Uint8Array }[] = []
  for await (const row of source.rows(table, after)) rows.push(row)
  return rows
}

async function keysOf(
  source: StepCaSource,
  table: string,
  after?: Uint8Array,
): Promise<readonly Uint8Array[]> {
  return (await collect(source, table, after)).map(({ key }) => new Uint8Array(key))
}

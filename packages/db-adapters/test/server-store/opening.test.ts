import { buildIssuance } from '@mayfly/db-adapters/contract'
import { inspectMysqlDatabase } from '@mayfly/db-adapters/mysql'
import { inspectPostgresDatabase, readPostgresStatus } from '@mayfly/db-adapters/postgres'
import { afterEach, describe, expect, test } from 'vitest'
import { migrations } from '../../src/postgres/migrations/index.ts'
import { mysqlServer } from '../support/mysql-server.ts'
import { postgresServer } from '../support/postgres-server.ts'
import { countRows, describeServer } from '../support/test-server.ts'

for (const server of [postgresServer, mysqlServer]) {
  await describeServer(server, (database) => {
    afterEach(() => database[Symbol.asyncDispose]())

    describe(`${server.kind}: opening`, () => {
      test('by ten instances at once makes one database and one schema', async () => {
        const stores = await Promise.all(Array.from({ length: 10 }, () => database.open()))
        await Promise.all(stores.map((store) => store.commitIssuance(buildIssuance())))
        expect(await countRows(database, 'certificates')).toBe(10)
        expect(await countRows(database, 'migrations')).toBe(migrations.length)
        await Promise.all(stores.map((store) => store.close()))
      })

      test('an empty database by ten instances at once makes one schema', async () => {
        const { options } = database
        await server.query(server.options.database, `create database ${options.database}`)
        const stores = await Promise.all(Array.from({ length: 10 }, () => database.open()))
        expect(await countRows(database, 'migrations')).toBe(migrations.length)
        await Promise.all(stores.map((store) => store.close()))
      })

      test.each([{ maximumConnections: 0 }, { maximumConnections: 2.5 }, { maximumWaiting: -1 }])(
        'with %o is refused',
        async (bounds) => {
          await expect(database.open(bounds)).rejects.toThrow(TypeError)
        },
      )

      test('with bounds of its own opens no more connections than these allow', async () => {
        await using store = await database.open({ maximumConnections: 2, maximumWaiting: 3 })
        const calls = await Promise.allSettled(
          Array.from({ length: 10 }, () => store.countCertificates()),
        )
        const refused = calls.filter(({ status }) => status === 'rejected')
        expect(refused).toMatchObject(Array(7).fill({ reason: { code: 'store_busy' } }))
      })

      test('beside tables of step-ca leaves these as they are', async () => {
        await (await database.open()).close()
        const type = server.kind === 'postgresql' ? 'bytea' : 'varbinary(255)'
        await database.query(`create table acme_orders (nkey ${type} primary key, nvalue ${type})`)
        await database.query(`create table used_ott (nkey ${type} primary key, nvalue ${type})`)
        await database.query(`insert into used_ott values ('a', 'b')`)
        await using store = await database.open()
        await store.commitIssuance(buildIssuance())
        expect(await database.query('select * from used_ott')).toHaveLength(1)
        const tables = await database.query(
          `select table_name as name from information_schema.tables
           where table_schema = ${server.kind === 'postgresql' ? 'current_schema()' : 'database()'}`,
        )
        const names = tables.map(({ name }) => String(name))
        expect(names).toContain('mayfly_certificates')
        expect(names.filter((name) => !name.startsWith('mayfly_')).toSorted()).toEqual([
          'acme_orders',
          'used_ott',
        ])
      })

      test('is preceded by a look that makes nothing', async () => {
        const inspect =
          server.kind === 'postgresql' ? inspectPostgresDatabase : inspectMysqlDatabase
        const { options } = database
        expect(await inspect(options)).toBe(undefined)
        await server.query(server.options.database, `create database ${options.database}`)
        expect(await inspect(options)).toEqual({ hasStore: false, stepCaTable: undefined })
        const type = server.kind === 'postgresql' ? 'bytea' : 'varbinary(255)'
        await database.query(`create table used_ott (nkey ${type} primary key, nvalue ${type})`)
        expect(await inspect(options)).toEqual({ hasStore: false, stepCaTable: undefined })
        await database.query(`insert into used_ott values ('a', 'b')`)
        expect(await inspect(options)).toEqual({ hasStore: false, stepCaTable: 'used_ott' })
        await (await database.open()).close()
        expect(await inspect(options)).toEqual({ hasStore: true, stepCaTable: 'used_ott' })
      })

      test('a schema of a newer version is refused, and leaves it as it is', async () => {
        await (await database.open()).close()
        await database.query(`insert into mayfly_migrations (name) values ('9999_future')`)
        await expect(database.open()).rejects.toMatchObject({
          code: 'store_schema_newer',
          message: expect.stringContaining('9999_future'),
        })
        expect(await countRows(database, 'migrations')).toBe(migrations.length + 1)
      })

      test('a schema that a crash left half-made completes it', async () => {
        await (await database.open()).close()
        if (server.kind === 'mysql') {
          // MySQL commits each change of a schema by itself.
          await database.query('delete from mayfly_migrations')
          await database.query('drop table mayfly_audit')
        }
        await using store = await database.open()
        expect(await store.commitIssuance(buildIssuance())).toEqual({ status: 'committed' })
      })

      test('with a wrong name is refused, with the way out', async () => {
        await (await database.open()).close()
        await expect(
          database.open({ user: 'nobody_of_that_name', password: 'correct horse' }),
        ).rejects.toMatchObject({
          code: 'store_unavailable',
          hint: expect.stringContaining('check user'),
          message: expect.not.stringContaining('horse'),
        })
      })

      test('with a file of TLS that is not there is refused, naming it', async () => {
        await expect(
          database.open({ tls: { verify: 'none', rootFile: '/nowhere/root.crt' } }),
        ).rejects.toMatchObject({
          code: 'store_unavailable',
          message: expect.stringContaining('/nowhere/root.crt'),
        })
      })
    })
  })
}

await describeServer(postgresServer, (database) => {
  afterEach(() => database[Symbol.asyncDispose]())

  describe('postgresql: a database', () => {
    test.each([
      ['synchronous_commit', 'off', 'store_unavailable'],
      ['default_transaction_read_only', 'on', 'store_read_only'],
    ])('whose %s is %s is refused', async (name, value, code) => {
      await (await database.open()).close()
      await set(name, value)
      await expect(database.open()).rejects.toMatchObject({ code })
    })

    test('whose commits are not synced is opened when that is allowed by name', async () => {
      await (await database.open()).close()
      await set('synchronous_commit', 'off')
      await using store = await database.open({ dangerouslyAllowUnsyncedCommits: true })
      expect(await store.commitIssuance(buildIssuance())).toEqual({ status: 'committed' })
    })

    test('that becomes read-only is told so, and written again once it may be', async () => {
      await using store = await database.open({ maximumConnections: 1 })
      await set('default_transaction_read_only', 'on')
      await postgresServer.query(
        'postgres',
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = '${database.options.database}'`,
      )
      await expect(store.commitIssuance(buildIssuance())).rejects.toMatchObject({
        code: expect.stringMatching(/store_read_only|commit_uncertain/),
      })
      await expect(store.commitIssuance(buildIssuance())).rejects.toMatchObject({
        code: 'store_read_only',
      })
      await set('default_transaction_read_only', 'off')
      expect(await store.commitIssuance(buildIssuance())).toEqual({ status: 'committed' })
    })

    async function set(name: string, value: string): Promise<void> {
      await postgresServer.query(
        'postgres',
        `alter database ${database.options.database} set ${name} = ${value}`,
      )
    }
  })
})

await describeServer(mysqlServer, (database) => {
  const { database: name } = database.options
  const user = name.replace('mayfly_test_', 'mayfly_')
  const asRoot = (sql: string) => mysqlServer.query(mysqlServer.options.database, sql)
  afterEach(async () => {
    await asRoot(`drop user if exists ${user}`)
    await database[Symbol.asyncDispose]()
  })

  describe('mysql: a look into a database', () => {
    test('is refused where the tables of step-ca may not be read, rather than finding none', async () => {
      await asRoot(`create database ${name}`)
      await database.query('create table used_ott (nkey varbinary(255) primary key)')
      await database.query(`insert into used_ott values ('a')`)
      await asRoot(`create user ${user} identified by 'secret'`)
      await asRoot(`grant create, index on ${name}.* to ${user}`)
      await expect(
        inspectMysqlDatabase({ ...database.options, user, password: 'secret' }),
      ).rejects.toMatchObject({
        code: 'store_unavailable',
        message: expect.stringContaining('used_ott'),
        hint: expect.stringContaining('grant'),
      })
    })

    test('passes over tables of others that have the name of one of step-ca', async () => {
      await asRoot(`create database ${name}`)
      await database.query('create table used_ott (id integer)')
      await database.query('insert into used_ott values (1)')
      expect(await inspectMysqlDatabase(database.options)).toEqual({
        hasStore: false,
        stepCaTable: undefined,
      })
    })
  })
})

await describeServer(postgresServer, (database) => {
  const { database: name } = database.options
  const user = name.replace('mayfly_test_', 'mayfly_')
  const asRoot = (sql: string) => postgresServer.query(postgresServer.options.database, sql)
  afterEach(async () => {
    await database[Symbol.asyncDispose]()
    await asRoot(`drop role if exists ${user}`)
  })

  test('postgresql: a look tells where the tables are to be made by a user that may not', async () => {
    await asRoot(`create database ${name}`)
    await database.query('revoke create on schema public from public')
    await asRoot(`create role ${user} login`)
    const look = async (options: object) =>
      (await readPostgresStatus({ ...database.options, ...options }))?.refusal
    expect(await look({ user })).toMatchObject({
      message: expect.stringContaining('the user may not make any'),
      hint: expect.stringContaining('create tables'),
    })
    expect(await look({})).toBeUndefined()
    await (await database.open()).close()
    await database.query(`grant select on all tables in schema public to ${user}`)
    expect(await look({ user })).toBeUndefined()
    await database.query(`drop owned by ${user}`)
  })
})

import { buildIssuance, type ContractStore } from '@mayfly/db-adapters/contract'
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { insertOnce } from '../../src/sql/insert-once.ts'
import {
  compileStatement,
  createQueryCompiler,
  databaseClock,
} from '../../src/sql/query-compiler.ts'
import type { SqlStatement, SqlTarget } from '../../src/sql/sql-target.ts'
import { mysqlServer } from '../support/mysql-server.ts'
import { postgresServer } from '../support/postgres-server.ts'
import { sqlTargetOf } from '../support/sql-target.ts'
import { openContractStore as openSqliteContractStore } from '../support/sqlite-store.ts'
import { describeServer, openContractStore } from '../support/test-server.ts'

describeTarget('sqlite', openSqliteContractStore)
for (const server of [postgresServer, mysqlServer]) {
  await describeServer(server, (database) => {
    describeTarget(server.kind, () => openContractStore(database))
  })
}

function describeTarget(dialect: SqlTarget['dialect'], open: () => Promise<ContractStore>): void {
  const compiler = createQueryCompiler(dialect)
  const put = (name: string, fence: number, holder = 'h'): SqlStatement =>
    compileStatement(compiler.insertInto('leases').values({ name, holder, fence, expires_at: 0 }))

  describe(`${dialect}: a statement`, () => {
    test.each([
      ['an invalid date', new Date(Number.NaN).getTime()],
      ['a fraction', 0.5],
      ['a number too large to be exact', 2 ** 53],
    ])('with %s is refused', (_, fence) => {
      expect(() => put('a', fence)).toThrow(TypeError)
    })

    test('knows tables of others from ours by their names', () => {
      const query = compiler
        .selectFrom('leases as l')
        .innerJoin('configuration', 'configuration.number', 'l.fence')
        .select(['l.name', sql<number>`1`.as('leases')])
      const prefix = dialect === 'sqlite' ? '' : 'mayfly_'
      const text = query.compile().sql.replaceAll(/["`]/g, '')
      expect(text).toBe(
        `select l.name, 1 as leases from ${prefix}leases as l ` +
          `inner join ${prefix}configuration on ${prefix}configuration.number = l.fence`,
      )
    })
  })

  describe(`${dialect}: a script`, () => {
    let opened: ContractStore
    let target: SqlTarget
    beforeEach(async () => {
      opened = await open()
      target = sqlTargetOf(opened.store)
    })
    afterEach(() => opened.dispose())

    const setFence = (name: string, from: number, to: number, expect?: SqlStatement['expect']) =>
      compileStatement(
        compiler
          .updateTable('leases')
          .set({ fence: to })
          .where('name', '=', name)
          .where('fence', '=', from),
        expect,
      )
    const all = compileStatement(
      compiler.selectFrom('leases').select(['name', 'fence']).orderBy('name'),
    )

    test('tells of each statement what it returned, or how many rows it changed', async () => {
      expect(await target.write([put('a', 1), put('b', 1), setFence('a', 1, 2), all])).toEqual({
        status: 'committed',
        results: [
          { rows: [], count: 1 },
          { rows: [], count: 1 },
          { rows: [], count: 1 },
          {
            rows: [
              { name: 'a', fence: 2 },
              { name: 'b', fence: 1 },
            ],
            count: 2,
          },
        ],
      })
      expect(await target.read(all)).toHaveLength(2)
    })

    test.each([
      { expect: 'some' as const, from: 9, count: 0 },
      { expect: 'one' as const, from: 9, count: 0 },
      { expect: 'none' as const, from: 1, count: 1 },
    ])(
      'whose statement changes $count rows, and expects $expect, leaves no trace',
      async (each) => {
        await target.write([put('a', 1)])
        const script = [put('b', 1), setFence('a', each.from, 2, each.expect), put('c', 1)]
        expect(await target.write(script)).toEqual({
          status: 'unmet',
          results: [
            { rows: [], count: 1 },
            { rows: [], count: each.count },
          ],
        })
        expect(await target.read(all)).toEqual([{ name: 'a', fence: 1 }])
      },
    )

    test('of one statement that changes more than it may leaves no trace', async () => {
      await target.write([put('a', 1), put('b', 1)])
      const both = compileStatement(compiler.updateTable('leases').set({ fence: 2 }), 'one')
      expect(await target.write([both])).toMatchObject({ status: 'unmet' })
      expect((await target.read(all)).map(({ fence }) => fence)).toEqual([1, 1])
    })

    test('that meets a key leaves no trace, and is told so', async () => {
      await target.write([put('a', 1)])
      expect(await target.write([put('a', 2)])).toEqual({ status: 'key_taken' })
      expect(await target.write([put('b', 1), put('a', 2), put('c', 1)])).toEqual({
        status: 'key_taken',
      })
      expect(await target.read(all)).toEqual([{ name: 'a', fence: 1 }])
    })

    test('inserts those rows once whose key is not there', async () => {
      const row = { holder: 'h', fence: 1, expires_at: 0 }
      const rows = ['a', 'b', 'c'].map((name) => ({ ...row, name }))
      await target.write([put('b', 7)])
      const once = insertOnce(compiler, dialect, { table: 'leases', key: 'name', rows })
      expect(await target.write([once, once])).toMatchObject({
        status: 'committed',
        results: [{ count: 2 }, { count: 0 }],
      })
      expect(await target.read(all)).toMatchObject([{ fence: 1 }, { fence: 7 }, { fence: 1 }])
    })

    test('shares no fate with others that are committed at the same moment', async () => {
      await target.write([put('a', 1)])
      const issuances = Array.from({ length: 20 }, () => buildIssuance())
      const [outcomes, unmet, taken, broken, good] = await Promise.all([
        Promise.all(issuances.map((unit) => opened.store.commitIssuance(unit))),
        target.write([put('u', 1), setFence('a', 9, 2, 'some')]),
        target.write([put('t', 1), put('a', 1)]),
        target
          .write([put('x', 1), { sql: 'update nothing set a = 1', parameters: [] }])
          .catch(Error),
        target.write([put('g', 1)]),
      ])
      expect(outcomes).toEqual(Array(20).fill({ status: 'committed' }))
      expect([unmet, taken, good]).toMatchObject([
        { status: 'unmet' },
        { status: 'key_taken' },
        { status: 'committed' },
      ])
      expect(broken).toBeInstanceOf(Error)
      expect((await target.read(all)).map(({ name }) => name)).toEqual(['a', 'g'])
      expect(await opened.store.countCertificates()).toBe(20)
    })

    test('of a conditional update is won by one of 100 callers, at each of many steps', async () => {
      const other = sqlTargetOf(await opened.openAnother())
      await target.write([put('order', 0)])
      for (let step = 0; step < 5; step++) {
        const outcomes = await Promise.all(
          Array.from({ length: 100 }, (_, index) =>
            (index % 2 ? target : other).write([
              setFence('order', step, step + 1, 'some'),
              ...(index % 3 ? [put(`${step} ${index}`, 1)] : []),
            ]),
          ),
        )
        expect(outcomes.filter(({ status }) => status === 'committed')).toHaveLength(1)
        expect(outcomes.filter(({ status }) => status === 'unmet')).toHaveLength(99)
      }
    })

    test('that locks rows in an order of its own is tried again until all are committed', async () => {
      const add = (name: string): SqlStatement =>
        compileStatement(
          compiler
            .updateTable('leases')
            .set(({ eb }) => ({ fence: eb('fence', '+', 1) }))
            .where('name', '=', name),
          'one',
        )
      await target.write([put('a', 0), put('b', 0)])
      const outcomes = await Promise.all(
        Array.from({ length: 4 }, (_, index) =>
          target.write(index % 2 ? [add('a'), add('b')] : [add('b'), add('a')]),
        ),
      )
      expect(outcomes.every(({ status }) => status === 'committed')).toBe(true)
      expect((await target.read(all)).map(({ fence }) => fence)).toEqual([4, 4])
    })

    test('brings octets, large numbers and nulls as they were given', async () => {
      const serial = new Uint8Array(300).map((_, index) => index).subarray(7, 27)
      const { certificate } = buildIssuance()
      const query = compiler.insertInto('revocations').values({
        serial,
        reason_code: 1,
        reason: `it's "so" \\ ? $1`,
        revoked_at: Number.MAX_SAFE_INTEGER,
        expires_at: null,
        provisioner_id: '証明書 🔐',
        mutual_tls: 0,
        token_id: certificate.der.subarray(0, 32),
      })
      expect(await target.write([compileStatement(query)])).toMatchObject({ status: 'committed' })
      const [row] = await target.read(
        compileStatement(compiler.selectFrom('revocations').selectAll()),
      )
      expect(row).toMatchObject({
        revoked_at: Number.MAX_SAFE_INTEGER,
        expires_at: null,
        provisioner_id: '証明書 🔐',
        reason: `it's "so" \\ ? $1`,
      })
      expect(row?.serial).toEqual(new Uint8Array(serial))
      expect(row?.token_id).toEqual(new Uint8Array(certificate.der.subarray(0, 32)))
    })

    test('reads the clock of the database, which does not go back', async () => {
      const now = databaseClock(dialect).as('now')
      const [row] = await target.read(compileStatement(compiler.selectNoFrom(now)))
      expect(Number.isSafeInteger(row?.now)).toBe(true)
      const clock = await opened.store.readClock()
      expect(clock.getTime()).toBeGreaterThanOrEqual(Number(row?.now))
      const offset = await opened.store.readClock()
      expect(offset.getTime() - clock.getTime()).toBeLessThan(10_000)
    })

    test('is refused once the store is closed', async () => {
      await opened.store.close()
      await expect(target.write([put('a', 1)])).rejects.toMatchObject({ code: 'store_closed' })
      await expect(target.read(all)).rejects.toMatchObject({ code: 'store_closed' })
    })
  })
}

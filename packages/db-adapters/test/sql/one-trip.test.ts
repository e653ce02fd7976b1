import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compileStatement, createQueryCompiler } from '../../src/sql/query-compiler.ts'
import type { SqlStatement, SqlTarget } from '../../src/sql/sql-target.ts'
import { findPlaces, type OwnPlace } from '../support/places.ts'
import { sqlTargetOf } from '../support/sql-target.ts'

for (const place of await findPlaces()) {
  describe.skipIf(place.missing !== undefined)(`${place.kind}: a script in one trip`, () => {
    let own: OwnPlace
    let target: SqlTarget
    let compiler: ReturnType<typeof createQueryCompiler>
    beforeAll(async () => {
      own = await place.create()
      target = sqlTargetOf(await own.open())
      compiler = createQueryCompiler(target.dialect)
    })
    afterAll(() => own?.[Symbol.asyncDispose]())

    const inOneTrip = { inOneTrip: true }

    function put(name: string, holder = 'h'): SqlStatement {
      const row = { name, holder, fence: 1, expires_at: Number.MAX_SAFE_INTEGER }
      return compileStatement(compiler.insertInto('leases').values(row))
    }
    function raise(name: string, expectation?: SqlStatement['expect']): SqlStatement {
      const query = compiler
        .updateTable('leases')
        .set(({ eb }) => ({ fence: eb('fence', '+', 1) }))
        .where('name', '=', name)
      return compileStatement(query, expectation)
    }
    function find(name: string, expectation?: SqlStatement['expect']): SqlStatement {
      const query = compiler.selectFrom('leases').selectAll().where('name', '=', name)
      return compileStatement(query, expectation)
    }
    const fenceOf = async (name: string) => (await target.read(find(name)))[0]?.fence

    test('is committed, and brings rows with their values, time after time', async () => {
      for (const name of ['a', "it's \\ 証明書", 'c']) {
        const outcome = await target.write(
          [
            put(name),
            find(name, 'one'),
            raise(name, 'one'),
            raise(name, 'some'),
            raise(`${name} not`, 'none'),
            find(name),
            raise(name),
          ],
          inOneTrip,
        )
        if (outcome.status !== 'committed') throw new Error(outcome.status)
        expect(outcome.results[5]).toEqual({
          rows: [{ name, holder: 'h', fence: 3, expires_at: Number.MAX_SAFE_INTEGER }],
          count: 1,
        })
        expect(outcome.results[6]?.count).toBe(1)
        expect(await fenceOf(name)).toBe(4)
      }
    })

    test.each<[string, () => SqlStatement, number]>([
      ['one row changed', () => raise('absent', 'one'), 0],
      ['some row changed', () => raise('absent', 'some'), 0],
      ['no row changed', () => raise('fixed', 'none'), 1],
      ['one row found', () => find('absent', 'one'), 0],
      ['no row found', () => find('fixed', 'none'), 1],
    ])(
      'that is to have %s, and has not, writes nothing and is told where',
      async (_, missing, count) => {
        await target.write([put('fixed')])
        const fence = await fenceOf('fixed')
        const script = [raise('fixed', 'one'), missing(), raise('fixed')]
        const outcome = await target.write(script, inOneTrip)
        expect(outcome).toMatchObject({ status: 'unmet', results: [{ count: 1 }, { count }] })
        expect(await fenceOf('fixed')).toBe(fence)
      },
    )

    test('that meets a key writes nothing', async () => {
      await target.write([put('taken')])
      const fence = await fenceOf('taken')
      const script = [raise('taken', 'one'), put('taken')]
      expect(await target.write(script, inOneTrip)).toEqual({ status: 'key_taken' })
      expect(await fenceOf('taken')).toBe(fence)
    })

    test('fails with a value that cannot be kept, and its connection goes on', async () => {
      const tooLong = put('x'.repeat(2_000_000), 'h')
      const broken: SqlStatement = { sql: 'update nothing_there set a = 1', parameters: [] }
      await expect(target.write([raise('a'), broken], inOneTrip)).rejects.toBeInstanceOf(Error)
      await target.write([raise('a'), tooLong], inOneTrip).catch(() => undefined)
      expect(await target.write([raise('a', 'one'), raise('a')], inOneTrip)).toMatchObject({
        status: 'committed',
      })
    })
  })
}

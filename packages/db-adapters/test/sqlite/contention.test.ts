import { join } from 'node:path'
import { buildIssuance } from '@mayfly/db-adapters/contract'
import { openSqliteStore } from '@mayfly/db-adapters/sqlite'
import { describe, expect, test } from 'vitest'
import { type Child, collectLines, startChild } from '../support/child.ts'
import { countRows, createFolder } from '../support/sqlite-store.ts'

/** The long form is run by hand. */
const manyUnits = process.env.MAYFLY_TEST_LONG === undefined ? 400 : 10_000

describe('processes that write one file', () => {
  test.each([
    { callers: '1', units: '500' },
    { callers: '10', units: '50' },
  ])(
    'commit 500 units each, $callers at once, without a busy error',
    async ({ callers, units }) => {
      await using folder = await createFolder()
      const path = join(folder.path, 'mayfly.sqlite')
      const children = [1, 2].map(() => startChild('commit-load.ts', [path, callers, units]))
      const lines = await Promise.all(children.map(collectLines))
      expect(await Promise.all(children.map(({ ended }) => ended))).toEqual([0, 0])
      expect(lines.map(({ length }) => length)).toEqual([500, 500])
      expect(countRows(path, 'certificates')).toBe(1000)
    },
  )

  test(`commit ${manyUnits} units each, four of them, without a busy error`, async () => {
    await using folder = await createFolder()
    const path = join(folder.path, 'mayfly.sqlite')
    const children = [1, 2, 3, 4].map(() =>
      startChild('commit-load.ts', [path, '8', String(manyUnits / 8)]),
    )
    const lines = await Promise.all(children.map(collectLines))
    expect(await Promise.all(children.map(({ ended }) => ended))).toEqual([0, 0, 0, 0])
    expect(lines.map(({ length }) => length)).toEqual(Array(4).fill(manyUnits))
    expect(countRows(path, 'certificates')).toBe(4 * manyUnits)
  }, 300_000)

  test('wait for one that is slow', async () => {
    await using folder = await createFolder()
    const path = join(folder.path, 'mayfly.sqlite')
    await using store = await openSqliteStore({ path })
    const child = await lock(path, 300)
    const outcomes = await Promise.all([1, 2, 3].map(() => store.commitIssuance(buildIssuance())))
    expect(outcomes).toEqual(Array(3).fill({ status: 'committed' }))
    expect(await child.ended).toBe(0)
  })

  test('are told store_busy after the bound, can read meanwhile, and go on afterwards', async () => {
    await using folder = await createFolder()
    const path = join(folder.path, 'mayfly.sqlite')
    await using store = await openSqliteStore({ path, busyTimeoutMilliseconds: 100 })
    const child = await lock(path, 60_000)
    const commits = [1, 2, 3].map(() => store.commitIssuance(buildIssuance()))
    expect(await store.countCertificates()).toBe(0)
    await store.ping()
    for (const commit of commits) await expect(commit).rejects.toMatchObject({ code: 'store_busy' })
    child.process.kill('SIGKILL')
    await child.ended
    expect(await store.commitIssuance(buildIssuance())).toEqual({ status: 'committed' })
    expect(await store.countCertificates()).toBe(1)
  })

  test('wait for one that keeps the file locked while they open it', async () => {
    await using folder = await createFolder()
    const path = join(folder.path, 'mayfly.sqlite')
    await (await openSqliteStore({ path })).close()
    await lock(path, 200)
    await using store = await openSqliteStore({ path })
    expect(await store.countCertificates()).toBe(0)
  })
})

async function lock(path: string, milliseconds: number): Promise<Child> {
  const child = startChild('lock-for.ts', [path, String(milliseconds)])
  for await (const line of child.lines) if (line === 'locked') break
  return child
}

import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { openSqliteStore } from '@mayfly/db-adapters/sqlite'
import { describe, expect, test } from 'vitest'
import { collectLines, startChild } from '../support/child.ts'
import { countRows, createFolder } from '../support/sqlite-store.ts'
import { findStrace } from '../support/system-calls.ts'

test('a file that may only be read is refused with store_read_only', async ({ skip }) => {
  const { missing } = findStrace()
  skip(missing !== undefined, missing)
  await using folder = await createFolder()
  const path = join(folder.path, 'mayfly.sqlite')
  await (await openSqliteStore({ path })).close()
  // SQLite resolves the link and so is the only one to open the file by this path: its first try,
  // to write, is refused, and its second, to read, is not.
  const link = join(folder.path, 'link')
  symlinkSync(folder.path, link)
  const strace = ['strace', '-f', '-q', '-o', '/dev/null', '-P', path]
  const inject = ['-e', 'inject=openat:error=EACCES:when=1']
  const child = startChild(
    'commit-tried.ts',
    [join(link, 'mayfly.sqlite'), '1'],
    [...strace, ...inject],
  )
  expect(await collectLines(child)).toEqual(['store_read_only'])
})

describe('a store whose disk fails for a while', () => {
  test.for([
    { failure: 'is full', inject: 'pwrite64:error=ENOSPC:when=60..70', code: 'store_full' },
    { failure: 'does not sync', inject: 'fsync:error=EIO:when=6..8', code: 'commit_uncertain' },
    {
      failure: 'cannot be written',
      inject: 'pwrite64:error=EIO:when=60..70',
      code: 'commit_uncertain',
    },
  ])('because it $failure says $code, and goes on afterwards', async (options, { skip }) => {
    const { missing } = findStrace()
    skip(missing !== undefined, missing)
    await using folder = await createFolder()
    const path = join(folder.path, 'mayfly.sqlite')
    await (await openSqliteStore({ path })).close()

    const strace = ['strace', '-f', '-q', '-o', '/dev/null', '-P', `${path}-wal`]
    const inject = ['-e', `inject=${options.inject}`]
    const lines = await collectLines(
      startChild('commit-tried.ts', [path, '30'], [...strace, ...inject]),
    )

    expect(new Set(lines)).toEqual(new Set(['committed', options.code]))
    expect(lines[0]).toBe('committed')
    expect(lines.at(-1)).toBe('committed')
    const committed = lines.filter((line) => line === 'committed').length
    for (const table of ['certificates', 'spent_tokens', 'audit']) {
      expect(countRows(path, table)).toBe(committed)
    }
  })
})

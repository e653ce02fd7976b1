import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openSqliteStore } from '@mayfly/db-adapters/sqlite'
import { describe, expect, test } from 'vitest'
import { collectLines, startChild } from '../support/child.ts'
import { countRows, createFolder } from '../support/sqlite-store.ts'
import { findStrace, wasSyncedBefore } from '../support/system-calls.ts'

describe('an acknowledged commit', () => {
  test('is there after kill -9 under load, and its token stays spent', async () => {
    await using folder = await createFolder()
    const path = join(folder.path, 'mayfly.sqlite')
    const acknowledged: { serialNumber: bigint; tokenId: Uint8Array }[] = []
    for (const kill of [1, 2, 3]) {
      const child = startChild('commit-load.ts', [path, '16', '100000'])
      for await (const line of child.lines) {
        const [serial, token = ''] = line.split(' ')
        acknowledged.push({
          serialNumber: BigInt(`0x${serial}`),
          tokenId: Buffer.from(token, 'hex'),
        })
        if (acknowledged.length === kill * 250) child.process.kill('SIGKILL')
      }
      expect(await child.ended).toBe('SIGKILL')
    }

    await using store = await openSqliteStore({ path })
    for (const { serialNumber, tokenId } of acknowledged) {
      expect(await store.findCertificate(serialNumber)).toBeDefined()
      expect(await store.isTokenSpent(tokenId)).toBe(true)
    }
    const certificates = await store.countCertificates()
    expect(certificates).toBeGreaterThanOrEqual(acknowledged.length)
    expect(countRows(path, 'spent_tokens')).toBe(certificates)
    expect(countRows(path, 'audit')).toBe(certificates)
  })

  test.for([
    { mode: 'synced', expected: true },
    { mode: 'unsynced', expected: false },
  ])(
    'is synced before it is announced: $expected when $mode',
    async ({ mode, expected }, { skip }) => {
      const { missing } = findStrace()
      skip(missing !== undefined, missing)
      expect(await commitTraced(mode)).toBe(expected)
    },
  )
})

describe('wasSyncedBefore', () => {
  const write = '7 pwrite64(27</db/x.sqlite-wal>, "\\n"..., 4096, 0) = 4096'
  const sync = '7 fsync(27</db/x.sqlite-wal>) = 0'
  const announcement = '5 write(1<pipe:[1]>, "committed\\n", 10) = 10'
  test.each([
    { expected: true, trace: [write, sync, announcement] },
    { expected: true, trace: [write, sync.replace('fsync', 'fdatasync'), announcement] },
    { expected: false, trace: [write, announcement, sync] },
    { expected: false, trace: [write, sync, write, announcement] },
    { expected: false, trace: [write, sync.replace('= 0', '= -1 EIO'), announcement] },
    { expected: false, trace: [write, sync.replace('-wal', ''), announcement] },
    { expected: true, trace: [write, ...split(sync), announcement] },
    { expected: false, trace: [write, split(sync)[0], announcement, split(sync)[1]] },
  ])('says $expected of case $#', ({ expected, trace }) => {
    expect(wasSyncedBefore(trace.join('\n'), 'committed')).toBe(expected)
  })

  function split(call: string): [string, string] {
    const [head = '', result = ''] = call.split(')')
    return [`${head} <unfinished ...>`, `7 <... fsync resumed>)${result}`]
  }
})

async function commitTraced(mode: string): Promise<boolean> {
  await using folder = await createFolder()
  const trace = join(folder.path, 'trace')
  const strace = ['strace', '-f', '-y', '-o', trace, '-e', 'trace=write,pwrite64,fsync,fdatasync']
  const child = startChild('commit-one.ts', [join(folder.path, 'mayfly.sqlite'), mode], strace)
  expect(await collectLines(child)).toEqual(['committed'])
  return wasSyncedBefore(await readFile(trace, 'utf8'), 'committed')
}

import { execFileSync } from 'node:child_process'
import { subscribe } from 'node:diagnostics_channel'
import { truncateSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { Store } from '@mayfly/db-adapters'
import { buildIssuance, buildRevision } from '@mayfly/db-adapters/contract'
import { openSqliteStore } from '@mayfly/db-adapters/sqlite'
import { describe, expect, test } from 'vitest'
import { collectLines, startChild } from '../support/child.ts'
import { createFolder } from '../support/sqlite-store.ts'

describe('a store whose writing thread dies', () => {
  test('commits with a new one', async () => {
    await using folder = await createFolder()
    const { store, threads } = await openObserved(join(folder.path, 'mayfly.sqlite'))
    await store.commitIssuance(buildIssuance())
    await threads.at(-1)?.terminate()
    expect(await store.commitIssuance(buildIssuance())).toEqual({ status: 'committed' })
    expect(await store.countCertificates()).toBe(2)
    expect(threads).toHaveLength(2)
    await store.close()
  })

  test('tells each unit the truth: committed and there, or uncertain and not there', async () => {
    await using folder = await createFolder()
    const { store, threads } = await openObserved(join(folder.path, 'mayfly.sqlite'))
    const told = { committed: 0, uncertain: 0 }
    for (let round = 0; round < 5; round++) {
      const units = Array.from({ length: 600 }, () => buildIssuance())
      const commits = Promise.allSettled(units.map((unit) => store.commitIssuance(unit)))
      await store.commitIssuance(buildIssuance())
      await threads.at(-1)?.terminate()
      for (const [index, result] of (await commits).entries()) {
        const found = await store.findCertificate(units[index]?.certificate.serialNumber ?? 0n)
        if (result.status === 'fulfilled') {
          expect(result.value).toEqual({ status: 'committed' })
          expect(found).toBeDefined()
          told.committed++
        } else {
          expect(result.reason).toMatchObject({ code: 'commit_uncertain' })
          expect(found).toBeUndefined()
          told.uncertain++
        }
      }
    }
    expect(told.committed + told.uncertain).toBe(3000)
    expect(await store.countCertificates()).toBe(told.committed + 5)
    await store.close()
  })

  test('commits revisions of the configuration once, whichever thread does', async () => {
    await using folder = await createFolder()
    const { store, threads } = await openObserved(join(folder.path, 'mayfly.sqlite'))
    for (let number = 1; number <= 4; number++) {
      const revision = buildRevision(number)
      const commit = store.revisions.commitRevision(revision)
      await threads.at(-1)?.terminate()
      expect(await commit).toEqual({ status: 'committed' })
      expect(await store.revisions.findRevision(number)).toEqual(revision)
    }
    await store.close()
  })

  test('leaves uncertain what cannot be looked up either', async () => {
    await using folder = await createFolder()
    const path = join(folder.path, 'mayfly.sqlite')
    const filled = await openSqliteStore({ path })
    await Promise.all(Array.from({ length: 3000 }, () => filled.commitIssuance(buildIssuance())))
    await filled.close()
    const { store, threads } = await openObserved(path)
    const commits = Array.from({ length: 600 }, () => store.commitIssuance(buildIssuance()))
    const ended = threads.at(-1)?.terminate()
    truncateSync(path, 4096)
    const outcomes = await Promise.allSettled(commits)
    await ended
    const codes = outcomes.map((each) => (each.status === 'rejected' ? each.reason.code : ''))
    expect(codes.slice(0, 256)).toEqual(Array.from({ length: 256 }, () => 'commit_uncertain'))
    await store.close()
  })
})

describe('the writing thread', () => {
  test('starts in a process with options that no thread may be given', async () => {
    await using folder = await createFolder()
    const script = fileURLToPath(new URL('../support/commit-one.ts', import.meta.url))
    const options = ['--max-old-space-size=256', '--expose-gc', '--title=ca']
    const argv = [...options, script, join(folder.path, 'mayfly.sqlite'), 'synced']
    expect(execFileSync(process.execPath, argv, { encoding: 'utf8' })).toBe('committed\n')
  })

  test('starts in a process whose program is no file', async () => {
    await using folder = await createFolder()
    const program = `
      const { openSqliteStore } = await import('@mayfly/db-adapters/sqlite')
      const store = await openSqliteStore({ path: process.argv[1] })
      console.log(await store.countCertificates())
      await store.close()`
    const argv = ['--input-type=module', '-e', program, join(folder.path, 'mayfly.sqlite')]
    const cwd = new URL('.', import.meta.url)
    expect(execFileSync(process.execPath, argv, { encoding: 'utf8', cwd })).toBe('0\n')
  })

  test('does not keep a process alive that has nothing more to do', async () => {
    await using folder = await createFolder()
    const child = startChild('commit-idle.ts', [join(folder.path, 'mayfly.sqlite')])
    expect(await collectLines(child)).toEqual(['committed'])
    expect(await child.ended).toBe(0)
  })
})

/** Opens a store and keeps the threads that it starts. */
async function openObserved(path: string): Promise<{ store: Store; threads: Worker[] }> {
  const threads: Worker[] = []
  subscribe('worker_threads', (message) => {
    if (typeof message !== 'object' || message === null || !('worker' in message)) return
    if (message.worker instanceof Worker) threads.push(message.worker)
  })
  return { store: await openSqliteStore({ path }), threads }
}

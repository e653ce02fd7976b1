import { subscribe } from 'node:diagnostics_channel'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Store } from '@mayfly/db-adapters'
import { buildIssuance } from '@mayfly/db-adapters/contract'
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
})

describe('the writing thread', () => {
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

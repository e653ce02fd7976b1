import { spawnSync } from 'node:child_process'
import { lutimesSync, readdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createDaemonBench, type DaemonBench } from './support/daemon-bench.ts'

let bench: DaemonBench
let lock: string
beforeEach(async () => {
  bench = await createDaemonBench()
  lock = join(bench.folder, '.web.crt.lock')
})
afterEach(() => bench[Symbol.asyncDispose]())

async function renew(): Promise<void> {
  bench.start().daemon.renewNow()
  await bench.clock.runUntil(0)
}

describe('the lock beside the certificate', () => {
  test('of a process that runs is respected', async () => {
    symlinkSync(`${process.ppid}`, lock)
    await renew()
    expect(bench.events.at(-1)).toMatchObject({
      type: 'failed',
      error: {
        code: 'renewal_under_way',
        message: `${bench.certificatePath} is being renewed by another program`,
      },
    })
    expect(bench.ca.seen).toEqual([])
    expect(readdirSync(bench.folder)).toEqual(['.web.crt.lock', 'web.crt', 'web.key'])
  })

  test('of a process that is gone is taken over', async () => {
    const { pid } = spawnSync(process.execPath, ['--version'])
    symlinkSync(`${pid}`, lock)
    await renew()
    expect(bench.types()).toEqual(['scheduled', 'renewed'])
    expect(readdirSync(bench.folder)).toEqual(['web.crt', 'web.key'])
  })

  test.each(['', '0', '-1', 'hello'])(
    'that names no process, as %j, is taken over',
    async (text) => {
      symlinkSync(text === '' ? '.' : text, lock)
      await renew()
      expect(bench.types()).toEqual(['scheduled', 'renewed'])
    },
  )

  test('older than any renewal is taken over: in another container the process id is another’s', async () => {
    symlinkSync(`${process.pid}`, lock)
    const sixMinutesAgo = Date.now() / 1000 - 360
    lutimesSync(lock, sixMinutesAgo, sixMinutesAgo)
    await renew()
    expect(bench.types()).toEqual(['scheduled', 'renewed'])
    expect(readdirSync(bench.folder)).toEqual(['web.crt', 'web.key'])
  })
})

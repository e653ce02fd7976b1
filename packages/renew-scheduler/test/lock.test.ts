import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { lstatSync, lutimesSync, readdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { lockFile } from '../src/internal/file-lock.ts'
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

  test('of a dead process is taken over by one alone, however many want it', async () => {
    const { pid } = spawnSync(process.execPath, ['--version'])
    for (let round = 0; round < 50; round += 1) {
      symlinkSync(`${pid}`, lock)
      const wanted = Array.from({ length: 8 }, () => lockFile(bench.certificatePath))
      const outcomes = await Promise.allSettled(wanted)
      const held = outcomes.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
      expect(held).toHaveLength(1)
      for (const each of outcomes) {
        if (each.status === 'rejected')
          expect(each.reason).toMatchObject({ code: 'renewal_under_way' })
      }
      await held[0]?.[Symbol.asyncDispose]()
      expect(readdirSync(bench.folder)).toEqual(['web.crt', 'web.key'])
    }
  })

  test('of a process that died as it took one over is no hindrance', async () => {
    const { pid } = spawnSync(process.execPath, ['--version'])
    symlinkSync(`${pid}`, lock)
    const { ino, mtimeNs } = lstatSync(lock, { bigint: true })
    const digest = createHash('sha256').update(`${ino} ${mtimeNs} ${pid}`).digest('hex')
    symlinkSync(`${pid}-ab`, `${lock}.${digest.slice(0, 16)}.over`)
    await renew()
    expect(bench.types()).toEqual(['scheduled', 'renewed'])
    expect(readdirSync(bench.folder)).toEqual(['web.crt', 'web.key'])
  })

  test('that a running process just takes over is left to that', async () => {
    const { pid } = spawnSync(process.execPath, ['--version'])
    symlinkSync(`${pid}`, lock)
    const { ino, mtimeNs } = lstatSync(lock, { bigint: true })
    const digest = createHash('sha256').update(`${ino} ${mtimeNs} ${pid}`).digest('hex')
    symlinkSync(`${process.ppid}-ab`, `${lock}.${digest.slice(0, 16)}.over`)
    await renew()
    expect(bench.events.at(-1)).toMatchObject({ error: { code: 'renewal_under_way' } })
    expect(readlinkSync(lock)).toBe(`${pid}`)
  })

  test('that was taken over is left to its new holder, and nothing is replaced', async () => {
    const before = bench.installed().serialNumber
    const other = `${process.ppid}`
    bench.ca.onRequest = () => {
      rmSync(lock)
      symlinkSync(other, lock)
    }
    await renew()
    expect(bench.events.at(-1)).toMatchObject({ error: { code: 'renewal_under_way' } })
    expect(bench.installed().serialNumber).toBe(before)
    expect(readlinkSync(lock)).toBe(other)
  })
})

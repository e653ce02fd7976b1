import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { executeProgram } from '../src/child-process.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mayfly-child-'))
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
})
afterEach(() => {
  vi.useRealTimers()
  rmSync(folder, { recursive: true })
})

describe('a program that is told to stop', () => {
  test('is left to end by itself at first', async () => {
    const stop = new AbortController()
    const ended = executeProgram('sh', ['-c', script('until test -e go; do :; done; exit 3')], {
      stop: stop.signal,
    })
    await begun()
    stop.abort()
    await vi.advanceTimersByTimeAsync(4999)
    await executeProgram('touch', [join(folder, 'go')])
    expect(await ended).toBe(3)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('is ended after five seconds', async () => {
    const stop = new AbortController()
    const ended = executeProgram('sh', ['-c', script('exec sleep 600')], { stop: stop.signal })
    await begun()
    stop.abort()
    await vi.advanceTimersByTimeAsync(5000)
    expect(await ended).toBe(128 + 15)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('is killed after two more where it does not heed', async () => {
    const stop = new AbortController()
    const ended = executeProgram('sh', ['-c', `trap '' TERM; ${script('exec sleep 600')}`], {
      stop: stop.signal,
    })
    await begun()
    stop.abort()
    await vi.advanceTimersByTimeAsync(7000)
    expect(await ended).toBe(128 + 9)
  })

  test('leaves nothing behind when there is none', async () => {
    const stop = new AbortController()
    stop.abort()
    await expect(
      executeProgram(join(folder, 'nowhere'), [], { stop: stop.signal }),
    ).rejects.toMatchObject({ code: 'ENOENT' })
    expect(vi.getTimerCount()).toBe(0)
  })
})

function script(line: string): string {
  return `cd '${folder}'; touch begun; ${line}`
}

async function begun(): Promise<void> {
  while (!existsSync(join(folder, 'begun'))) await setImmediate()
}

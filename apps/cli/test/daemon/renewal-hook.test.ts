import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { DaemonLog } from '../../src/daemon/daemon-log.ts'
import { createRenewalHook } from '../../src/daemon/renewal-hook.ts'
import { unusedIo } from '../support/unused-io.ts'

const nobody = { pid: undefined, pidFile: undefined, signal: 1, exec: undefined }
const going = new AbortController().signal

let folder: string
let told: string[]
let log: DaemonLog
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mayfly-hook-'))
  told = []
  log = { write: () => undefined, error: (message) => told.push(message) }
})
afterEach(() => {
  vi.useRealTimers()
  rmSync(folder, { recursive: true })
})

describe('a hook', () => {
  test('signals first, then runs the command', async () => {
    const done: unknown[] = []
    const io = {
      ...unusedIo,
      sendSignal: (pid: number, signal: number) => done.push([pid, signal]),
      execute: async (program: string, words: readonly string[]) => {
        done.push([program, ...words])
        return 0
      },
    }
    await createRenewalHook(io, log, { ...nobody, pid: 7, exec: 'touch it' })(going)
    expect(done).toEqual([
      [7, 1],
      ['touch', 'it'],
    ])
  })

  test('reads the process id each time', async () => {
    const signalled: number[] = []
    const pidFile = join(folder, 'nginx.pid')
    const io = { ...unusedIo, sendSignal: (pid: number) => signalled.push(pid) }
    const tell = createRenewalHook(io, log, { ...nobody, pid: 12, pidFile })
    for (const pid of ['12\n', '345\n']) {
      writeFileSync(pidFile, pid)
      await tell(going)
    }
    expect(signalled).toEqual([12, 345])
    rmSync(pidFile)
    await expect(tell(going)).rejects.toMatchObject({ code: 'file_unreadable' })
    expect(signalled).toHaveLength(2)
  })

  test('tells once of a command that does not end', async () => {
    vi.useFakeTimers()
    const { promise, resolve } = Promise.withResolvers<number>()
    const io = { ...unusedIo, execute: () => promise }
    const running = createRenewalHook(io, log, { ...nobody, exec: 'sleep infinity' })(going)
    await vi.advanceTimersByTimeAsync(59_999)
    expect(told).toEqual([])
    await vi.advanceTimersByTimeAsync(3_600_000)
    expect(told).toEqual([
      "'sleep infinity' has run for a minute; until it ends nobody is told of further renewals",
    ])
    resolve(0)
    await running
    expect(vi.getTimerCount()).toBe(0)
  })

  test('is not begun any more when the daemon ends', async () => {
    const tell = createRenewalHook(unusedIo, log, { ...nobody, exec: 'true' })
    await expect(tell(AbortSignal.abort())).rejects.toMatchObject({ code: 'child_failed' })
  })

  test('hands the end of the daemon to the command, whose failure is its own', async () => {
    const stops: unknown[] = []
    const io = {
      ...unusedIo,
      execute: async (_: string, __: readonly string[], options?: { stop?: unknown }) => {
        stops.push(options?.stop)
        return 143
      },
    }
    await expect(
      createRenewalHook(io, log, { ...nobody, exec: 'sleep 9' })(going),
    ).rejects.toMatchObject({ code: 'child_failed', exitCode: 143, message: 'exit status 143' })
    expect(stops).toEqual([going])
  })
})

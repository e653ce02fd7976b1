import { EventEmitter } from 'node:events'
import type { Io } from '../../src/command/io.ts'
import { ServerError } from '../../src/server-error.ts'
import { random } from './authority-folder.ts'

/** A world in memory: what is written is kept, signals come when the test sends them. */
export interface FakeIo extends Io {
  readonly signals: EventEmitter
  readonly written: { stdout: string; stderr: string }
  /** Resolves when standard error holds `text` as often as asked, once by default. */
  waitForError(text: string, times?: number): Promise<void>
}

export function createFakeIo(
  options: { environment?: Record<string, string>; typed?: string } = {},
): FakeIo {
  const written = { stdout: '', stderr: '' }
  const waiting = new Set<() => void>()
  return {
    written,
    stdout: {
      write: (text) => {
        written.stdout += text
      },
    },
    stderr: {
      write: (text) => {
        written.stderr += text
        for (const look of waiting) look()
      },
      findDelay: () => undefined,
    },
    waitForError: (text, times = 1) => {
      const { promise, resolve } = Promise.withResolvers<void>()
      const look = (): void => {
        if (written.stderr.split(text).length > times) resolve()
      }
      waiting.add(look)
      look()
      return promise
    },
    environment: options.environment ?? {},
    signals: new EventEmitter(),
    platform: { platform: 'linux', arch: 'x64' },
    hostName: 'ca-1',
    processId: 4711,
    now: () => new Date(),
    monotonicMilliseconds: () => performance.now(),
    random,
    setTimer: (callback, milliseconds) => {
      const timer = setTimeout(callback, milliseconds)
      return () => clearTimeout(timer)
    },
    askPassword: async (prompt) => {
      written.stderr += prompt
      if (options.typed !== undefined) return options.typed
      throw new ServerError(
        'terminal_unavailable',
        'error allocating terminal: open /dev/tty: no such device or address',
      )
    },
  }
}

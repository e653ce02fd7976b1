import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { AuthorityFolder } from './authority-folder.ts'

/** The suite has built the bundle, which starts sooner. */
const program =
  process.env.MAYFLY_TEST_PROGRAMS === 'bundles' ? '../../dist/mayfly-ca.mjs' : '../../src/main.ts'
const main = fileURLToPath(new URL(program, import.meta.url))

/** A server in a process of its own. */
export interface ChildServer {
  readonly child: ChildProcess
  readonly port: number
  /** Everything it wrote to standard error so far. */
  errorText(): string
  /** Resolves when standard error holds `text`, or something like it. */
  waitForError(text: string | RegExp): Promise<void>
  /** Sends a signal and resolves with the exit code, or the signal that ended the process. */
  stop(signal: NodeJS.Signals): Promise<number | string | null>
}

/** Starts `mayfly-ca` on a folder and resolves when it serves; `wrap` is a program put before it. */
export async function startChildServer(
  folder: AuthorityFolder,
  {
    program = [process.execPath, main],
    wrap = [],
  }: { program?: readonly string[]; wrap?: readonly string[] } = {},
): Promise<ChildServer> {
  const words = [...wrap, ...program, folder.configurationPath]
  const [command = '', ...rest] = [...words, '--password-file', folder.passwordFile]
  const child = spawn(command, rest, { stdio: ['ignore', 'ignore', 'pipe'] })
  const exited = once(child, 'exit')
  const waiting = new Set<() => void>()
  let written = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    written += text
    for (const look of waiting) look()
  })
  const waitForError = (text: string | RegExp): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const look = (): void => {
      if (!(typeof text === 'string' ? written.includes(text) : text.test(written))) return
      waiting.delete(look)
      resolve()
    }
    waiting.add(look)
    look()
    void exited.then(() => reject(new Error(`the server ended: ${written}`)))
    return promise
  }
  await waitForError('Serving HTTPS')
  return {
    child,
    port: Number(/Serving HTTPS on 127\.0\.0\.1:(\d+)/.exec(written)?.[1]),
    errorText: () => written,
    waitForError,
    stop: async (signal) => {
      child.kill(signal)
      const [code, killedBy] = await exited
      return code ?? killedBy
    },
  }
}

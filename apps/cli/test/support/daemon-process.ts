import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import type { Outcome } from './captured-io.ts'
import { inheritedEnvironment } from './inherited-environment.ts'
import { mainPath } from './pseudo-terminal.ts'

/** A command that goes on running, in a process of its own. */
export interface DaemonProcess {
  /** All that it has written. */
  text(): string
  /** Resolves when what it has written since the last call matches; rejects when it ends, or when patience does. */
  told(pattern: RegExp): Promise<void>
  signal(name: NodeJS.Signals): void
  /** Ends it by SIGTERM. */
  end(): Promise<Outcome>
}

/** Starts `mayfly` with these words. */
export function startDaemon(words: readonly string[], place: Place): DaemonProcess {
  return start(process.execPath, [mainPath, ...words], place)
}

/** Where and in what environment a process runs. */
interface Place {
  readonly environment: Record<string, string>
  readonly cwd: string
}

/** Starts a program that goes on running. */
export function start(
  program: string,
  words: readonly string[],
  { environment, cwd }: Place,
): DaemonProcess {
  const child = spawn(program, words, {
    cwd,
    env: { ...inheritedEnvironment, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return follow(child, { patienceMilliseconds: 20_000 })
}

/** Follows a program that goes on running; with patience for as long as it does by default. */
export function follow(
  child: ChildProcessByStdio<null, Readable, Readable>,
  { patienceMilliseconds }: { readonly patienceMilliseconds?: number } = {},
): DaemonProcess {
  const ended = once(child, 'close')
  const written = { all: '', stdout: '', stderr: '' }
  let read = 0
  let wake: (() => void) | undefined
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].on('data', (chunk: Buffer) => {
      written[stream] += chunk.toString()
      written.all += chunk.toString()
      wake?.()
    })
  }

  async function told(pattern: RegExp): Promise<void> {
    const deadline =
      patienceMilliseconds === undefined ? undefined : AbortSignal.timeout(patienceMilliseconds)
    for (;;) {
      const found = pattern.exec(written.all.slice(read))
      if (found !== null) {
        read += found.index + found[0].length
        return
      }
      const isOver = child.exitCode !== null || child.signalCode !== null
      if (isOver || deadline?.aborted) {
        throw new Error(
          `${pattern} was not told, ${isOver ? 'it ended' : 'in time'}:\n${written.all}`,
        )
      }
      await new Promise<void>((resolve) => {
        wake = resolve
        deadline?.addEventListener('abort', () => resolve())
        void ended.then(() => resolve())
      })
    }
  }

  return {
    text: () => written.all,
    told,
    signal: (name) => child.kill(name),
    end: async () => {
      child.kill('SIGTERM')
      const [status] = await ended
      return { status: Number(status ?? -1), stdout: written.stdout, stderr: written.stderr }
    },
  }
}

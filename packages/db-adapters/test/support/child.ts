import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** A process of ours that a test started: its lines, and how it ends. */
export interface Child {
  readonly process: ChildProcess
  readonly lines: AsyncIterable<string>
  /** Resolves with the exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>
}

/** Runs a script of this folder by this Node, its stderr shown; `wrapper` goes before the command line. */
export function startChild(
  script: string,
  args: readonly string[],
  wrapper: readonly string[] = [],
): Child {
  const file = fileURLToPath(new URL(script, import.meta.url))
  const [command = '', ...rest] = [...wrapper, process.execPath, file, ...args]
  const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'inherit'] })
  return {
    process: child,
    lines: createInterface({ input: child.stdout }),
    ended: once(child, 'close').then(([code, signal]) => code ?? signal),
  }
}

/** Collects the lines of a child until it ends. */
export async function collectLines(child: Child): Promise<string[]> {
  const lines: string[] = []
  for await (const line of child.lines) lines.push(line)
  return lines
}

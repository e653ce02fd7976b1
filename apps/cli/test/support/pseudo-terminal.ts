import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Outcome } from './captured-io.ts'
import { inheritedEnvironment } from './inherited-environment.ts'

/** What to wait for, and what to type then. */
export interface Typing {
  readonly prompt: string
  readonly answer: string
}

/**
 * Runs `mayfly` on a pseudo terminal, by `script` of util-linux, and answers its prompts. Both streams come back
 * in `stderr`, as the terminal shows them.
 */
export async function runOnTerminal(
  words: readonly string[],
  typings: readonly Typing[],
  { environment, cwd }: { readonly environment: Record<string, string>; readonly cwd: string },
): Promise<Outcome> {
  const line = [process.execPath, mainPath, ...words].map(quoted).join(' ')
  const child = spawn(terminalProgram, ['-qefc', line, '/dev/null'], {
    cwd,
    env: { ...inheritedEnvironment, TERM: 'xterm', ...environment },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const left = [...typings]
  let shown = ''
  let seen = 0
  child.stdout.on('data', (chunk: Buffer) => {
    shown += chunk.toString()
    const next = left[0]
    if (next === undefined) return
    const at = shown.indexOf(next.prompt, seen)
    if (at === -1) return
    seen = at + next.prompt.length
    left.shift()
    child.stdin.write(`${next.answer}\r`)
  })
  const [status] = await once(child, 'close')
  return { status: typeof status === 'number' ? status : 1, stdout: '', stderr: shown }
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`
}

/** The command line's own main file. */
export const mainPath: string = fileURLToPath(
  new URL(
    // The suite has built the bundle, which starts sooner.
    process.env.MAYFLY_TEST_PROGRAMS === 'bundles' ? '../../dist/mayfly.mjs' : '../../src/main.ts',
    import.meta.url,
  ),
)

// Of bsdutils, which every Debian has.
const terminalProgram = 'script'

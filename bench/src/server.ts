import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { cpuMillisecondsOf } from './database/process-cpu.ts'

const root = resolve(import.meta.dirname, '../..')

/** A `mayfly-ca` of its own process, so that its processor time is its own. */
export interface MeasuredServer {
  /** From `spawn` to the line that says it serves. */
  readonly startMilliseconds: number
  /** User and system time of all its threads so far. */
  cpuMilliseconds(): number
  /** Resident memory now, and at its peak. */
  memoryMebibytes(): { readonly now: number; readonly peak: number }
  stop(): Promise<void>
}

/** Builds the server's bundle, which is what runs in production, and returns its main file. */
export function buildServer(folder: string): string {
  execFileSync(join(root, 'node_modules/.bin/tsdown'), ['--out-dir', folder], {
    cwd: join(root, 'apps/ca-server'),
    stdio: 'ignore',
  })
  return join(folder, 'mayfly-ca.mjs')
}

/** Starts the server of a `ca.json` and resolves when it serves. */
export async function startServer(
  main: string,
  configuration: string,
  passwordFile: string,
): Promise<MeasuredServer> {
  const started = performance.now()
  const argv = [main, configuration, '--password-file', passwordFile, '--quiet']
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'ignore', 'pipe'] })
  await serving(child)
  const pid = child.pid ?? 0
  return {
    startMilliseconds: performance.now() - started,
    cpuMilliseconds: () => cpuMillisecondsOf(pid),
    memoryMebibytes: () => ({
      now: mebibytesOf(pid, 'VmRSS'),
      peak: mebibytesOf(pid, 'VmHWM'),
    }),
    async stop() {
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    },
  }
}

function serving(child: ChildProcess): Promise<void> {
  const { stderr } = child
  if (stderr === null) throw new TypeError('the server needs a pipe for its messages')
  return new Promise((serves, fails) => {
    const lines: string[] = []
    child.once('exit', (code) => fails(new Error(`mayfly-ca ended (${code}): ${lines.join('\n')}`)))
    createInterface({ input: stderr }).on('line', (line) => {
      if (lines.length < 20) lines.push(line)
      if (line.includes('Serving HTTPS on')) serves()
    })
  })
}

function mebibytesOf(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1] ?? 0) / 1024
}

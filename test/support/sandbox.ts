import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { follow } from '../../apps/cli/test/support/daemon-process.ts'
import { mayflyCaPath, mayflyPath } from '../../scripts/programs.ts'
import { type Ended, runProgram } from './program.ts'

/** A folder that stands for a machine: command lines run in it, with `mayfly`, `mayfly-ca` and stand-ins on the PATH. */
export interface Sandbox extends AsyncDisposable {
  readonly path: string
  /** Where command lines run. */
  readonly work: string
  /** Puts a shell script on the PATH. */
  putOnPath(name: string, script: string): void
  /** Puts on the PATH what only writes its own command line into the file `recorded`. */
  record(name: string): void
  /** Runs a line by bash. */
  shell(line: string, environment?: Readonly<Record<string, string>>): Promise<Ended>
  /** Starts a line that goes on, in the place of its shell; it is killed with the sandbox. */
  start(line: string, environment?: Readonly<Record<string, string>>): Running
}

/** A command line that goes on. */
export interface Running {
  readonly process: ChildProcess
  /** All that it has written. */
  text(): string
  /** Resolves when what it wrote since the last call matches; rejects when it ends. */
  told(pattern: RegExp): Promise<void>
  /** Ends it by SIGTERM; its exit status, -1 where a signal ended it. */
  end(): Promise<number>
}

export function createSandbox(environment: Readonly<Record<string, string>>): Sandbox {
  const path = mkdtempSync(join(tmpdir(), 'mayfly-sandbox-'))
  const [bin, work] = [join(path, 'bin'), join(path, 'work')]
  for (const folder of [bin, work]) mkdirSync(folder)
  const running: Running[] = []

  function putOnPath(name: string, script: string): void {
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`)
    chmodSync(join(bin, name), 0o755)
  }

  for (const [name, main] of programs) {
    putOnPath(name, `exec '${process.execPath}' '${main}' "$@"`)
  }
  const place = (others: Readonly<Record<string, string>> = {}) => ({
    cwd: work,
    environment: {
      PATH: `${bin}:${process.env.PATH ?? ''}`,
      HOME: work,
      ...environment,
      ...others,
    },
  })
  return {
    path,
    work,
    putOnPath,
    record: (name) => putOnPath(name, `echo "${name} $@" >> '${join(path, 'recorded')}'`),
    shell: (line, others) => runProgram('bash', ['-c', line], place(others)),
    start: (line, others) => {
      const { cwd, environment: env } = place(others)
      const child = spawn('bash', ['-c', `exec ${line}`], {
        cwd,
        env: { ...process.env, ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      const { text, told, end } = follow(child)
      const one = { process: child, text, told, end: async () => (await end()).status }
      running.push(one)
      return one
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(running.map((one) => one.end()))
      rmSync(path, { recursive: true, force: true })
    },
  }
}

const programs = [
  ['mayfly', mayflyPath],
  ['mayfly-ca', mayflyCaPath],
] as const

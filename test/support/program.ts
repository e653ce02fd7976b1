import { spawn } from 'node:child_process'
import { resolve } from 'node:path'

/** The folder of the whole project. */
export const root: string = resolve(import.meta.dirname, '../..')

export interface Ended {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface ProgramOptions {
  readonly cwd?: string
  readonly environment?: Readonly<Record<string, string>>
}

/** Runs a program of the project to its end. */
export function runProgram(
  program: string,
  argv: readonly string[],
  { cwd = root, environment = {} }: ProgramOptions = {},
): Promise<Ended> {
  const child = spawn(program === 'node' ? process.execPath : program, argv, {
    cwd,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const read = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk: Buffer) => {
    read.stdout += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    read.stderr += chunk.toString()
  })
  return new Promise((ended, failed) => {
    child.once('error', failed)
    child.once('close', (status) => ended({ status, ...read }))
  })
}

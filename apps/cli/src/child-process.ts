import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import type { ExecuteOptions } from './io.ts'

/** Runs a program with our own standard streams; returns its exit status, 128 + n if signal n ended it. */
export function executeProgram(
  program: string,
  words: readonly string[],
  { outputTo }: ExecuteOptions = {},
): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, {
      stdio: ['inherit', outputTo === 'stderr' ? 2 : 'inherit', 'inherit'],
    })
    child.once('error', reject)
    child.once('exit', (status, signal) => {
      resolve(status ?? 128 + (signal === null ? 0 : constants.signals[signal]))
    })
  })
}

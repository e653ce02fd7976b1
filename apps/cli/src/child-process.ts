import { spawn } from 'node:child_process'
import { constants } from 'node:os'

/** Runs a program with our own standard streams; returns its exit status, 128 + n if signal n ended it. */
export function executeProgram(program: string, words: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { stdio: 'inherit' })
    child.once('error', reject)
    child.once('exit', (status, signal) => {
      resolve(status ?? 128 + (signal === null ? 0 : constants.signals[signal]))
    })
  })
}

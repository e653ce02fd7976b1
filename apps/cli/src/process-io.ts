import { randomFillSync } from 'node:crypto'
import type { Io } from './io.ts'

/** The world as this process sees it; all that is heavy is loaded when it is needed. */
export const processIo: Io = {
  // Getters: making the standard input's stream is dear, and most commands never read it.
  get stdin() {
    return process.stdin
  },
  get stdout() {
    return process.stdout
  },
  get stderr() {
    return process.stderr
  },
  environment: process.env,
  now: () => new Date(),
  random: (length) => randomFillSync(new Uint8Array(length)),
  openTerminal: async () => (await import('./terminal/terminal.ts')).openProcessTerminal(),
  execute: async (program, words) =>
    (await import('./child-process.ts')).executeProgram(program, words),
  sendSignal: (pid, signal) => {
    process.kill(pid, signal)
  },
}

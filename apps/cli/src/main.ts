#!/usr/bin/env node
import type { Io } from './io.ts'
import { run } from './run.ts'
import { endOnFailure, ignoreFailure } from './standard-streams.ts'
import type { Terminal } from './terminal/terminal.ts'

process.exitCode = await run(process.argv.slice(2), createProcessIo())

/** The world as this process sees it; all that is heavy is loaded when it is needed. */
function createProcessIo(): Io {
  let terminal: Terminal | undefined
  return {
    // Getters: making the standard input's stream is dear, and most commands never read it.
    get stdin() {
      return process.stdin
    },
    get stdout() {
      return endOnFailure(process.stdout)
    },
    get stderr() {
      return ignoreFailure(process.stderr)
    },
    environment: process.env,
    now: () => new Date(),
    random: drawOctets,
    openTerminal: async () => {
      const { createProcessTerminal } = await import('./terminal/terminal.ts')
      terminal ??= createProcessTerminal()
      return terminal
    },
    execute: async (program, words, options) => {
      const { executeProgram } = await import('./child-process.ts')
      return await executeProgram(program, words, options)
    },
    sendSignal: (pid, signal) => {
      process.kill(pid, signal)
    },
  }
}

/** Web Crypto's, since loading node:crypto would cost every command some milliseconds; in the pieces that it gives. */
function drawOctets(length: number): Uint8Array {
  const octets = new Uint8Array(length)
  for (let start = 0; start < length; start += 65_536) {
    crypto.getRandomValues(octets.subarray(start, start + 65_536))
  }
  return octets
}

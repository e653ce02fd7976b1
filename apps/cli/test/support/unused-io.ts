import { PassThrough } from 'node:stream'
import type { Io } from '../../src/io.ts'
import { terminalUnavailable } from '../../src/terminal/terminal.ts'

/** A world in which nothing is there and nothing happens: tests put in what they need. */
export const unusedIo: Io = {
  stdin: new PassThrough(),
  stdout: new PassThrough(),
  stderr: new PassThrough(),
  environment: {},
  now: () => new Date(0),
  random: () => new Uint8Array(),
  openTerminal: async () => {
    throw terminalUnavailable()
  },
  execute: async () => 0,
  sendSignal: () => undefined,
}

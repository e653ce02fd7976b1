#!/usr/bin/env node
import { randomFillSync } from 'node:crypto'
import type { Io } from './command/io.ts'
import { askPasswordOnTerminal } from './command/terminal.ts'
import { run } from './command.ts'

const io: Io = {
  stdout: process.stdout,
  stderr: process.stderr,
  environment: process.env,
  signals: process,
  platform: process,
  processId: process.pid,
  now: () => new Date(),
  monotonicMilliseconds: () => performance.now(),
  random: (length) => randomFillSync(new Uint8Array(length)),
  setTimer: (callback, milliseconds) => {
    const timer = setTimeout(callback, milliseconds).unref()
    return () => clearTimeout(timer)
  },
  askPassword: askPasswordOnTerminal,
}

// Whoever reads the log may go away; the server stays.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)

process.exit(await run(process.argv.slice(2), io))

#!/usr/bin/env node
import { randomFillSync } from 'node:crypto'
import { hostname } from 'node:os'
import { setFlagsFromString } from 'node:v8'
import type { Io } from './command/io.ts'
import { askPasswordOnTerminal } from './command/terminal.ts'
import { run } from './command.ts'
import { createLineWriter } from './log/line-writer.ts'
import { formatProcessLine } from './log/process-log.ts'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 16)) {
  process.stderr.write(`mayfly-ca needs Node 22.16 or later; this is ${process.versions.node}\n`)
  process.exit(1)
}

// Under load V8 would let its young generation grow from one MiB to many, though what a request leaves behind dies soon.
// This halves the peak of memory, for about 3 % of processor time.
setFlagsFromString('--semi-space-growth-factor=1')

const stderr = createLineWriter({
  fileDescriptor: 2,
  describeLoss: (lines) =>
    formatProcessLine(`${lines} lines of this log could not be written`, new Date()),
  setTimer: setTimeout,
})
process.once('exit', stderr.flushSync)

const io: Io = {
  stdout: process.stdout,
  stderr,
  environment: process.env,
  signals: process,
  platform: process,
  hostName: hostname(),
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

// Whoever reads the output may go away; the server stays.
process.stdout.on('error', () => undefined)

const exitCode = await run(process.argv.slice(2), io)
await stderr.flushed()
process.exit(exitCode)

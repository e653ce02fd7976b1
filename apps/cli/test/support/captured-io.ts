import { randomFillSync } from 'node:crypto'
import { Readable, Writable } from 'node:stream'
import type { Io } from '../../src/io.ts'
import { run } from '../../src/run.ts'
import { createTerminal, type Terminal, terminalUnavailable } from '../../src/terminal/terminal.ts'

/** What a command line left behind. */
export interface Outcome {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly environment?: Readonly<Record<string, string>>
  readonly stdin?: string
  /** What is typed on the terminal; without it there is none. */
  readonly typed?: string
  readonly now?: () => Date
  readonly execute?: Io['execute']
  readonly sendSignal?: Io['sendSignal']
}

/** Runs a command line in this process, with everything it writes captured. */
export async function runCaptured(
  words: readonly string[],
  options: RunOptions = {},
): Promise<Outcome> {
  const stdout = createSink()
  const stderr = createSink()
  const terminal =
    options.typed === undefined ? undefined : createTypedTerminal(options.typed, stderr.stream)
  const status = await run(words, {
    stdin: Readable.from(options.stdin === undefined ? [] : [Buffer.from(options.stdin)]),
    stdout: stdout.stream,
    stderr: stderr.stream,
    environment: options.environment ?? {},
    now: options.now ?? (() => new Date()),
    random: (length) => randomFillSync(new Uint8Array(length)),
    openTerminal: async () => {
      if (terminal === undefined) throw terminalUnavailable()
      return terminal
    },
    execute: options.execute ?? refuse,
    sendSignal: options.sendSignal ?? refuse,
  })
  return { status, stdout: stdout.text(), stderr: stderr.text() }
}

function createTypedTerminal(typed: string, output: Writable): Terminal {
  const keys = Readable.from([Buffer.from(typed)])
  return createTerminal(Object.assign(keys, { setRawMode: () => undefined }), output)
}

function createSink(): { stream: Writable; text: () => string } {
  const chunks: Buffer[] = []
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      chunks.push(Buffer.from(chunk))
      done()
    },
  })
  return { stream, text: () => Buffer.concat(chunks).toString() }
}

function refuse(): never {
  throw new Error('this test expects no other process to be touched')
}

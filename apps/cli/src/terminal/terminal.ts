import { openSync } from 'node:fs'
import type { Readable, Writable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import { ReadStream } from 'node:tty'
import { CommandError } from '../framework/errors.ts'
import { exitOnStopSignals } from '../stop-signals.ts'

/** Where questions are asked: keys one by one, and a stream to draw on. */
export interface Terminal {
  /** Takes the keys from now on. */
  acquire(): void
  /** Draws text. */
  write(text: string): void
  /** The next key: a character or a control sequence; `undefined` at the end of input. */
  readKey(): Promise<string | undefined>
  /** Gives the terminal back as it was; what was typed ahead is kept for the next question. */
  release(): void
}

/** A terminal's input side; `tty.ReadStream` is one. */
export type KeyStream = Readable & { setRawMode(raw: boolean): unknown }

/** Reads keys from `input` in raw mode and draws on `output`. */
export function createTerminal(input: KeyStream, output: Writable): Terminal {
  const decoder = new StringDecoder('utf8')
  const typed: string[] = []
  let hasEnded = false
  let wake: (() => void) | undefined
  input.on('data', (chunk: Buffer) => {
    typed.push(...(decoder.write(chunk).match(key) ?? []))
    wake?.()
  })
  const end = () => {
    hasEnded = true
    wake?.()
  }
  input.once('close', end)
  // A terminal that hangs up may fail to be read before it is closed; nobody is there to be told.
  input.on('error', end)
  input.pause()
  return {
    acquire: () => {
      input.setRawMode(true)
      input.resume()
    },
    write: (text) => {
      output.write(text)
    },
    readKey: async () => {
      while (typed.length === 0 && !hasEnded) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      return typed.shift()
    },
    release: () => {
      input.setRawMode(false)
      input.pause()
    },
  }
}

/**
 * The terminal of this process: standard input if it is one, else `/dev/tty`; drawn on standard error. A signal that
 * stops the process during a question leaves it echoing.
 *
 * @throws {CommandError} `terminal_unavailable`
 */
export function createProcessTerminal(): Terminal {
  const terminal = createTerminal(findKeyStream(), process.stderr)
  let guard: Disposable | undefined
  return {
    ...terminal,
    acquire: () => {
      guard = exitOnStopSignals()
      terminal.acquire()
    },
    release: () => {
      terminal.release()
      guard?.[Symbol.dispose]()
    },
  }
}

function findKeyStream(): KeyStream {
  if (process.stdin.isTTY) return process.stdin
  try {
    return new ReadStream(openSync('/dev/tty', 'r+'))
  } catch (cause) {
    throw terminalUnavailable(cause)
  }
}

/** A question is due and nobody can be asked. */
export function terminalUnavailable(cause?: unknown): CommandError {
  return new CommandError(
    'terminal_unavailable',
    'error allocating terminal: open /dev/tty: no such device or address',
    { cause },
  )
}

const escapeCharacter = '\u001b'

// An escape sequence is one key; so is each character.
const key = new RegExp(
  `${escapeCharacter}\\[[0-9;]*[A-Za-z~]|${escapeCharacter}O[A-Za-z]|[\\s\\S]`,
  'gu',
)

import { openSync } from 'node:fs'
import type { Writable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import { ReadStream } from 'node:tty'
import { CommandError } from '../framework/errors.ts'

/** Where questions are asked: keys one by one, and a stream to draw on. */
export interface Terminal {
  /** Draws text. */
  write(text: string): void
  /** The next key: a character, or the name of a control key; `undefined` at the end of input. */
  readKey(): Promise<string | undefined>
  /** Gives the terminal back as it was. */
  close(): void
}

/** A terminal's input side; `tty.ReadStream` is one. */
export interface KeyStream extends AsyncIterable<Uint8Array> {
  setRawMode(raw: boolean): unknown
  destroy(): unknown
}

/** Reads keys from `input` in raw mode and draws on `output`. */
export function createTerminal(input: KeyStream, output: Writable): Terminal {
  const chunks = input[Symbol.asyncIterator]()
  const decoder = new StringDecoder('utf8')
  let typed: string[] = []
  input.setRawMode(true)
  return {
    write: (text) => {
      output.write(text)
    },
    readKey: async () => {
      while (typed.length === 0) {
        const chunk = await chunks.next()
        if (chunk.done === true) return undefined
        typed = decoder.write(Buffer.from(chunk.value)).match(key) ?? []
      }
      return typed.shift()
    },
    close: () => {
      input.setRawMode(false)
      input.destroy()
    },
  }
}

/**
 * The terminal of this process: standard input if it is one, else `/dev/tty`; drawn on standard error.
 *
 * @throws {CommandError} `terminal_unavailable`
 */
export function openProcessTerminal(): Terminal {
  if (process.stdin.isTTY) return createTerminal(process.stdin, process.stderr)
  try {
    return createTerminal(new ReadStream(openSync('/dev/tty', 'r+')), process.stderr)
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

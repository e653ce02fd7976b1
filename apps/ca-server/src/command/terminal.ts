import { openSync } from 'node:fs'
import { StringDecoder } from 'node:string_decoder'
import { ReadStream, WriteStream } from 'node:tty'
import { ServerError } from '../server-error.ts'

/**
 * Asks for a password on the terminal of this process, without showing what is typed.
 *
 * @throws {ServerError} `terminal_unavailable` where there is no terminal, or the question is left unanswered.
 */
export async function askPasswordOnTerminal(prompt: string): Promise<string> {
  const { input, output } = openTerminal()
  try {
    // First, or what is typed at once would be shown.
    input.setRawMode(true)
    output.write(prompt)
    return await readLine(input)
  } finally {
    input.setRawMode(false)
    output.write('\n')
    input.destroy()
    output.destroy()
  }
}

function openTerminal(): { readonly input: ReadStream; readonly output: WriteStream } {
  try {
    return {
      input: new ReadStream(openSync('/dev/tty', 'r')),
      output: new WriteStream(openSync('/dev/tty', 'w')),
    }
  } catch (cause) {
    throw new ServerError(
      'terminal_unavailable',
      'error allocating terminal: open /dev/tty: no such device or address',
      { cause, hint: 'name a file with the password: --password-file=file' },
    )
  }
}

async function readLine(input: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new StringDecoder('utf8')
  const typed: string[] = []
  for await (const chunk of input) {
    for (const character of decoder.write(Buffer.from(chunk))) {
      if (character === '\r' || character === '\n') return typed.join('')
      if (character === '\u0003' || character === '\u0004') {
        throw new ServerError('terminal_unavailable', 'no password was given')
      }
      if (character === '\u007f' || character === '\b') typed.pop()
      else typed.push(character)
    }
  }
  throw new ServerError('terminal_unavailable', 'no password was given')
}

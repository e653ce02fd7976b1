import { ansi } from '../framework/ansi.ts'
import { CommandError } from '../framework/errors.ts'
import { printable } from '../framework/printable.ts'
import type { Io } from '../io.ts'
import type { Terminal } from './terminal.ts'

/** The questions one can ask on a terminal. Each draws `label: ` and, once answered, `✔ label: answer`. */
export interface Questions {
  /** Asks for a line, until `validate` has no objection. */
  askText(label: string, options?: TextOptions): Promise<string>
  /** Asks for a secret: nothing of it is drawn. May come back empty. */
  askPassword(label: string): Promise<string>
  /** Asks for yes or no. */
  askYesNo(label: string): Promise<boolean>
  /** Lets one of `items` be chosen by the arrow keys; returns its index. */
  askChoice(label: string, items: readonly string[]): Promise<number>
}

interface TextOptions {
  /** Stands in the line at first and can be edited. */
  readonly initial?: string
  /** Returns what is wrong with the answer, in words fit to be shown. */
  readonly validate?: (answer: string) => string | undefined
}

/**
 * Opens the terminal for some questions and gives it back when `ask` is done.
 *
 * @throws {CommandError} `terminal_unavailable` without a terminal, with `otherwise` as the hint: what was to be asked, and which
 * flag answers it; `interrupted` at Ctrl-C and at the end of input.
 */
export async function withQuestions<T>(
  io: Io,
  otherwise: string,
  ask: (questions: Questions) => Promise<T>,
): Promise<T> {
  const terminal = await openTerminal(io, otherwise)
  const style = styleOf(io)
  terminal.acquire()
  try {
    return await ask({
      // Labels and items hold names of files and of the CA's provisioners.
      askText: (label, options = {}) => askText({ terminal, style }, printable(label), options),
      askPassword: (label) => askPassword({ terminal, style }, printable(label)),
      askYesNo: (label) => askYesNo({ terminal, style }, printable(label)),
      askChoice: (label, items) =>
        askChoice({ terminal, style }, printable(label), items.map(printable)),
    })
  } finally {
    terminal.release()
  }
}

async function openTerminal(io: Io, otherwise: string): Promise<Terminal> {
  try {
    return await io.openTerminal()
  } catch (error) {
    if (!(error instanceof CommandError) || error.code !== 'terminal_unavailable') throw error
    throw new CommandError(error.code, error.message, { cause: error.cause, hint: otherwise })
  }
}

/** Where and how a question is drawn. */
interface Canvas {
  readonly terminal: Terminal
  readonly style: { readonly tick: string; readonly eraseLine: string }
}

function styleOf(io: Io): Canvas['style'] {
  return {
    tick: `${ansi(io, '\u001b[32m')}✔${ansi(io, '\u001b[0m')}`,
    eraseLine: ansi(io, '\u001b[2K'),
  }
}

async function askText(
  { terminal, style }: Canvas,
  label: string,
  { initial = '', validate }: TextOptions,
): Promise<string> {
  for (;;) {
    const answer = await readLine(terminal, label, { initial, shown: true })
    const objection = validate?.(answer)
    if (objection === undefined) {
      terminal.write(`\r${style.eraseLine}${style.tick} ${label}: ${answer}\r\n`)
      return answer
    }
    terminal.write(`\r\n>> ${objection}\r\n`)
  }
}

async function askPassword({ terminal, style }: Canvas, label: string): Promise<string> {
  const password = await readLine(terminal, label, { initial: '', shown: false })
  terminal.write(`\r${style.eraseLine}${style.tick} ${label}: \r\n`)
  return password
}

async function askYesNo(canvas: Canvas, label: string): Promise<boolean> {
  const answer = await askText(canvas, label, {
    validate: (text) => (yesOrNo.has(text.trim().toLowerCase()) ? undefined : 'answer y or n'),
  })
  return yesOrNo.get(answer.trim().toLowerCase()) === true
}

async function askChoice(
  { terminal, style }: Canvas,
  label: string,
  items: readonly string[],
): Promise<number> {
  let chosen = 0
  const draw = () => {
    for (const [index, item] of items.entries()) {
      terminal.write(`${style.eraseLine}${index === chosen ? '▸' : ' '} ${item}\r\n`)
    }
  }
  terminal.write(`${label}: \r\n`)
  draw()
  for (;;) {
    const key = await readKey(terminal)
    if (enterKeys.has(key)) return chosen
    const step = stepByKey.get(key) ?? 0
    chosen = (chosen + step + items.length) % items.length
    // A movement, not a colour: the list cannot be drawn in place without it.
    terminal.write(`\u001b[${items.length}A`)
    draw()
  }
}

async function readLine(
  terminal: Terminal,
  label: string,
  { initial, shown }: { readonly initial: string; readonly shown: boolean },
): Promise<string> {
  const characters = [...initial]
  terminal.write(`${label}: ${shown ? initial : ''}`)
  for (;;) {
    const key = await readKey(terminal)
    if (enterKeys.has(key)) return characters.join('')
    if (eraseKeys.has(key)) {
      if (characters.pop() !== undefined && shown) terminal.write('\b \b')
    } else if (key === eraseAllKey) {
      if (shown) terminal.write('\b \b'.repeat(characters.length))
      characters.length = 0
    } else if (key >= ' ') {
      characters.push(key)
      if (shown) terminal.write(key)
    }
  }
}

async function readKey(terminal: Terminal): Promise<string> {
  const key = await terminal.readKey()
  if (key === undefined || key === '\u0003' || key === '\u0004') {
    terminal.write('\r\n')
    throw new CommandError('interrupted', key === '\u0003' ? '^C' : '^D')
  }
  return key
}

const enterKeys: ReadonlySet<string> = new Set(['\r', '\n'])
const eraseKeys: ReadonlySet<string> = new Set(['\u007f', '\b'])
const eraseAllKey = '\u0015'
const yesOrNo: ReadonlyMap<string, boolean> = new Map([
  ['y', true],
  ['yes', true],
  ['n', false],
  ['no', false],
])
const stepByKey: ReadonlyMap<string, number> = new Map([
  ['\u001b[A', -1],
  ['k', -1],
  ['\u001b[B', 1],
  ['j', 1],
])

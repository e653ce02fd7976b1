import type { Io } from '../io.ts'
import { ansi } from './ansi.ts'
import { printable, printableLines } from './printable.ts'

/** Writes `✔ Name: value` to standard error, in step's very octets unless `NO_COLOR` forbids. */
export function reportFact(io: Io, name: string, value: string): void {
  const [green, bold, plain] = ['\u001b[32m', '\u001b[1m', '\u001b[0m'].map((code) =>
    ansi(io, code),
  )
  io.stderr.write(
    `${green}${green}✔${plain} ${bold}${name}${plain}${bold}:${plain} ${printable(value)}\n`,
  )
}

/** Writes a line for people to standard error. */
export function reportLine(io: Io, line: string): void {
  io.stderr.write(`${printableLines(line)}\n`)
}

/** Writes results to standard output. */
export function writeResult(io: Io, text: string | Uint8Array): void {
  io.stdout.write(text)
}

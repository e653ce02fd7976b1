import { generatePrime } from 'node:crypto'
import { promisify } from 'node:util'
import { readInput } from '../../files/input-file.ts'
import { type CommandDefinition, defineCommand } from '../../framework/command-definition.ts'
import { CommandError, flagIncompatible, flagValueInvalid } from '../../framework/errors.ts'
import { writeResult } from '../../framework/report.ts'
import type { Io } from '../../io.ts'

export const command: CommandDefinition = defineCommand({
  usage: '[<length>]',
  summary: 'generate random strings',
  description:
    'mayfly crypto rand prints a random text: 32 characters of printable ASCII, or <length> of them; with --format other characters, a number, a prime of <length> bits, or a UUID; with --dictionary words of a file.',
  example: '$ mayfly crypto rand 20 --format alphanumeric\n$ mayfly crypto rand --format uuid',
  positional: { minimum: 0, maximum: 1 },
  flags: {
    format: {
      type: 'text',
      value: 'format',
      options: [
        'ascii',
        'alphanumeric',
        'alphabet',
        'hex',
        'dec',
        'lower',
        'upper',
        'die',
        'prime',
        'uuid',
        'raw',
      ],
      help: 'ascii (default), alphanumeric, alphabet, hex, dec, lower, upper, die (a number from 1 to 6, or to <length>), prime, uuid or raw.',
    },
    dictionary: {
      type: 'text',
      value: 'file',
      help: 'Print 6 words of this file, or <length> of them, with hyphens between them.',
    },
  },
  async run({ positional: [argument], flags, io }) {
    const { dictionary } = flags
    const format = flags.format?.toLowerCase()
    if (dictionary !== undefined && format !== undefined) {
      throw flagIncompatible('format', 'dictionary')
    }
    const length = argument === undefined ? undefined : parseLength(argument)
    if (dictionary !== undefined) {
      writeResult(io, `${await drawWords(io, dictionary, length ?? 6)}\n`)
      return 0
    }
    if (format === 'raw') {
      writeResult(io, io.random(length ?? 32))
      return 0
    }
    writeResult(io, `${await drawText(io, format ?? 'ascii', length)}\n`)
    return 0
  },
})

function parseLength(argument: string): number {
  if (!/^[+-]?\d{1,9}$/.test(argument)) {
    throw wrongLength(argument, 'is not a valid number')
  }
  const length = Number(argument)
  if (length <= 0) throw wrongLength(argument, 'must be greater than 0')
  if (length > maximumLength) throw wrongLength(argument, `must be at most ${maximumLength}`)
  return length
}

function wrongLength(argument: string, problem: string): CommandError {
  return new CommandError(
    'arguments_wrong',
    `positional argument <length> ${JSON.stringify(argument)} ${problem}`,
  )
}

async function drawText(io: Io, format: string, length: number | undefined): Promise<string> {
  switch (format) {
    case 'die':
    case 'dice':
      return String(drawBelow(io, length ?? 6) + 1)
    case 'prime':
      return await drawPrime(length ?? 32)
    case 'uuid':
      return drawUuid(io)
    default: {
      const alphabet = alphabets.get(format)
      if (alphabet === undefined) throw flagValueInvalid('format', format)
      return Array.from(
        { length: length ?? 32 },
        () => alphabet[drawBelow(io, alphabet.length)],
      ).join('')
    }
  }
}

async function drawPrime(bits: number): Promise<string> {
  if (bits < 2 || bits > maximumPrimeBits) {
    throw wrongLength(String(bits), `must be 2 to ${maximumPrimeBits} for a prime`)
  }
  return String(await promisify(generatePrimeOf)(bits))
}

function generatePrimeOf(bits: number, done: (error: Error | null, prime: bigint) => void): void {
  generatePrime(bits, { bigint: true }, done)
}

/** RFC 9562 §5.4. */
function drawUuid({ random }: Io): string {
  const octets = Buffer.from(random(16))
  octets[6] = ((octets[6] ?? 0) & 0x0f) | 0x40
  octets[8] = ((octets[8] ?? 0) & 0x3f) | 0x80
  return octets.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

async function drawWords(io: Io, path: string, count: number): Promise<string> {
  const text = await readInput(io, path, (name, reason) => `open ${name}: ${reason}`)
  const words = text
    .toString()
    .split('\n')
    .map((word) => word.trim())
    .filter((word) => word !== '')
  if (words.length === 0) {
    throw new CommandError('file_unreadable', `error reading ${path}: there are no words in it`)
  }
  return Array.from({ length: count }, () => words[drawBelow(io, words.length)]).join('-')
}

/** A number from 0 to below `limit`, each as likely: draws that would favour the low ones are dropped. */
function drawBelow({ random }: Io, limit: number): number {
  const fair = 2 ** 32 - (2 ** 32 % limit)
  for (;;) {
    const value = Buffer.from(random(4)).readUInt32BE()
    if (value < fair) return value % limit
  }
}

const letters = 'abcdefghijklmnopqrstuvwxyz'
const digits = '0123456789'

const alphabets: ReadonlyMap<string, string> = new Map([
  ['ascii', String.fromCharCode(...Array.from({ length: 94 }, (_, index) => 0x21 + index))],
  ['alphanumeric', `${letters}${letters.toUpperCase()}${digits}`],
  ['alphabet', `${letters}${letters.toUpperCase()}`],
  ['hex', `${digits}abcdef`],
  ['hexadecimal', `${digits}abcdef`],
  ['dec', digits],
  ['decimal', digits],
  ['lower', letters],
  ['upper', letters.toUpperCase()],
])

const maximumLength = 10_000_000
const maximumPrimeBits = 8192

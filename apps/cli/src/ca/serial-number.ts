import { CommandError } from '../framework/errors.ts'

/**
 * Reads a serial number: base 10, or with the prefix `0x`, `0b`, `0o` or `0`.
 *
 * @throws {CommandError} `arguments_wrong`
 */
export function parseSerialNumber(text: string): bigint {
  const digits = /^0[0-7]+$/.test(text) ? `0o${text.slice(1)}` : text
  if (/^(0|[1-9]\d*|0x[0-9a-f]+|0b[01]+|0o[0-7]+)$/i.test(digits))
    return BigInt(digits.toLowerCase())
  throw new CommandError(
    'arguments_wrong',
    `'${text}' is not a valid serial number - use a base 10 representation or add a prefix indicating the base`,
  )
}

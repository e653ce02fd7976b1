import { RequestError } from '../http/request-error.ts'

/** Room for 20 octets (RFC 5280 §4.1.2.2) in the longest of the bases, and some more. */
const maximumLength = 200

/**
 * Reads a serial number as step-ca does: base 10, or another one by its prefix `0x`, `0o`, `0b` or a leading zero.
 *
 * @throws {RequestError} `serial_number_missing` or `serial_number_malformed`.
 */
export function parseSerialNumber(text: string): bigint {
  if (text === '') throw new RequestError('serial_number_missing', 'missing serial')
  const digits = /^0[0-7]+$/.test(text) ? `0o${text.slice(1)}` : text
  if (text.length <= maximumLength && numeral.test(digits)) return BigInt(digits)
  throw new RequestError(
    'serial_number_malformed',
    `'${text.slice(0, maximumLength)}' is not a valid serial number - use a base 10 representation or a base 16 representation with '0x' prefix`,
  )
}

const numeral = /^(?:0|[1-9]\d*|0x[\da-f]+|0o[0-7]+|0b[01]+)$/i

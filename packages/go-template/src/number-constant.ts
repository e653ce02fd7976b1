import { unquote } from './quoted.ts'

/** A number as written, and what it can be. */
export interface NumberConstant {
  /** Its value as int, if it is one. */
  readonly integer: bigint | undefined
  /** Its value as float64, if it is one. */
  readonly float: number | undefined
  /** What it is where any type will do. */
  readonly ideal: bigint | number | undefined
}

/** Reads a number in any of Go's forms; undefined when it is none. */
export function parseNumber(text: string): NumberConstant | undefined {
  const integer = parseInteger(text)
  if (integer !== undefined) {
    if (integer < -(2n ** 63n) || integer >= 2n ** 64n) return undefined
    const isInt64 = integer < 2n ** 63n
    return {
      integer: isInt64 ? integer : undefined,
      float: Number(integer),
      ideal: isInt64 ? integer : undefined,
    }
  }
  if (!/[.eEpP]/.test(text)) return undefined
  const float = parseFloatText(text)
  if (float === undefined || !Number.isFinite(float)) return undefined
  const isWhole = Number.isInteger(float) && Math.abs(float) < 2 ** 63
  return { integer: isWhole ? BigInt(float) : undefined, float, ideal: float }
}

/** Reads a character constant with its quotes: its code point. */
export function parseCharacter(quoted: string): NumberConstant | undefined {
  const text = unquote(quoted)
  const code = text?.codePointAt(0)
  if (text === undefined || code === undefined || [...text].length !== 1) return undefined
  // '\xff' is the number 255, not the octet.
  const value = code >= 0xdc80 && code <= 0xdcff ? code - 0xdc00 : code
  return { integer: BigInt(value), float: value, ideal: BigInt(value) }
}

/** Longer ones fit no type, and take long to read. */
const longestNumber = 400

/** Go's integer literals: prefixes 0x, 0o, 0b, 0 and underscores between digits; not bounded by a type. */
export function parseInteger(text: string): bigint | undefined {
  const parts =
    /^([+-]?)(?:(0[xX])((?:_?[0-9a-fA-F])+)|(0[oO]|0)((?:_?[0-7])+)|(0[bB])((?:_?[01])+)|(0|[1-9](?:_?[0-9])*))$/.exec(
      text,
    )
  if (parts === null || text.length > longestNumber) return undefined
  const [, sign, , hex, , octal, , binary, decimal] = parts
  const digits = (hex ?? octal ?? binary ?? decimal ?? '').replaceAll('_', '')
  const prefix =
    hex !== undefined ? '0x' : octal !== undefined ? '0o' : binary !== undefined ? '0b' : ''
  const value = BigInt(prefix + digits)
  return sign === '-' ? -value : value
}

/** Go's float literals, hexadecimal ones too; underscores between digits. */
export function parseFloatText(text: string): number | undefined {
  const hexadecimal = /^([+-]?)0[xX]([0-9a-fA-F_]*)\.?([0-9a-fA-F_]*)[pP]([+-]?[0-9]+)$/.exec(text)
  if (hexadecimal !== null) {
    const [, sign, whole = '', fraction = '', exponent] = hexadecimal
    const digits = (whole + fraction).replaceAll('_', '')
    if (digits === '' || digits.length > 200) return undefined
    const scale = Number(exponent) - 4 * fraction.replaceAll('_', '').length
    return (sign === '-' ? -1 : 1) * Number(BigInt(`0x${digits}`)) * 2 ** scale
  }
  const plain =
    /^[+-]?(?:[0-9]+(?:_[0-9]+)*\.?(?:[0-9]+(?:_[0-9]+)*)?|\.[0-9]+(?:_[0-9]+)*)(?:[eE][+-]?[0-9]+)?$/
  return plain.test(text) ? Number(text.replaceAll('_', '')) : undefined
}

import { Refusal } from '../errors.ts'

/** `coefficient` × 10^`exponent`, exact. */
export interface Decimal {
  readonly coefficient: bigint
  readonly exponent: number
}

/** Digits after the point to which a quotient is rounded, as in Sprig's library. */
const quotientDigits = 16

/** The decimal that a float64 is written as; what is no number counts as 0. */
export function decimalOf(value: number): Decimal {
  if (!Number.isFinite(value)) return { coefficient: 0n, exponent: 0 }
  const [mantissa = '0', power = '0'] = value.toExponential().split('e')
  const [whole = '0', fraction = ''] = mantissa.split('.')
  return { coefficient: BigInt(whole + fraction), exponent: Number(power) - fraction.length }
}

export function numberOf({ coefficient, exponent }: Decimal): number {
  return Number(`${coefficient}e${exponent}`)
}

export function negate({ coefficient, exponent }: Decimal): Decimal {
  return { coefficient: -coefficient, exponent }
}

export function addDecimals(left: Decimal, right: Decimal): Decimal {
  const exponent = Math.min(left.exponent, right.exponent)
  return { coefficient: scaled(left, exponent) + scaled(right, exponent), exponent }
}

export function multiplyDecimals(left: Decimal, right: Decimal): Decimal {
  return {
    coefficient: left.coefficient * right.coefficient,
    exponent: left.exponent + right.exponent,
  }
}

/**
 * Rounded half away from zero at {@link quotientDigits}.
 *
 * @throws {Refusal} for a division by zero.
 */
export function divideDecimals(left: Decimal, right: Decimal): Decimal {
  if (right.coefficient === 0n) throw new Refusal('decimal division by 0')
  const shift = left.exponent - right.exponent + quotientDigits
  const above = shift > 0 ? left.coefficient * 10n ** BigInt(shift) : left.coefficient
  const below = shift < 0 ? right.coefficient * 10n ** BigInt(-shift) : right.coefficient
  const quotient = above / below
  const rest = above % below
  const isUp = 2n * abs(rest) >= abs(below)
  const step = above < 0n === below < 0n ? 1n : -1n
  return { coefficient: isUp ? quotient + step : quotient, exponent: -quotientDigits }
}

function scaled(value: Decimal, exponent: number): bigint {
  return value.coefficient * 10n ** BigInt(value.exponent - exponent)
}

function abs(value: bigint): bigint {
  return value < 0n ? -value : value
}

export interface NumberStyle {
  readonly verb: string
  readonly precision: number | undefined
  /** Go's `#`: keep the point and trailing zeros. */
  readonly sharp: boolean
}

/** A float64 in one of Go's forms, with its sign, without padding. */
export function formatFloat(value: number, style: NumberStyle): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  const sign = value < 0 || Object.is(value, -0) ? '-' : ''
  const size = Math.abs(value)
  switch (style.verb) {
    case 'e':
    case 'E': {
      const text = goExponent(size.toExponential(clampDigits(style.precision ?? 6)))
      return sign + (style.verb === 'E' ? text.toUpperCase() : text)
    }
    case 'f':
    case 'F':
      return sign + fixed(size, style.precision ?? 6)
    default: {
      const text = general(size, style.precision, style.sharp)
      return sign + (style.verb === 'G' ? text.toUpperCase() : text)
    }
  }
}

/** `%g`: the shortest digits that read back the same, or `precision` significant ones. */
function general(value: number, precision: number | undefined, sharp: boolean): string {
  const significant = precision === 0 ? 1 : precision
  const exponential =
    significant === undefined
      ? value.toExponential()
      : value.toExponential(clampDigits(significant - 1))
  const [mantissa = '', power = '0'] = exponential.split('e')
  const exponent = Number(power)
  let digits = mantissa.replace('.', '')
  if (significant !== undefined && !sharp) digits = digits.replace(/0+$/, '')
  if (digits === '') digits = '0'
  let threshold = significant ?? 6
  if (significant !== undefined && threshold > digits.length && digits.length >= exponent + 1) {
    threshold = digits.length
  }
  if (exponent < -4 || exponent >= threshold) {
    const rest = digits.slice(1)
    return goExponent(
      `${digits.charAt(0)}${rest === '' ? '' : `.${rest}`}e${exponent < 0 ? '-' : '+'}${Math.abs(exponent)}`,
    )
  }
  if (exponent < 0) return `0.${'0'.repeat(-exponent - 1)}${digits}`
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0')
  const rest = digits.slice(exponent + 1)
  return rest === '' ? whole : `${whole}.${rest}`
}

/** Two digits at least in the exponent, as C and Go have it. */
function goExponent(text: string): string {
  return text.replace(/e([+-])(\d)$/, 'e$10$2')
}

// Exact digits beyond what toFixed can do are the octets of a ceiling, not of a certificate.
function fixed(value: number, precision: number): string {
  if (value < 1e21) return value.toFixed(clampDigits(precision))
  const whole = BigInt(value).toString()
  return precision === 0 ? whole : `${whole}.${'0'.repeat(clampDigits(precision))}`
}

function clampDigits(digits: number): number {
  return Math.max(0, Math.min(100, digits))
}

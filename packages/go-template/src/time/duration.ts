const units: ReadonlyMap<string, bigint> = new Map([
  ['ns', 1n],
  ['us', 1_000n],
  ['µs', 1_000n],
  ['μs', 1_000n],
  ['ms', 1_000_000n],
  ['s', 1_000_000_000n],
  ['m', 60_000_000_000n],
  ['h', 3_600_000_000_000n],
])

/** Reads Go's durations, `1h15m30.5s`, as nanoseconds; undefined when it is none or beyond int64. */
export function parseDuration(text: string): bigint | undefined {
  const sign = /^[+-]/.exec(text)?.[0] ?? ''
  const body = text.slice(sign.length)
  if (body === '0') return 0n
  if (body === '' || body.length > 100) return undefined
  const part = /(\d*)(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h)/gy
  let total = 0n
  let at = 0
  for (const [whole, digits = '', fraction = '', unit = ''] of body.matchAll(part)) {
    if (digits === '' && fraction === '') return undefined
    const size = units.get(unit) ?? 0n
    total += BigInt(digits === '' ? '0' : digits) * size
    if (fraction !== '') total += (BigInt(fraction) * size) / 10n ** BigInt(fraction.length)
    at += whole.length
  }
  if (at !== body.length || total >= 2n ** 63n) return undefined
  return sign === '-' ? -total : total
}

/** Writes nanoseconds as Go does: `1h15m30.5s`, `1.5ms`, `0s`. */
export function formatDuration(nanoseconds: bigint): string {
  if (nanoseconds === 0n) return '0s'
  const sign = nanoseconds < 0n ? '-' : ''
  const size = nanoseconds < 0n ? -nanoseconds : nanoseconds
  if (size < 1_000n) return `${sign}${size}ns`
  if (size < 1_000_000n) return `${sign}${decimal(size, 1_000n)}µs`
  if (size < 1_000_000_000n) return `${sign}${decimal(size, 1_000_000n)}ms`
  const hours = size / 3_600_000_000_000n
  const minutes = (size / 60_000_000_000n) % 60n
  const seconds = decimal(size % 60_000_000_000n, 1_000_000_000n)
  if (hours > 0n) return `${sign}${hours}h${minutes}m${seconds}s`
  return minutes > 0n ? `${sign}${minutes}m${seconds}s` : `${sign}${seconds}s`
}

function decimal(value: bigint, unit: bigint): string {
  const fraction = value % unit
  if (fraction === 0n) return String(value / unit)
  const digits = String(fraction).padStart(String(unit).length - 1, '0')
  return `${value / unit}.${digits.replace(/0+$/, '')}`
}

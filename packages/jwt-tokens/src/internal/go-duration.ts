/** Writes a duration as Go does, to the millisecond: `873ms`, `1.01s`, `1m0.974s`, `24h0m1.047s`. */
export function formatGoDuration(milliseconds: number): string {
  const total = Math.round(milliseconds)
  if (total === 0) return '0s'
  if (total < 1000) return `${total}ms`
  const seconds = (total % 60_000) / 1000
  const minutes = Math.floor(total / 60_000) % 60
  const hours = Math.floor(total / 3_600_000)
  if (hours > 0) return `${hours}h${minutes}m${seconds}s`
  return minutes > 0 ? `${minutes}m${seconds}s` : `${seconds}s`
}

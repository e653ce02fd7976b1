/** Writes nanoseconds as Go prints a duration: `950ns`, `45.843µs`, `3.488527ms`, `1m1.5s`. */
export function formatNanoseconds(nanoseconds: number): string {
  const total = Math.round(nanoseconds)
  if (total < 1e3) return total === 0 ? '0s' : `${total}ns`
  if (total < 1e6) return `${total / 1e3}µs`
  if (total < 1e9) return `${total / 1e6}ms`
  const hours = Math.floor(total / 3600e9)
  const minutes = Math.floor(total / 60e9) % 60
  const seconds = `${(total % 60e9) / 1e9}s`
  if (hours > 0) return `${hours}h${minutes}m${seconds}`
  return minutes > 0 ? `${minutes}m${seconds}` : seconds
}

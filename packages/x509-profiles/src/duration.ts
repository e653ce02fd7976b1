import { ProfileError } from './errors.ts'

/**
 * Reads a duration in Go's syntax (`1h30m`, `-1.5h`, `0`) and returns milliseconds, rounded.
 *
 * Units are `ns us µs ms s m h`; there are no days. As in Go, it may not exceed 2⁶³ nanoseconds.
 *
 * @throws {ProfileError} `validity_invalid` in Go's words, as step users know them.
 */
export function parseDuration(text: string): number {
  const sign = text.startsWith('-') ? -1 : 1
  const body = text.replace(/^[-+]/, '')
  if (body === '0') return 0
  if (body === '') throw invalid(`time: invalid duration ${quote(text)}`)
  let nanoseconds = 0
  let rest = body
  while (rest !== '') {
    const [part = '', whole = '', fraction, unit = ''] =
      /^(\d*)(?:\.(\d*))?([^\d.]*)/.exec(rest) ?? []
    if (whole === '' && (fraction ?? '') === '')
      throw invalid(`time: invalid duration ${quote(text)}`)
    if (unit === '') throw invalid(`time: missing unit in duration ${quote(text)}`)
    const scale = unitNanoseconds.get(unit)
    if (scale === undefined) {
      throw invalid(`time: unknown unit ${quote(unit)} in duration ${quote(text)}`)
    }
    nanoseconds += Number(`${whole}.${fraction ?? ''}0`) * scale
    rest = rest.slice(part.length)
  }
  if (nanoseconds >= 2 ** 63) throw invalid(`time: invalid duration ${quote(text)}`)
  const milliseconds = Math.round(nanoseconds / 1e6)
  return milliseconds === 0 ? 0 : sign * milliseconds
}

/** Writes milliseconds as Go prints a duration: `24h0m0s`, `2m20s`, `1.5s`, `250ms`, `0s`. */
export function formatDuration(milliseconds: number): string {
  const total = Math.abs(Math.round(milliseconds))
  const sign = milliseconds < 0 && total > 0 ? '-' : ''
  if (total === 0) return '0s'
  if (total < 1000) return `${sign}${total}ms`
  const hours = Math.floor(total / 3_600_000)
  const minutes = Math.floor(total / 60_000) % 60
  const seconds = (total % 60_000) / 1000
  if (hours > 0) return `${sign}${hours}h${minutes}m${seconds}s`
  return minutes > 0 ? `${sign}${minutes}m${seconds}s` : `${sign}${seconds}s`
}

const unitNanoseconds: ReadonlyMap<string, number> = new Map([
  ['ns', 1],
  ['us', 1e3],
  ['µs', 1e3],
  ['μs', 1e3],
  ['ms', 1e6],
  ['s', 1e9],
  ['m', 60e9],
  ['h', 3600e9],
])

const quote = (text: string): string => JSON.stringify(text)

function invalid(message: string): ProfileError {
  return new ProfileError('validity_invalid', message, {
    hint: 'Write a duration as in 24h, 1h30m or 90s.',
  })
}

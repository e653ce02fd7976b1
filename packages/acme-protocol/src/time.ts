import { AcmeError } from './errors.ts'

/**
 * Reads a moment as RFC 3339 §5.6 writes it, with `T` and an offset.
 *
 * @throws {AcmeError} `malformed`; `name` is the member that it stands in.
 */
export function parseTimestamp(text: string, name: string): Date {
  const [, day] = timestamp.exec(text) ?? []
  if (day !== undefined && isCalendarDay(day)) return new Date(text)
  throw new AcmeError(
    'malformed',
    `"${name}" ${JSON.stringify(text)} is not a time as RFC 3339 has it`,
  )
}

/** Writes a moment in whole seconds, as ACME's objects show it. */
export function formatTimestamp(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`
}

/** `Date` takes the 30th of February for the 2nd of March. */
function isCalendarDay(day: string): boolean {
  const time = new Date(`${day}T00:00:00Z`)
  return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(day)
}

const timestamp =
  /^(\d{4}-\d\d-\d\d)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/

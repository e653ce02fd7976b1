import { parseDuration } from './duration.ts'
import { ProfileError } from './errors.ts'
import { DerError, type DerReader, encodeElement, encodeSequence, tags } from './internal/der.ts'

/** From when until when a certificate is valid, both ends included (RFC 5280 §4.1.2.5). */
export interface Validity {
  readonly notBefore: Date
  readonly notAfter: Date
}

/**
 * Reads a time: RFC 3339 (`2026-11-23T09:19:35Z`), else a Go duration counted from `now`.
 *
 * @throws {ProfileError} `validity_invalid` when the text is neither.
 */
export function parseTimeOrDuration(text: string, now: Date): Date {
  return parseTime(text) ?? new Date(now.getTime() + parseDuration(text))
}

/** Reads an RFC 3339 time; `undefined` when the text is none, or names a day that does not exist. */
export function parseTime(text: string): Date | undefined {
  const date = rfc3339.exec(text)?.[1]
  // JavaScript would move the 30th of February on to March.
  if (date === undefined || new Date(date).toJSON()?.slice(0, 10) !== date) return undefined
  return new Date(text.toUpperCase())
}

/** Drops what is finer than a second, which a certificate cannot hold. */
export function truncateToSecond(time: Date): Date {
  return new Date(Math.floor(time.getTime() / 1000) * 1000)
}

/**
 * Writes a Validity: UTCTime for the years 1950 to 2049, GeneralizedTime for others.
 *
 * @throws {ProfileError} `validity_invalid` when a bound is no time of the years 0 to 9999.
 */
export function encodeValidity({ notBefore, notAfter }: Validity): Uint8Array {
  return encodeSequence(encodeTime(notBefore), encodeTime(notAfter))
}

/** Reads a Validity inside a larger structure. Throws {@link DerError}. */
export function readValidity(reader: DerReader): Validity {
  const sequence = reader.enter(tags.sequence)
  const validity = { notBefore: readTime(sequence), notAfter: readTime(sequence) }
  sequence.finish()
  return validity
}

function encodeTime(time: Date): Uint8Array {
  const year = time.getUTCFullYear()
  if (!(year >= 0 && year <= 9999)) {
    const shown = Number.isNaN(year) ? 'no time' : time.toISOString()
    throw new ProfileError('validity_invalid', `a certificate cannot hold this bound: ${shown}`)
  }
  const digits = `${time.toISOString().slice(0, 19).replace(/\D/g, '')}Z`
  return isUtcTimeYear(year)
    ? encodeElement(tags.utcTime, Buffer.from(digits.slice(2), 'latin1'))
    : encodeElement(tags.generalizedTime, Buffer.from(digits, 'latin1'))
}

function readTime(reader: DerReader): Date {
  const { tag, contents } = reader.readElement()
  if (tag !== tags.utcTime && tag !== tags.generalizedTime) throw new DerError('a time is expected')
  const text = Buffer.from(contents.buffer, contents.byteOffset, contents.length).toString('latin1')
  const pattern = tag === tags.utcTime ? utcTime : generalizedTime
  const [, yearText, ...rest] = pattern.exec(text) ?? []
  const [month = 0, day = 0, hour = 0, minute = 0, second = 0] = rest.map(Number)
  const yearDigits = Number(yearText)
  const year = tag === tags.utcTime ? yearDigits + (yearDigits < 50 ? 2000 : 1900) : yearDigits
  const time = new Date(0)
  time.setUTCFullYear(year, month - 1, day)
  time.setUTCHours(hour, minute, second)
  // A day or an hour that does not exist would have moved on to another one.
  const isReal = time.getUTCMonth() === month - 1 && time.getUTCDate() === day
  if (!isReal || hour > 23 || minute > 59 || second > 59)
    throw new DerError('a time does not exist')
  if ((tag === tags.utcTime) !== isUtcTimeYear(year)) {
    throw new DerError('years up to 2049 are UTCTime, later ones GeneralizedTime')
  }
  return time
}

const isUtcTimeYear = (year: number): boolean => year >= 1950 && year <= 2049

const utcTime = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/
const generalizedTime = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/
const rfc3339 =
  /^(\d{4}-\d\d-\d\d)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/i

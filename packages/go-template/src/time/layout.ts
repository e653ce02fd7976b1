import { Refusal } from '../errors.ts'
import { quote } from '../quoted.ts'
import { type CivilTime, civilTime, daysInMonth, daysOfDate, Time } from './time.ts'
import { unixTimeOf, utc, type Zone, zoneAt } from './zone.ts'

export const monthNames: readonly string[] =
  'January February March April May June July August September October November December'.split(' ')
export const dayNames: readonly string[] =
  'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ')

/** The layouts that Go's package time names. */
export const namedLayouts: ReadonlyMap<string, string> = new Map([
  ['LAYOUT', "01/02 03:04:05PM '06 -0700"],
  ['ANSIC', 'Mon Jan _2 15:04:05 2006'],
  ['UNIXDATE', 'Mon Jan _2 15:04:05 MST 2006'],
  ['RUBYDATE', 'Mon Jan 02 15:04:05 -0700 2006'],
  ['RFC822', '02 Jan 06 15:04 MST'],
  ['RFC822Z', '02 Jan 06 15:04 -0700'],
  ['RFC850', 'Monday, 02-Jan-06 15:04:05 MST'],
  ['RFC1123', 'Mon, 02 Jan 2006 15:04:05 MST'],
  ['RFC1123Z', 'Mon, 02 Jan 2006 15:04:05 -0700'],
  ['RFC3339', '2006-01-02T15:04:05Z07:00'],
  ['RFC3339NANO', '2006-01-02T15:04:05.999999999Z07:00'],
  ['KITCHEN', '3:04PM'],
  ['STAMP', 'Jan _2 15:04:05'],
  ['STAMPMILLI', 'Jan _2 15:04:05.000'],
  ['STAMPMICRO', 'Jan _2 15:04:05.000000'],
  ['STAMPNANO', 'Jan _2 15:04:05.000000000'],
  ['DATETIME', '2006-01-02 15:04:05'],
  ['DATEONLY', '2006-01-02'],
  ['TIMEONLY', '15:04:05'],
])

export const rfc3339 = '2006-01-02T15:04:05Z07:00'
export const rfc3339Nano = '2006-01-02T15:04:05.999999999Z07:00'

// Longer forms stand before those that begin them. `Jan` and `Mon` are not part of a longer word in small letters.
const element =
  /January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|002|0[1-6]|15|1|2006|2|__2|_2(?!006)|3|4|5|PM|pm|-07:00:00|-07:00|-070000|-0700|-07|Z07:00:00|Z07:00|Z070000|Z0700|Z07|[.,](?:0+|9+)(?!\d)/g

/** The time as Go's `Format` writes it. */
export function formatTime(time: Time, layout: string): string {
  const civil = civilTime(time)
  return layout.replace(element, (form) => formatElement(form, civil, time.nanoseconds))
}

/** What `{{ . }}` prints. */
export function timeText(time: Time): string {
  return formatTime(time, '2006-01-02 15:04:05.999999999 -0700 MST')
}

function formatElement(form: string, civil: CivilTime, nanoseconds: number): string {
  const hour12 = civil.hour % 12 === 0 ? 12 : civil.hour % 12
  switch (form) {
    case 'January':
      return monthNames[civil.month - 1] ?? ''
    case 'Jan':
      return (monthNames[civil.month - 1] ?? '').slice(0, 3)
    case 'Monday':
      return dayNames[civil.weekday] ?? ''
    case 'Mon':
      return (dayNames[civil.weekday] ?? '').slice(0, 3)
    case 'MST':
      return civil.abbreviation
    case '2006':
      return civil.year < 0 ? `-${pad(-civil.year, 4)}` : pad(civil.year, 4)
    case '06':
      return pad(((civil.year % 100) + 100) % 100, 2)
    case '1':
      return String(civil.month)
    case '01':
      return pad(civil.month, 2)
    case '2':
      return String(civil.day)
    case '_2':
      return String(civil.day).padStart(2, ' ')
    case '02':
      return pad(civil.day, 2)
    case '__2':
      return String(civil.dayOfYear).padStart(3, ' ')
    case '002':
      return pad(civil.dayOfYear, 3)
    case '15':
      return pad(civil.hour, 2)
    case '3':
      return String(hour12)
    case '03':
      return pad(hour12, 2)
    case '4':
      return String(civil.minute)
    case '04':
      return pad(civil.minute, 2)
    case '5':
      return String(civil.second)
    case '05':
      return pad(civil.second, 2)
    case 'PM':
      return civil.hour >= 12 ? 'PM' : 'AM'
    case 'pm':
      return civil.hour >= 12 ? 'pm' : 'am'
    default:
      return /^[.,]/.test(form)
        ? formatFraction(form, nanoseconds)
        : formatOffset(form, civil.offsetSeconds)
  }
}

function formatFraction(form: string, nanoseconds: number): string {
  const digits = pad(nanoseconds, 9)
    .padEnd(form.length - 1, '0')
    .slice(0, form.length - 1)
  if (form.charAt(1) === '0') return form.charAt(0) + digits
  const short = digits.replace(/0+$/, '')
  return short === '' ? '' : form.charAt(0) + short
}

function formatOffset(form: string, offsetSeconds: number): string {
  if (form.startsWith('Z') && offsetSeconds === 0) return 'Z'
  const size = Math.abs(offsetSeconds)
  const parts = [Math.floor(size / 3600), Math.floor((size % 3600) / 60), size % 60]
  const wanted = form.replace(/\D/g, '').length / 2
  const text = parts.slice(0, wanted).map((part) => pad(part, 2))
  return (offsetSeconds < 0 ? '-' : '+') + text.join(form.includes(':') ? ':' : '')
}

function pad(value: number, digits: number): string {
  return String(value).padStart(digits, '0')
}

interface Read {
  year?: number
  month?: number
  day?: number
  dayOfYear?: number
  hour: number
  minute: number
  second: number
  nanoseconds: number
  isAfternoon?: boolean
  offsetSeconds?: number
  abbreviation?: string
}

/**
 * Reads a time as Go's `ParseInLocation` does; `zone` is where a text without an offset is from.
 *
 * @throws {Refusal} with Go's words.
 */
export function parseTime(layout: string, value: string, zone: Zone = utc): Time {
  const read: Read = { hour: 0, minute: 0, second: 0, nanoseconds: 0 }
  const refuse = (form: string, rest: string): never => {
    throw new Refusal(
      `parsing time ${quote(value)} as ${quote(layout)}: cannot parse ${quote(rest)} as ${quote(form)}`,
    )
  }
  const outOfRange = (what: string): never => {
    throw new Refusal(`parsing time ${quote(value)}: ${what} out of range`)
  }
  let rest = value
  let at = 0
  for (const match of layout.matchAll(element)) {
    const literal = layout.slice(at, match.index)
    rest = skipLiteral(rest, literal) ?? refuse(literal, rest)
    const [form] = match
    at = match.index + form.length
    const follows = layout.slice(at)
    const taken = takeElement(form, rest, read)
    if (taken === undefined) return refuse(form, rest)
    rest = rest.slice(taken)
    const tooLarge = rangeProblem(form, read)
    if (tooLarge !== undefined) return outOfRange(tooLarge)
    // Seconds may carry a fraction that the layout does not mention.
    if ((form === '5' || form === '05') && !/^[.,][09]/.test(follows)) {
      const fraction = /^[.,](\d+)/.exec(rest)
      if (fraction !== null) {
        read.nanoseconds = nanosecondsOf(fraction[1] ?? '')
        rest = rest.slice(fraction[0].length)
      }
    }
  }
  const tail = layout.slice(at)
  const extra = skipLiteral(rest, tail) ?? refuse(tail, rest)
  if (extra !== '') {
    throw new Refusal(`parsing time ${quote(value)}: extra text: ${quote(extra)}`)
  }
  return timeOf(read, zone, outOfRange)
}

function skipLiteral(value: string, literal: string): string | undefined {
  let rest = value
  for (let index = 0; index < literal.length; index += 1) {
    const character = literal.charAt(index)
    if (character === ' ') {
      if (rest !== '' && !rest.startsWith(' ')) return undefined
      rest = rest.replace(/^ +/, '')
      while (literal.charAt(index + 1) === ' ') index += 1
    } else {
      if (!rest.startsWith(character)) return undefined
      rest = rest.slice(1)
    }
  }
  return rest
}

/** Reads one element into `read`; the number of characters taken, undefined: it is not there. */
function takeElement(form: string, rest: string, read: Read): number | undefined {
  const numeric = numericForms.get(form)
  if (numeric !== undefined) {
    const [part, pattern] = numeric
    const digits = pattern.exec(rest)?.[0]
    if (digits === undefined) return undefined
    read[part] = fullYear(form, Number(digits))
    return digits.length
  }
  switch (form) {
    case 'January':
    case 'Jan': {
      const index = findName(monthNames, rest, form === 'Jan')
      if (index === -1) return undefined
      read.month = index + 1
      return form === 'Jan' ? 3 : (monthNames[index] ?? '').length
    }
    case 'Monday':
    case 'Mon': {
      const index = findName(dayNames, rest, form === 'Mon')
      if (index === -1) return undefined
      return form === 'Mon' ? 3 : (dayNames[index] ?? '').length
    }
    case 'PM':
    case 'pm': {
      const half = (form === 'PM' ? /^[AP]M/ : /^[ap]m/).exec(rest)?.[0]
      if (half === undefined) return undefined
      read.isAfternoon = half.toUpperCase() === 'PM'
      return 2
    }
    case 'MST': {
      const name = /^(?:UTC|GMT(?:[+-]\d{1,2})?|[+-]\d{2}(?:\d{2})?|[A-Z]{3,5})/.exec(rest)?.[0]
      if (name === undefined) return undefined
      read.abbreviation = name
      return name.length
    }
    default:
      return /^[.,]/.test(form) ? takeFraction(form, rest, read) : takeOffset(form, rest, read)
  }
}

type NumericPart = 'year' | 'month' | 'day' | 'dayOfYear' | 'hour' | 'minute' | 'second'

const numericForms: ReadonlyMap<string, readonly [NumericPart, RegExp]> = new Map<
  string,
  readonly [NumericPart, RegExp]
>([
  ['2006', ['year', /^\d{4}/]],
  ['06', ['year', /^\d\d/]],
  ['1', ['month', /^\d\d?/]],
  ['01', ['month', /^\d\d/]],
  ['2', ['day', /^\d\d?/]],
  ['_2', ['day', /^ ?\d\d?/]],
  ['02', ['day', /^\d\d/]],
  ['002', ['dayOfYear', /^\d{3}/]],
  ['__2', ['dayOfYear', /^ {0,2}\d{1,3}/]],
  ['15', ['hour', /^\d\d?/]],
  ['3', ['hour', /^\d\d?/]],
  ['03', ['hour', /^\d\d/]],
  ['4', ['minute', /^\d\d?/]],
  ['04', ['minute', /^\d\d/]],
  ['5', ['second', /^\d\d?/]],
  ['05', ['second', /^\d\d/]],
])

/** Two digits of a year: 69 to 99 are of the last century. */
function fullYear(form: string, value: number): number {
  return form === '06' ? value + (value >= 69 ? 1900 : 2000) : value
}

function findName(names: readonly string[], rest: string, isShort: boolean): number {
  return names.findIndex((name) => {
    const wanted = isShort ? name.slice(0, 3) : name
    return rest.slice(0, wanted.length).toLowerCase() === wanted.toLowerCase()
  })
}

function takeFraction(form: string, rest: string, read: Read): number | undefined {
  const exact = form.charAt(1) === '0' ? form.length - 1 : undefined
  const digits = /^[.,](\d+)/.exec(rest)?.[1]
  if (exact === undefined) {
    if (digits === undefined) return 0
    read.nanoseconds = nanosecondsOf(digits)
    return digits.length + 1
  }
  if (digits === undefined || digits.length < exact) return undefined
  read.nanoseconds = nanosecondsOf(digits.slice(0, exact))
  return exact + 1
}

function nanosecondsOf(digits: string): number {
  return Number(digits.slice(0, 9).padEnd(9, '0'))
}

function takeOffset(form: string, rest: string, read: Read): number | undefined {
  if (form.startsWith('Z') && rest.startsWith('Z')) {
    read.offsetSeconds = 0
    return 1
  }
  const parts = form.replace(/\D/g, '').length / 2
  const separator = form.includes(':') ? ':' : ''
  const pattern = new RegExp(
    `^([+-])${Array.from({ length: parts }, () => '(\\d\\d)').join(separator)}`,
  )
  const match = pattern.exec(rest)
  if (match === null) return undefined
  const [whole, sign, hours = '0', minutes = '0', seconds = '0'] = match
  if (Number(hours) > 24 || Number(minutes) > 60 || Number(seconds) > 60) return undefined
  const size = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)
  read.offsetSeconds = sign === '-' ? -size : size
  return whole.length
}

function rangeProblem(form: string, read: Read): string | undefined {
  if ((form === '1' || form === '01') && (read.month === 0 || (read.month ?? 1) > 12))
    return 'month'
  if (form === '15' && read.hour > 23) return 'hour'
  if ((form === '3' || form === '03') && read.hour > 12) return 'hour'
  if ((form === '4' || form === '04') && read.minute > 59) return 'minute'
  return (form === '5' || form === '05') && read.second > 59 ? 'second' : undefined
}

function timeOf(read: Read, zone: Zone, outOfRange: (what: string) => never): Time {
  const year = read.year ?? 0
  let { month = 1, day = 1 } = read
  if (read.dayOfYear !== undefined) {
    const inYear = daysOfDate(year + 1, 1, 1) - daysOfDate(year, 1, 1)
    if (read.dayOfYear < 1 || read.dayOfYear > inYear) return outOfRange('day-of-year')
    month = 1
    day = read.dayOfYear
  } else if (day < 1 || day > daysInMonth(year, month)) return outOfRange('day')
  let { hour } = read
  if (read.isAfternoon === true && hour < 12) hour += 12
  if (read.isAfternoon === false && hour === 12) hour = 0
  const wall = daysOfDate(year, month, day) * 86_400 + hour * 3600 + read.minute * 60 + read.second
  if (read.offsetSeconds !== undefined) {
    const unix = wall - read.offsetSeconds
    return new Time(
      unix,
      read.nanoseconds,
      zoneOfOffset(read.offsetSeconds, unix, zone, read.abbreviation),
    )
  }
  if (read.abbreviation !== undefined && read.abbreviation !== 'UTC') {
    return timeOfAbbreviation(read.abbreviation, wall, read.nanoseconds, zone)
  }
  const home = read.abbreviation === 'UTC' ? utc : zone
  return new Time(unixTimeOf(home, wall), read.nanoseconds, home)
}

function zoneOfOffset(offsetSeconds: number, unix: number, zone: Zone, abbreviation = ''): Zone {
  if (offsetSeconds === 0 && (abbreviation === '' || abbreviation === 'UTC')) return utc
  if (zoneAt(zone, unix).offsetSeconds === offsetSeconds) return zone
  return {
    kind: 'fixed',
    name: abbreviation === '' ? offsetName(offsetSeconds) : abbreviation,
    offsetSeconds,
  }
}

/** An abbreviation means something only in the zone at hand; elsewhere Go takes it for a name at offset 0. */
function timeOfAbbreviation(name: string, wall: number, nanoseconds: number, zone: Zone): Time {
  const unix = unixTimeOf(zone, wall)
  if (zoneAt(zone, unix).abbreviation === name) return new Time(unix, nanoseconds, zone)
  const hours = /^GMT([+-]\d{1,2})$/.exec(name)?.[1]
  const offsetSeconds = hours === undefined ? 0 : Number(hours) * 3600
  return new Time(wall - offsetSeconds, nanoseconds, { kind: 'fixed', name, offsetSeconds })
}

function offsetName(offsetSeconds: number): string {
  return formatOffset('-0700', offsetSeconds)
}

import { utc, type Zone, zoneAt } from './zone.ts'

/** A moment and the zone it is shown in: Go's time.Time, without the monotonic clock. */
export class Time {
  readonly type = 'time.Time'
  readonly unixSeconds: number
  readonly nanoseconds: number
  readonly zone: Zone

  constructor(unixSeconds: number, nanoseconds: number, zone: Zone = utc) {
    this.unixSeconds = unixSeconds
    this.nanoseconds = nanoseconds
    this.zone = zone
  }

  static of(date: Date, zone: Zone = utc): Time {
    const milliseconds = date.getTime()
    const seconds = Math.floor(milliseconds / 1000)
    return new Time(seconds, (milliseconds - seconds * 1000) * 1_000_000, zone)
  }

  in(zone: Zone): Time {
    return new Time(this.unixSeconds, this.nanoseconds, zone)
  }

  add(nanoseconds: bigint): Time {
    const total = BigInt(this.nanoseconds) + nanoseconds
    const rest = ((total % billion) + billion) % billion
    const seconds = this.unixSeconds + Number((total - rest) / billion)
    return new Time(seconds, Number(rest), this.zone)
  }

  get unixNanoseconds(): bigint {
    return BigInt(this.unixSeconds) * billion + BigInt(this.nanoseconds)
  }

  get isZero(): boolean {
    return this.unixSeconds === zeroSeconds && this.nanoseconds === 0
  }
}

const billion = 1_000_000_000n
const zeroSeconds = -62_135_596_800

/** Go's zero time, 1 January of the year 1, UTC. */
export const zeroTime: Time = new Time(zeroSeconds, 0)

export interface CivilTime {
  readonly year: number
  /** 1 to 12. */
  readonly month: number
  readonly day: number
  /** 0 is Sunday. */
  readonly weekday: number
  readonly dayOfYear: number
  readonly hour: number
  readonly minute: number
  readonly second: number
  readonly offsetSeconds: number
  readonly abbreviation: string
}

/** What the clock and the calendar in the time's own zone show. */
export function civilTime(time: Time): CivilTime {
  const { offsetSeconds, abbreviation } = zoneAt(time.zone, time.unixSeconds)
  const wall = time.unixSeconds + offsetSeconds
  const days = Math.floor(wall / 86_400)
  const seconds = wall - days * 86_400
  const { year, month, day } = dateOfDays(days)
  return {
    year,
    month,
    day,
    weekday: (((days + 4) % 7) + 7) % 7,
    dayOfYear: days - daysOfDate(year, 1, 1) + 1,
    hour: Math.floor(seconds / 3600),
    minute: Math.floor((seconds % 3600) / 60),
    second: seconds % 60,
    offsetSeconds,
    abbreviation,
  }
}

/** Days from 1 January 1970 to a date of the Gregorian calendar. */
export function daysOfDate(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year
  const era = Math.floor(shifted / 400)
  const yearOfEra = shifted - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const dayOfEra =
    yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

function dateOfDays(days: number): { year: number; month: number; day: number } {
  const shifted = days + 719_468
  const era = Math.floor(shifted / 146_097)
  const dayOfEra = shifted - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  )
  const dayOfYear =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153)
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1,
  }
}

export function daysInMonth(year: number, month: number): number {
  const next = month === 12 ? daysOfDate(year + 1, 1, 1) : daysOfDate(year, month + 1, 1)
  return next - daysOfDate(year, month, 1)
}

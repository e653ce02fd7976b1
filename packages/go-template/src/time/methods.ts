import { define, type FunctionDefinition, int, string, time } from '../function.ts'
import { Integer, int64, type Methods } from '../values.ts'
import { formatDuration } from './duration.ts'
import { dayNames, formatTime, monthNames, timeText } from './layout.ts'
import { type CivilTime, civilTime, daysOfDate, Time } from './time.ts'
import { unixTimeOf, utc } from './zone.ts'

const second = 1_000_000_000

/** Go's time.Duration of some nanoseconds. */
function createDuration(nanoseconds: bigint): Integer {
  return new Integer('int64', nanoseconds, {
    type: 'time.Duration',
    text: formatDuration(nanoseconds),
    methods: durationMethods,
  })
}

const duration = {
  type: 'time.Duration',
  takes: (value: unknown): value is Integer =>
    value instanceof Integer && value.type === 'time.Duration',
}

const durationMethods: Methods = new Map<string, FunctionDefinition>([
  ['String', define([duration], ([value]) => formatDuration(value.value))],
  ['Hours', define([duration], ([value]) => Number(value.value) / (3600 * second))],
  ['Minutes', define([duration], ([value]) => Number(value.value) / (60 * second))],
  ['Seconds', define([duration], ([value]) => Number(value.value) / second)],
  ['Milliseconds', define([duration], ([value]) => int64(value.value / 1_000_000n))],
  ['Microseconds', define([duration], ([value]) => int64(value.value / 1_000n))],
  ['Nanoseconds', define([duration], ([value]) => int64(value.value))],
])

function civil(part: (civil: CivilTime) => number): FunctionDefinition {
  return define([time], ([value]) => BigInt(part(civilTime(value))))
}

/** The methods of time.Time that a template may call. */
export const timeMethods: Methods = new Map<string, FunctionDefinition>([
  ['Year', civil((now) => now.year)],
  ['Day', civil((now) => now.day)],
  ['YearDay', civil((now) => now.dayOfYear)],
  ['Hour', civil((now) => now.hour)],
  ['Minute', civil((now) => now.minute)],
  ['Second', civil((now) => now.second)],
  ['Nanosecond', define([time], ([value]) => BigInt(value.nanoseconds))],
  [
    'Month',
    define([time], ([value]) => {
      const { month } = civilTime(value)
      return new Integer('int', BigInt(month), {
        type: 'time.Month',
        text: monthNames[month - 1] ?? '',
      })
    }),
  ],
  [
    'Weekday',
    define([time], ([value]) => {
      const { weekday } = civilTime(value)
      return new Integer('int', BigInt(weekday), {
        type: 'time.Weekday',
        text: dayNames[weekday] ?? '',
      })
    }),
  ],
  ['Unix', define([time], ([value]) => int64(BigInt(value.unixSeconds)))],
  ['UnixMilli', define([time], ([value]) => int64(value.unixNanoseconds / 1_000_000n))],
  ['UnixNano', define([time], ([value]) => int64(value.unixNanoseconds))],
  ['IsZero', define([time], ([value]) => value.isZero)],
  ['String', define([time], ([value]) => timeText(value))],
  ['Format', define([time, string], ([value, layout]) => formatTime(value, layout))],
  ['UTC', define([time], ([value]) => value.in(utc))],
  ['Add', define([time, duration], ([value, length]) => value.add(length.value))],
  [
    'AddDate',
    define([time, int, int, int], ([value, years, months, days]) =>
      addDate(value, years, months, days),
    ),
  ],
  [
    'Sub',
    define([time, time], ([left, right]) =>
      createDuration(left.unixNanoseconds - right.unixNanoseconds),
    ),
  ],
  ['Before', define([time, time], ([left, right]) => left.unixNanoseconds < right.unixNanoseconds)],
  ['After', define([time, time], ([left, right]) => left.unixNanoseconds > right.unixNanoseconds)],
  [
    'Equal',
    define([time, time], ([left, right]) => left.unixNanoseconds === right.unixNanoseconds),
  ],
])

function addDate(value: Time, years: bigint, months: bigint, days: bigint): Time {
  const now = civilTime(value)
  const allMonths = (now.year + small(years)) * 12 + now.month - 1 + small(months)
  const year = Math.floor(allMonths / 12)
  const day = daysOfDate(year, allMonths - year * 12 + 1, 1) + now.day - 1 + small(days)
  const wall = day * 86_400 + now.hour * 3600 + now.minute * 60 + now.second
  return new Time(unixTimeOf(value.zone, wall), value.nanoseconds, value.zone)
}

/** Within ten million: far enough for any date, and exact. */
function small(value: bigint): number {
  return Math.max(-10_000_000, Math.min(10_000_000, Number(value)))
}

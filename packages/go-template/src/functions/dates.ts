import { Refusal } from '../errors.ts'
import {
  any,
  type Call,
  define,
  defineVariadic,
  type FunctionDefinition,
  string,
  time,
} from '../function.ts'
import { formatDuration, parseDuration } from '../time/duration.ts'
import { formatTime, namedLayouts, parseTime, rfc3339 } from '../time/layout.ts'
import { Time, zeroTime } from '../time/time.ts'
import { findZone, utc, type Zone } from '../time/zone.ts'
import { Integer, type Value } from '../values.ts'

const htmlDate = '2006-01-02'

const dateInZone = define([string, any, string], ([layout, value, zone], call) =>
  formatIn(layout, value, zone, call),
)
const modify = define([string, time], ([text, value]) => addText(text, value) ?? value)
const mustModify = define(
  [string, time],
  ([text, value]) => addText(text, value) ?? refuseDuration(text),
)

/** Sprig's functions on dates, and step's. */
export const dates: ReadonlyMap<string, FunctionDefinition> = new Map<string, FunctionDefinition>([
  [
    'ago',
    define([any], ([value], call) =>
      formatDuration(roundToSecond(sinceOf(momentOf(value, call), call))),
    ),
  ],
  [
    'date',
    define([string, any], ([layout, value], call) => formatIn(layout, value, 'Local', call)),
  ],
  ['dateInZone', dateInZone],
  ['dateModify', modify],
  ['date_in_zone', dateInZone],
  ['date_modify', modify],
  [
    'duration',
    define([any], ([value]) => formatDuration(BigInt.asIntN(64, secondsOf(value) * second))),
  ],
  ['durationRound', define([any], ([value], call) => roundDuration(durationOf(value, call)))],
  ['formatTime', define([any], ([value], call) => formatTime(toTime(value, call), rfc3339))],
  ['htmlDate', define([any], ([value], call) => formatIn(htmlDate, value, 'Local', call))],
  [
    'htmlDateInZone',
    define([any, string], ([value, zone], call) => formatIn(htmlDate, value, zone, call)),
  ],
  ['mustDateModify', mustModify],
  ['must_date_modify', mustModify],
  ['mustParseTime', defineVariadic([], string, (_, values, call) => parseMoment(values, call))],
  [
    'mustToDate',
    define([string, string], ([layout, text], call) => parseTime(layout, text, localZone(call))),
  ],
  ['now', define([], (_, call) => Time.of(call.now(), localZone(call)))],
  [
    'parseTime',
    defineVariadic([], string, (_, values, call) => orZero(() => parseMoment(values, call))),
  ],
  [
    'toDate',
    define([string, string], ([layout, text], call) =>
      orZero(() => parseTime(layout, text, localZone(call))),
    ),
  ],
  [
    'toTime',
    defineVariadic([], any, (_, [value, ...others], call) =>
      oneAtMost(others, () => toTime(value, call)),
    ),
  ],
  ['toTimeLayout', define([string], ([name]) => layoutNamed(name))],
  ['unixEpoch', define([time], ([value]) => String(value.unixSeconds))],
])

const second = 1_000_000_000n

function oneAtMost(others: readonly Value[], make: () => Value): Value {
  if (others.length > 0)
    throw new Refusal(`wrong number of args for toTime: want 1 got ${others.length + 1}`)
  return make()
}

function localZone(call: Call): Zone {
  return zoneNamed('Local', call) ?? utc
}

/** Loading the rules of a zone takes about as long as this many steps. */
const zoneSteps = 2_000

function zoneNamed(name: string, call: Call): Zone | undefined {
  const zone = findZone(name, call.timeZone)
  if (zone !== utc) call.budget.spend(zoneSteps)
  return zone
}

/** A time, or Unix seconds of type int or int64; anything else is now. */
function momentOf(value: Value, call: Call): Time {
  if (value instanceof Time) return value
  if (typeof value === 'bigint') return unixTime(value, call)
  if (value instanceof Integer && value.type === 'int64') return unixTime(value.value, call)
  return Time.of(call.now(), localZone(call))
}

/** As {@link momentOf}, and Unix seconds as float64, which is what JSON has. Always UTC. */
function toTime(value: Value, call: Call): Time {
  const moment =
    typeof value === 'number' && Number.isFinite(value)
      ? unixTime(BigInt(Math.trunc(value)), call)
      : momentOf(value, call)
  return moment.in(utc)
}

/** Beyond what Date can hold there is no calendar here. */
const farthest = 8_640_000_000_000n

function unixTime(seconds: bigint, call: Call): Time {
  if (seconds > farthest || seconds < -farthest) throw new Refusal(`time out of range: ${seconds}`)
  return new Time(Number(seconds), 0, localZone(call))
}

function formatIn(layout: string, value: Value, zoneName: string, call: Call): string {
  const zone = zoneNamed(zoneName, call) ?? utc
  return formatTime(momentOf(value, call).in(zone), layout)
}

function addText(text: string, value: Time): Time | undefined {
  const nanoseconds = parseDuration(text)
  return nanoseconds === undefined ? undefined : value.add(nanoseconds)
}

function refuseDuration(text: string): never {
  throw new Refusal(`time: invalid duration "${text}"`)
}

function sinceOf(moment: Time, call: Call): bigint {
  return Time.of(call.now()).unixNanoseconds - moment.unixNanoseconds
}

function roundToSecond(nanoseconds: bigint): bigint {
  const half = nanoseconds < 0n ? -second / 2n : second / 2n
  return ((nanoseconds + half) / second) * second
}

function secondsOf(value: Value): bigint {
  if (typeof value === 'string')
    return /^[+-]?\d{1,18}$/.test(value) ? BigInt(value.replace('+', '')) : 0n
  return value instanceof Integer && value.type === 'int64' ? value.value : 0n
}

function durationOf(value: Value, call: Call): bigint {
  if (typeof value === 'string') return parseDuration(value) ?? 0n
  if (value instanceof Time) return sinceOf(value, call)
  return value instanceof Integer && value.type === 'int64' ? value.value : 0n
}

const roundUnits: readonly (readonly [string, bigint])[] = [
  ['y', 365n * 86_400n * second],
  ['mo', 30n * 86_400n * second],
  ['d', 86_400n * second],
  ['h', 3_600n * second],
  ['m', 60n * second],
  ['s', second],
]

/** The largest unit of which there is more than one. */
function roundDuration(nanoseconds: bigint): string {
  const size = nanoseconds < 0n ? -nanoseconds : nanoseconds
  const unit = roundUnits.find(([, length]) => size > length)
  return unit === undefined ? '0s' : `${size / unit[1]}${unit[0]}`
}

function layoutNamed(name: string): string {
  return namedLayouts.get(name.replace(/^time\./, '').toUpperCase()) ?? name
}

function parseMoment(values: readonly string[], call: Call): Time {
  const [first = '', text = '', zoneName] = values
  if (values.length === 0) return Time.of(call.now())
  if (values.length === 1) return parseTime(rfc3339, first)
  if (values.length > 3) throw new Refusal('unsupported number of parameters')
  const zone = zoneName === undefined ? utc : zoneNamed(zoneName, call)
  if (zone === undefined) throw new Refusal(`unknown time zone ${zoneName}`)
  return parseTime(layoutNamed(first), text, zone)
}

/** Go's zero time where the text is none. */
function orZero(parse: () => Time): Time {
  try {
    return parse()
  } catch (error) {
    if (error instanceof Refusal) return zeroTime
    throw error
  }
}

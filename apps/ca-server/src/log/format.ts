import { encodeJsonText } from '../http/json.ts'
import type { LogFields, LogValue } from './access-log.ts'

interface LineOptions {
  readonly level: string
  /** When the line is written. */
  readonly at: Date
}

/** One JSON object, its members sorted; the start of the request is `fields.time`. */
export function formatJsonLine(fields: LogFields, { level, at }: LineOptions): string {
  const { time, ...others } = fields
  const members: LogFields = {
    ...others,
    'fields.time': time ?? '',
    level,
    msg: '',
    time: formatTime(at),
  }
  return encodeJsonText(sortMembers(members))
}

/** `time` and `level`, then the fields sorted, quoted where a reader needs it. */
export function formatTextLine(fields: LogFields, { level, at }: LineOptions): string {
  const { time, ...others } = fields
  const sorted = Object.entries(sortMembers({ ...others, 'fields.time': time ?? '' }))
  const pairs = sorted.map(([name, value]) => `${name}=${formatText(value)}`)
  return [`time=${quote(formatTime(at))}`, `level=${level}`, ...pairs].join(' ')
}

/** `request-id remote-address name user-id time duration "method path protocol" status size`. */
export function formatCommonLine(fields: LogFields): string {
  const field = (name: string): string =>
    String(fields[name] ?? '').replaceAll(/[\s"]/g, '_') || '-'
  const request = `"${field('method')} ${field('path')} ${field('protocol')}"`
  const before = ['request-id', 'remote-address', 'name', 'user-id', 'time', 'duration'].map(field)
  return [...before, request, field('status'), field('size')].join(' ')
}

/** RFC 3339 in UTC, whole seconds. */
export function formatTime(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`
}

function formatText(value: LogValue): string {
  const text = typeof value === 'object' ? formatMap(value) : String(value)
  return /^[\w.\-/@^+]*$/.test(text) ? text : quote(text)
}

/** As Go prints a map of lists: `map[dns:[a b] ip:[c]]`. */
function formatMap(map: Readonly<Record<string, readonly string[]>>): string {
  const entries = Object.entries(map).map(([name, values]) => `${name}:[${values.join(' ')}]`)
  return `map[${entries.join(' ')}]`
}

/** As Go's `%q`: what cannot be seen is escaped. */
function quote(text: string): string {
  const escaped = text.replaceAll(/["\\]/g, '\\$&').replaceAll(invisible, escapeInvisible)
  return `"${escaped}"`
}

function escapeInvisible(character: string): string {
  const short = shortEscapes.get(character)
  if (short !== undefined) return short
  const code = character.charCodeAt(0)
  return code < 0x80
    ? `\\x${code.toString(16).padStart(2, '0')}`
    : `\\u${code.toString(16).padStart(4, '0')}`
}

function sortMembers(members: LogFields): LogFields {
  return Object.fromEntries(Object.entries(members).sort(([a], [b]) => (a < b ? -1 : 1)))
}

const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u00a0]/gu
const shortEscapes: ReadonlyMap<string, string> = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
])

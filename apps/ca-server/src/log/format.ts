import { encodeJsonText } from '../http/json.ts'
import { type LineFields, orderFields } from './line-fields.ts'
import { escapeAsGo, escapeUnits, replaceUnseen } from './visible.ts'

/** One JSON object, its members sorted. */
export function formatJsonLine(fields: LineFields): string {
  return replaceUnseen(encodeJsonText(orderFields(fields)), escapeUnits)
}

/** `time` and `level`, then the fields sorted, quoted where a reader needs it. */
export function formatTextLine(fields: LineFields): string {
  const ordered = orderFields(fields)
  let line = `time="${ordered.time}" level=${ordered.level}`
  for (const [name, value] of Object.entries(ordered)) {
    if (value === undefined || apart.has(name)) continue
    line += ` ${name}=${name === 'certificate' ? quoteBase64(`${value}`) : formatText(value)}`
  }
  return line
}

/** `request-id remote-address name user-id time duration "method path protocol" status size`. */
export function formatCommonLine(fields: LineFields): string {
  const field = (name: keyof LineFields): string =>
    replaceUnseen(String(fields[name]), () => '_').replaceAll(/[\s"]/g, '_') || '-'
  const request = `"${field('method')} ${field('path')} ${field('protocol')}"`
  const before = (
    ['request-id', 'remote-address', 'name', 'user-id', 'fields.time', 'duration'] as const
  ).map(field)
  return [...before, request, field('status'), field('size')].join(' ')
}

/** RFC 3339 in UTC, whole seconds. */
export function formatTime(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`
}

function formatText(value: unknown): string {
  const text = typeof value === 'object' && value !== null ? formatMap(value) : String(value)
  return /^[\w.\-/@^+]*$/.test(text) ? text : quote(text)
}

/** As Go prints a map of lists: `map[dns:[a b] ip:[c]]`. */
function formatMap(map: object): string {
  const entries = Object.entries(map).map(([name, values]) => `${name}:[${values.join(' ')}]`)
  return `map[${entries.join(' ')}]`
}

/** Only the padding asks for quotes, and looking at each of a thousand characters takes its time. */
function quoteBase64(text: string): string {
  return text.endsWith('=') ? `"${text}"` : text
}

/** As Go's `%q`: what cannot be seen is escaped. */
function quote(text: string): string {
  return `"${replaceUnseen(text.replaceAll(/["\\]/g, '\\$&'), escapeAsGo)}"`
}

/** What does not stand among the sorted fields of a text line. */
const apart: ReadonlySet<string> = new Set(['time', 'level', 'msg'])

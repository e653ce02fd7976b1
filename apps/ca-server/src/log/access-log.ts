import { formatNanoseconds } from './duration.ts'
import { formatCommonLine, formatJsonLine, formatTextLine, formatTime } from './format.ts'
import { redactTarget, redactTokens } from './redact.ts'

/** A field's value; the arrays are those of `sans`. */
export type LogValue = string | number | boolean | Readonly<Record<string, readonly string[]>>

/** Fields of one line, without tokens, keys or passwords. */
export type LogFields = Readonly<Record<string, LogValue>>

/** What is known of every request. */
export interface AccessEntry {
  readonly requestId: string
  /** Without the port. */
  readonly remoteAddress: string
  readonly startedAt: Date
  readonly durationNanoseconds: number
  readonly method: string
  /** The request's target, query included. */
  readonly target: string
  /** As `HTTP/1.1`. */
  readonly protocol: string
  readonly status: number
  /** Octets of the body. */
  readonly size: number
  readonly referer: string
  readonly userAgent: string
  readonly fields?: LogFields | undefined
}

export type AccessLogFormat = 'text' | 'json' | 'common'

/** Writes one line a request. */
export type AccessLog = (entry: AccessEntry) => void

/** Returns the access log in one of step's formats, every text in it without tokens. */
export function createAccessLog(options: {
  readonly format: AccessLogFormat
  /** Leaves out successful requests of `/health`. */
  readonly withoutHealth: boolean
  readonly write: (line: string) => void
  readonly now: () => Date
}): AccessLog {
  const format = formats[options.format]
  return (entry) => {
    if (options.withoutHealth && isHealth(entry)) return
    const level = entry.status < 400 ? 'info' : entry.status < 500 ? 'warning' : 'error'
    options.write(`${format(toFields(entry), { level, at: options.now() })}\n`)
  }
}

function isHealth({ target, status }: AccessEntry): boolean {
  return status < 400 && /^(\/1\.0)?\/health(\?|$)/.test(target)
}

function toFields(entry: AccessEntry): LogFields {
  return {
    ...(entry.fields === undefined ? {} : redactFields(entry.fields)),
    'request-id': redactTokens(entry.requestId),
    'remote-address': entry.remoteAddress,
    name: 'ca',
    'user-id': '',
    time: formatTime(entry.startedAt),
    duration: formatNanoseconds(entry.durationNanoseconds),
    'duration-ns': Math.round(entry.durationNanoseconds),
    method: entry.method,
    path: redactTarget(entry.target),
    protocol: entry.protocol,
    status: entry.status,
    size: entry.size,
    referer: redactTarget(entry.referer),
    'user-agent': redactTokens(entry.userAgent),
  }
}

function redactFields(fields: LogFields): LogFields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      typeof value === 'string' ? redactTokens(value) : value,
    ]),
  )
}

const formats = { text: formatTextLine, json: formatJsonLine, common: formatCommonLine }

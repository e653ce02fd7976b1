import { formatNanoseconds } from './duration.ts'
import { formatCommonLine, formatJsonLine, formatTextLine, formatTime } from './format.ts'
import type { LineFields, LogFields } from './line-fields.ts'
import { redactTarget, redactTokens } from './redact.ts'

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
    options.write(`${format(toFields(entry, options.now()))}\n`)
  }
}

function isHealth({ target, status }: AccessEntry): boolean {
  return status < 400 && /^(\/1\.0)?\/health(\/live|\/ready)?(\?|$)/.test(target)
}

function toFields(entry: AccessEntry, now: Date): LineFields {
  return {
    ...redactFields(entry.fields),
    duration: formatNanoseconds(entry.durationNanoseconds),
    'duration-ns': Math.round(entry.durationNanoseconds),
    'fields.time': formatTime(entry.startedAt),
    level: entry.status < 400 ? 'info' : entry.status < 500 ? 'warning' : 'error',
    method: entry.method,
    msg: '',
    name: 'ca',
    path: redactTarget(entry.target),
    protocol: entry.protocol,
    referer: redactTarget(entry.referer),
    'remote-address': entry.remoteAddress,
    'request-id': redactTokens(entry.requestId),
    size: entry.size,
    status: entry.status,
    time: formatTime(now),
    'user-agent': redactTokens(entry.userAgent),
    'user-id': '',
  }
}

/** Cuts tokens out of what clients and errors word. Base64 of a certificate may look like one by chance, and stays. */
function redactFields(fields: LogFields = {}): LogFields {
  const { error, reason, subject } = fields
  return {
    ...fields,
    ...(error === undefined ? {} : { error: redactTokens(error) }),
    ...(reason === undefined ? {} : { reason: redactTokens(reason) }),
    ...(subject === undefined ? {} : { subject: redactTokens(subject) }),
  }
}

const formats = { text: formatTextLine, json: formatJsonLine, common: formatCommonLine }

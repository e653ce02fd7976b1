import type { LogFields } from '../log/line-fields.ts'
import { encodeJson } from './json.ts'

/** What a route answers. */
export interface Answer {
  readonly status: number
  readonly contentType: string
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
  /** What the access log says beyond the request's own lines. */
  readonly logFields?: LogFields
}

/** An answer whose body is JSON. */
export function answerJson(status: number, value: unknown, logFields?: LogFields): Answer {
  return {
    status,
    contentType: 'application/json',
    body: encodeJson(value),
    ...(logFields === undefined ? {} : { logFields }),
  }
}

import type { IncomingHttpHeaders } from 'node:http'

/**
 * Returns the identity of a request: its `X-Request-Id`, else its trace header, else a fresh UUIDv4.
 * Only 1 to 128 visible ASCII characters are echoed; anything else counts as absent.
 */
export function chooseRequestId(
  headers: IncomingHttpHeaders,
  traceHeader: string,
  random: (length: number) => Uint8Array,
): string {
  return (
    findEchoable(headers['x-request-id']) ??
    findEchoable(headers[traceHeader.toLowerCase()]) ??
    drawUuid(random)
  )
}

function findEchoable(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' && /^[\x21-\x7e]{1,128}$/.test(header) ? header : undefined
}

/** RFC 9562 §5.4. */
function drawUuid(random: (length: number) => Uint8Array): string {
  const octets = Buffer.from(random(16))
  octets[6] = ((octets[6] ?? 0) & 0x0f) | 0x40
  octets[8] = ((octets[8] ?? 0) & 0x3f) | 0x80
  const hex = octets.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

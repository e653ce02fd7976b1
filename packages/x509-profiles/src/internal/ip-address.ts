import { isIPv4, isIPv6 } from 'node:net'

/** The 4 or 16 octets of an address in text, `undefined` when it is none; zones are no part of it. */
export function parseIpAddress(text: string): Uint8Array | undefined {
  if (isIPv4(text)) return Uint8Array.from(text.split('.').map(Number))
  if (!isIPv6(text) || text.includes('%')) return undefined
  const [head = '', tail] = expandDottedTail(text).split('::')
  const left = parseGroups(head)
  const right = tail === undefined ? [] : parseGroups(tail)
  const zeros = new Array<number>(8 - left.length - right.length).fill(0)
  const groups = [...left, ...zeros, ...right]
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]))
}

/** The one text of an address: dotted IPv4, or IPv6 as RFC 5952 §4 and §5 write it. */
export function formatIpAddress(octets: Uint8Array): string | undefined {
  if (octets.length === 4) return octets.join('.')
  if (octets.length !== 16) return undefined
  const groups = Array.from({ length: 8 }, (_, index) => {
    return (octets[2 * index] ?? 0) * 256 + (octets[2 * index + 1] ?? 0)
  })
  if (isMappedIpv4(octets)) return `::ffff:${octets.subarray(12).join('.')}`
  const run = longestZeroRun(groups)
  const hex = groups.map((group) => group.toString(16))
  if (run.length < 2) return hex.join(':')
  return `${hex.slice(0, run.start).join(':')}::${hex.slice(run.start + run.length).join(':')}`
}

/** Whether the octets are an IPv4 address inside ::ffff:0:0/96 (RFC 4291 §2.5.5.2). */
export function isMappedIpv4(octets: Uint8Array): boolean {
  return (
    octets.length === 16 &&
    octets.subarray(0, 12).every((octet, index) => {
      return octet === (index < 10 ? 0 : 0xff)
    })
  )
}

function expandDottedTail(text: string): string {
  const dotted = text.slice(text.lastIndexOf(':') + 1)
  if (!dotted.includes('.')) return text
  const [a = 0, b = 0, c = 0, d = 0] = dotted.split('.').map(Number)
  const groups = `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
  return text.slice(0, -dotted.length) + groups
}

function parseGroups(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16))
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 }
  let start = 0
  for (const [index, group] of groups.entries()) {
    if (group !== 0) start = index + 1
    else if (index + 1 - start > best.length) best = { start, length: index + 1 - start }
  }
  return best
}

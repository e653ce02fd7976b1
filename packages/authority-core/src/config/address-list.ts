import { BlockList, isIPv4, isIPv6 } from 'node:net'
import { z } from 'zod'

/** A list of IP addresses and ranges (`10.1.0.0/16`), each in one spelling only. */
export const addressListSchema: z.ZodType<readonly string[]> = z.array(
  z.string().superRefine((text, context) => {
    const message = findProblem(text)
    if (message !== undefined) context.addIssue({ code: 'custom', message })
  }),
)

/** A range whose address has bits beyond its length may be a slip of either: nobody is trusted by a guess. */
function findProblem(text: string): string | undefined {
  const quoted = JSON.stringify(text)
  const [, address = '', length] = /^([^/]*)(?:\/(0|[1-9]\d{0,2}))?$/.exec(text) ?? []
  const bits = isIPv4(address) ? 32 : isIPv6(address) && !address.includes('%') ? 128 : undefined
  if (bits === undefined || Number(length ?? 0) > bits) {
    return `${quoted} is neither an IP address nor a range such as "10.1.0.0/16"`
  }
  if (bits === 128 && mapped.check(address, 'ipv6')) {
    return `${quoted} is an IPv4 address in the form of IPv6: write it as IPv4`
  }
  if (length !== undefined && hasBitsBeyond(address, { bits, length: Number(length) })) {
    return `${quoted} is no range: its address has bits beyond the first ${length}`
  }
  return undefined
}

const mapped = new BlockList()
mapped.addSubnet('::ffff:0:0', 96, 'ipv6')

function hasBitsBeyond(
  address: string,
  { bits, length }: { readonly bits: 32 | 128; readonly length: number },
): boolean {
  return (toInteger(address, bits) & ((1n << BigInt(bits - length)) - 1n)) !== 0n
}

function toInteger(address: string, bits: 32 | 128): bigint {
  if (bits === 32) return joinParts(address.split('.').map(BigInt), 8n)
  return joinParts(expand(address), 16n)
}

/** The eight groups of an IPv6 address (RFC 4291 §2.2), of which the last two may be written as IPv4. */
function expand(address: string): readonly bigint[] {
  const [head = '', tail] = address.split('::')
  const [before, after] = [head, tail ?? ''].map((part) =>
    part === '' ? [] : part.split(':').flatMap(groupsOf),
  )
  const known = [...(before ?? []), ...(after ?? [])]
  const zeros = Array.from({ length: 8 - known.length }, () => 0n)
  return [...(before ?? []), ...zeros, ...(after ?? [])]
}

function groupsOf(text: string): readonly bigint[] {
  if (!text.includes('.')) return [BigInt(`0x${text}`)]
  const address = toInteger(text, 32)
  return [address >> 16n, address & 0xffffn]
}

function joinParts(parts: readonly bigint[], width: bigint): bigint {
  return parts.reduce((joined, part) => (joined << width) | part, 0n)
}

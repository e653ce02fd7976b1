import { toHex } from '../internal/der.ts'
import { formatIpAddress as formatCanonical, isMappedIpv4 } from '../internal/ip-address.ts'

/** A range of addresses as a name constraint has it: 8 or 32 octets, the second half a mask. */
export interface IpRange {
  /** `10.0.0.0/8`, or with the mask in full when its ones are not all in front. */
  readonly cidr: string
  readonly begin: string
  readonly end: string
  readonly mask: string
}

/** An address as step writes it: an IPv4 address inside IPv6 as the IPv4 address. */
export function formatIpAddress(octets: Uint8Array): string {
  const shown = isMappedIpv4(octets) ? octets.subarray(12) : octets
  return formatCanonical(shown) ?? `0x${toHex(octets)}`
}

/** Takes the octets of an iPAddress name constraint apart (RFC 5280 §4.2.1.10). */
export function formatIpRange(octets: Uint8Array): IpRange {
  const size = octets.length / 2
  if (size !== 4 && size !== 16) {
    const text = `0x${toHex(octets)}`
    return { cidr: text, begin: text, end: text, mask: text }
  }
  const base = octets.subarray(0, size)
  const mask = octets.subarray(size)
  const begin = base.map((octet, index) => octet & (mask[index] ?? 0))
  const end = begin.map((octet, index) => octet | (~(mask[index] ?? 0) & 0xff))
  const maskText = formatIpAddress(mask)
  return {
    cidr: `${formatIpAddress(base)}/${prefixLength(mask) ?? maskText}`,
    begin: formatIpAddress(begin),
    end: formatIpAddress(end),
    mask: maskText,
  }
}

function prefixLength(mask: Uint8Array): number | undefined {
  const bits = Array.from(mask, (octet) => octet.toString(2).padStart(8, '0')).join('')
  return /^1*0*$/.test(bits) ? bits.replaceAll('0', '').length : undefined
}

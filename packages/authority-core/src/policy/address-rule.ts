import { BlockList, isIP, isIPv6 } from 'node:net'
import { guessGeneralName } from '@mayfly/x509-profiles'
import { type NameKind, RuleError } from './name-kind.ts'

/** An address: IPv4 also where it was written as IPv6 (RFC 4291 §2.5.5.2). */
export interface Address {
  readonly family: 'ipv4' | 'ipv6'
  readonly text: string
}

/** The addresses of one range. */
export interface AddressRange {
  readonly family: Address['family']
  readonly range: BlockList
}

/** IP addresses; a rule is an address or a range such as `10.0.0.0/8`. */
export const addressKind: NameKind<Address, AddressRange> = {
  parseName: parseAddress,
  parseRule: parseRange,
  denies: isInRange,
  allows: isInRange,
}

/** Returns an address in its one spelling, `undefined` when the text is none. */
function parseAddress(text: string): Address | undefined {
  if (isIP(text) === 0 || text.includes('%')) return undefined
  const { value } = guessGeneralName(text)
  return { family: isIPv6(value) ? 'ipv6' : 'ipv4', text: value }
}

function parseRange(text: string): AddressRange {
  const [start = '', digits, ...rest] = text.trim().split('/')
  const address = parseAddress(start)
  if (
    address === undefined ||
    rest.length > 0 ||
    (digits !== undefined && !/^\d{1,3}$/.test(digits))
  )
    throw noRange(text)
  const bits = isIPv6(start) ? 128 : 32
  const length = digits === undefined ? bits : Number(digits)
  if (length > bits) throw noRange(text)
  const isMapped = bits === 128 && address.family === 'ipv4'
  const range = new BlockList()
  if (isMapped && length >= 96) {
    range.addSubnet(address.text, length - 96, 'ipv4')
    return { family: 'ipv4', range }
  }
  range.addSubnet(start, length, bits === 128 ? 'ipv6' : 'ipv4')
  return { family: bits === 128 ? 'ipv6' : 'ipv4', range }
}

function isInRange({ family, range }: AddressRange, address: Address): boolean {
  return family === address.family && range.check(address.text, address.family)
}

function noRange(text: string): RuleError {
  const quoted = JSON.stringify(text)
  return new RuleError(`${quoted} is neither an IP address nor a range such as "10.0.0.0/8"`)
}

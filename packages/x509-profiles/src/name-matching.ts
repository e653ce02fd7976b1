import { parseDnsName, parseDnsPattern } from './host-name.ts'
import type { AnyGeneralName } from './internal/any-general-name.ts'
import { isMappedIpv4 } from './internal/ip-address.ts'
import type { DistinguishedName, NameAttribute } from './name.ts'

/** A name or a subtree of names whose form is wrong, so that nothing can be said about it. */
export class UnfitNameError extends Error {
  override readonly name: string = 'UnfitNameError'
}

/**
 * Whether a subtree of a name constraint holds a name of the same kind (RFC 5280 §4.2.1.10). A wildcard
 * DNS name is in an excluded subtree when one of the names it stands for is, in a permitted one when all
 * of them are. An IPv4 address that is written as IPv6 is in an excluded subtree when either form is.
 *
 * @throws {UnfitNameError} when one of both is malformed, or of a kind that is not compared.
 */
export function isInSubtree(
  name: AnyGeneralName,
  subtree: AnyGeneralName,
  list: 'permitted' | 'excluded',
): boolean {
  if (name.kind === 'dns' && subtree.kind === 'dns') return isDnsIn(name.text, subtree.text, list)
  if (name.kind === 'email' && subtree.kind === 'email') return isEmailIn(name.text, subtree.text)
  if (name.kind === 'uri' && subtree.kind === 'uri') return isUriIn(name.text, subtree.text)
  if (name.kind === 'ip' && subtree.kind === 'ip') return isIpIn(name.octets, subtree.octets, list)
  if (name.kind === 'directory' && subtree.kind === 'directory') {
    return isDirectoryNameIn(name.name, subtree.name)
  }
  throw new UnfitNameError(`names of kind ${name.kind} cannot be compared`)
}

function isDnsIn(text: string, subtree: string, list: 'permitted' | 'excluded'): boolean {
  const name = parseDnsPattern(text)
  if (name === undefined) throw unfit('DNS name', text)
  if (subtree === '') return true
  const domain = parseDnsName(subtree)
  if (domain === undefined || subtree.endsWith('.')) throw unfit('DNS name constraint', subtree)
  if (name === domain || name.endsWith(`.${domain}`)) return true
  // *.example.com stands for bar.example.com, too.
  return list === 'excluded' && name.startsWith('*.') && domain.replace(/^[^.]+/, '*') === name
}

function isEmailIn(text: string, subtree: string): boolean {
  const mailbox = parseMailbox(text)
  if (mailbox === undefined) throw unfit('e-mail address', text)
  if (!subtree.includes('@')) return isHostIn(mailbox.host, subtree)
  const wanted = parseMailbox(subtree)
  if (wanted === undefined) throw unfit('e-mail constraint', subtree)
  return mailbox.local === wanted.local && mailbox.host === wanted.host
}

function parseMailbox(text: string): { local: string; host: string } | undefined {
  const [local = '', domain = '', ...rest] = text.split('@')
  const host = parseDnsName(domain)
  return local === '' || host === undefined || rest.length > 0 ? undefined : { local, host }
}

function isUriIn(text: string, subtree: string): boolean {
  // A backslash is refused: to a browser it ends the host, to RFC 3986 it is nothing.
  const authority = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/([^/?#\\]*)(?:[/?#]|$)/.exec(text)?.[1] ?? ''
  const host = parseDnsName(authority.replace(/^.*@/, '').replace(/:\d*$/, ''))
  if (host === undefined) throw unfit('URI with the DNS name of a host', text)
  return isHostIn(host, subtree)
}

/** A host alone means this host; with a leading dot, every host below it. */
function isHostIn(host: string, subtree: string): boolean {
  if (subtree === '') return true
  const isBelow = subtree.startsWith('.')
  const domain = parseDnsName(isBelow ? subtree.slice(1) : subtree)
  if (domain === undefined) throw unfit('host constraint', subtree)
  return isBelow ? host.endsWith(`.${domain}`) : host === domain
}

function isIpIn(address: Uint8Array, subtree: Uint8Array, list: 'permitted' | 'excluded'): boolean {
  const size = subtree.length / 2
  const mask = subtree.subarray(size)
  const bits = Array.from(mask, (octet) => octet.toString(2).padStart(8, '0')).join('')
  if ((size !== 4 && size !== 16) || !/^1*0*$/.test(bits)) {
    throw unfit('IP address range', Buffer.from(subtree).toString('hex'))
  }
  if (address.length !== 4 && address.length !== 16) {
    throw unfit('IP address', Buffer.from(address).toString('hex'))
  }
  if (isInRange(address, subtree)) return true
  // Many who compare addresses hold both forms for one, Go among them.
  return list === 'excluded' && isInRange(toIpv4(address), toIpv4Range(subtree))
}

function isInRange(address: Uint8Array, range: Uint8Array): boolean {
  const { length } = address
  if (range.length !== 2 * length) return false
  return address.every((octet, index) => {
    return ((octet ^ (range[index] ?? 0)) & (range[length + index] ?? 0)) === 0
  })
}

/** The IPv4 address that an IPv6 one is (RFC 4291 §2.5.5.2); any other as it is. */
function toIpv4(address: Uint8Array): Uint8Array {
  return isMappedIpv4(address) ? address.subarray(12) : address
}

function toIpv4Range(range: Uint8Array): Uint8Array {
  const [address, mask] = [range.subarray(0, 16), range.subarray(16)]
  const isMapped = isMappedIpv4(address) && mask.subarray(0, 12).every((octet) => octet === 0xff)
  return isMapped ? Buffer.concat([address.subarray(12), mask.subarray(12)]) : range
}

function isDirectoryNameIn(name: DistinguishedName, subtree: DistinguishedName): boolean {
  if (subtree.relativeNames.length > name.relativeNames.length) return false
  return subtree.relativeNames.every((relativeName, index) => {
    return fold(relativeName) === fold(name.relativeNames[index] ?? [])
  })
}

/** Text by which relative names are equal: case and runs of blanks do not count (RFC 5280 §7.1). */
function fold(relativeName: readonly NameAttribute[]): string {
  const known = foldedNames.get(relativeName)
  if (known !== undefined) return known
  const attributes = relativeName.map(({ type, value }) => {
    return [type, value.normalize('NFKC').toLowerCase().trim().replace(/\s+/g, ' ')]
  })
  const folded = JSON.stringify(attributes.sort())
  foldedNames.set(relativeName, folded)
  return folded
}

function unfit(what: string, text: string): UnfitNameError {
  return new UnfitNameError(`${JSON.stringify(text)} is not a valid ${what}`)
}

/** A long name is compared with many subtrees: it is folded once. */
const foldedNames = new WeakMap<readonly NameAttribute[], string>()

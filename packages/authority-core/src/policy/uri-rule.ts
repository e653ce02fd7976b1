import { isIP } from 'node:net'
import { type DomainRule, isInDomain, parseDomainRule } from './domain-rule.ts'
import { canonicalHost, findAddressOfHost } from './host.ts'
import { type NameKind, RuleError } from './name-kind.ts'

/** URIs, judged by their host alone; one without a host, or with an address for it, cannot be judged. */
export const uriKind: NameKind<string, DomainRule> = {
  parseName: findHost,
  parseRule: (text) => {
    const quoted = JSON.stringify(text)
    if (text.includes('://')) throw new RuleError(`${quoted} has a scheme, write the host alone`)
    const bare = text.trim().replace(/^\[(.*)\]$/, '$1')
    if (isIP(bare) !== 0) throw new RuleError(`${quoted} is an address, only names of hosts count`)
    if (/:\d*$/.test(bare)) throw new RuleError(`${quoted} has a port, write the host alone`)
    const rule = parseDomainRule(text)
    if (findAddressOfHost(rule.host) !== undefined) {
      throw new RuleError(`${quoted} is an address, only names of hosts count`)
    }
    return rule
  },
  denies: isInDomain,
  allows: isInDomain,
}

/**
 * The host of a URI in its one spelling. A backslash is refused: to a browser it ends the host, to RFC 3986 it is
 * nothing.
 */
function findHost(uri: string): string | undefined {
  const authority = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/([^/?#\\]*)(?:[/?#]|$)/.exec(uri)?.[1]
  if (authority === undefined) return undefined
  const host = canonicalHost(decode(authority.replace(/^.*@/, '').replace(/:\d*$/, '')))
  return host === undefined || findAddressOfHost(host) !== undefined ? undefined : host
}

/** Undoes escapes, which RFC 3986 §3.2.2 allows in a host. What is still escaped afterwards is no host. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}

import { canonicalHost, parentOf } from './host.ts'
import { type NameKind, RuleError } from './name-kind.ts'

/** A DNS name of a certificate; a wildcard one stands for each name with one label more than its host. */
export interface DomainName {
  readonly host: string
  readonly isWildcard: boolean
}

/** `host` itself, or with a wildcard every name with exactly one label more. */
export type DomainRule = DomainName

/** Reads `example.org` or `*.example.org`. */
export function parseDomainRule(text: string): DomainRule {
  const rule = text.trim()
  const quoted = JSON.stringify(text)
  if (rule === '') throw new RuleError('is empty, write a name such as "*.example.org"')
  if (rule.startsWith('.')) {
    throw new RuleError(`${quoted} starts with a dot, write "*${rule}" for one label more`)
  }
  const isWildcard = rule.startsWith('*.')
  const rest = isWildcard ? rule.slice(2) : rule
  if (rest.includes('*')) {
    throw new RuleError(
      `${quoted} has a * that is not its whole first label, as in "*.example.org"`,
    )
  }
  if (rest.includes('..')) throw new RuleError(`${quoted} has an empty label`)
  if (rest.endsWith('.')) throw new RuleError(`${quoted} ends with a dot, leave it out`)
  const host = canonicalHost(rest)
  if (host === undefined) throw new RuleError(`${quoted} is not the name of a host`)
  return { host, isWildcard }
}

/** Whether a rule means a single host. */
export function isInDomain(rule: DomainRule, host: string): boolean {
  return rule.host === (rule.isWildcard ? parentOf(host) : host)
}

/** DNS names. A wildcard in a certificate is allowed only where `allowWildcardNames` says so. */
export function createDnsKind(options: {
  readonly allowWildcardNames: boolean
}): NameKind<DomainName, DomainRule> {
  return {
    parseName: (text) => {
      const isWildcard = text.startsWith('*.')
      const host = canonicalHost(isWildcard ? text.slice(2) : text)
      return host === undefined ? undefined : { host, isWildcard }
    },
    parseRule: parseDomainRule,
    denies: (rule, { host, isWildcard }) => {
      if (!isWildcard) return isInDomain(rule, host)
      return host === (rule.isWildcard ? rule.host : parentOf(rule.host))
    },
    allows: (rule, { host, isWildcard }) => {
      if (!isWildcard) return isInDomain(rule, host)
      return options.allowWildcardNames && rule.isWildcard && rule.host === host
    },
  }
}

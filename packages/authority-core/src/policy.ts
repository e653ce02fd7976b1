import type { GeneralName } from '@mayfly/x509-profiles'
import type { NameRules, PolicyConfiguration } from './config/policy.ts'
import { AuthorityError } from './errors.ts'
import { addressKind } from './policy/address-rule.ts'
import { commonNameKind, guessKind } from './policy/common-name-rule.ts'
import { createDnsKind } from './policy/domain-rule.ts'
import { emailKind } from './policy/email-rule.ts'
import { canonicalHost, findAddressOfHost } from './policy/host.ts'
import { createKindRules, type KindRules } from './policy/kind-rules.ts'
import { type NameKindName, nameKinds, RuleError } from './policy/name-kind.ts'
import { uriKind } from './policy/uri-rule.ts'

/** The names of a certificate that is about to be issued. */
export interface CertificateNames {
  /** Of the subject; an empty one is let through. */
  readonly commonNames: readonly string[]
  readonly subjectAltNames: readonly GeneralName[]
}

/** Rules about the names of certificates, ready to be asked. */
export interface NamePolicy {
  /** The first name that is refused, `undefined` when all are let through. */
  findRefusal(names: CertificateNames): NameRefusal | undefined
}

/** A name that a policy does not let through. */
interface NameRefusal {
  readonly kind: NameKindName
  readonly name: string
  /** JSON path of the rule, or of the list that lacks the name. */
  readonly rule: string
  readonly reason: string
}

/**
 * Makes a policy ready; `undefined` when it has no rule about names of X.509 certificates. `at` is the JSON path of the
 * policy, such as `authority.policy`.
 *
 * @throws {TypeError} for a rule that cannot hold.
 */
export function createNamePolicy(
  { x509 = {} }: PolicyConfiguration,
  at: string,
): NamePolicy | undefined {
  const { allow = {}, deny = {}, allowWildcardNames = false } = x509
  if (!holdsRules(allow) && !holdsRules(deny)) return undefined
  const path = `${at}.x509`
  const listsOf = (kind: NameKindName) => ({ allow: allow[kind] ?? [], deny: deny[kind] ?? [] })
  const rules = orTypeError(path, () => ({
    dns: createKindRules(createDnsKind({ allowWildcardNames }), listsOf('dns')),
    ip: createKindRules(addressKind, listsOf('ip')),
    email: createKindRules(emailKind, listsOf('email')),
    uri: createKindRules(uriKind, listsOf('uri')),
    cn: createKindRules(commonNameKind, listsOf('cn')),
  }))
  const judge = createJudge(rules, { path, isClosed: holdsRules(allow) })
  return {
    findRefusal: ({ commonNames, subjectAltNames }) => {
      for (const kind of alternativeKinds) {
        for (const { type, value } of subjectAltNames) {
          const refusal = type === kind ? judge.alternativeName(kind, value) : undefined
          if (refusal !== undefined) return refusal
        }
      }
      for (const name of commonNames) {
        const refusal = name === '' ? undefined : judge.commonName(name)
        if (refusal !== undefined) return refusal
      }
      return undefined
    },
  }
}

/**
 * Lets the names of a certificate pass when each policy lets all of them through: denials go before permissions, and
 * once anything is listed as allowed, a kind of name without any rule is refused.
 *
 * @throws {AuthorityError} `name_not_allowed`.
 */
export function assertNamesAllowed(
  policies: readonly (NamePolicy | undefined)[],
  names: CertificateNames,
): void {
  for (const policy of policies) {
    const refusal = policy?.findRefusal(names)
    if (refusal === undefined) continue
    const { kind, name, rule, reason } = refusal
    throw new AuthorityError(
      'name_not_allowed',
      `${kind} name ${JSON.stringify(name)} not allowed`,
      { rule, detail: reason },
    )
  }
}

const alternativeKinds = nameKinds.filter((kind) => kind !== 'cn')

type AlternativeKind = (typeof alternativeKinds)[number]

interface Judge {
  alternativeName(kind: AlternativeKind, name: string): NameRefusal | undefined
  commonName(name: string): NameRefusal | undefined
}

function createJudge(
  rules: Readonly<Record<NameKindName, KindRules>>,
  { path, isClosed }: { readonly path: string; readonly isClosed: boolean },
): Judge {
  const denied = (kind: NameKindName, index: number): Reason => ({
    rule: `${path}.deny.${kind}[${index}]`,
    reason: 'it is denied',
  })

  /** A host of numbers is an address to some who read it, so that no rule about addresses lets it by. */
  const findAddressDenial = (host: string): Reason | undefined => {
    const address = findAddressOfHost(canonicalHost(host) ?? '')
    const index = address === undefined ? undefined : rules.ip.findDenial(address)
    return index === undefined ? undefined : denied('ip', index)
  }

  const findDenial = (kind: AlternativeKind, name: string): Reason | undefined => {
    const verdict = rules[kind].judge(name)
    if (verdict.status === 'denied') return denied(kind, verdict.index)
    if (verdict.status === 'unfit') {
      const list = rules[kind].hasAllowed ? 'allow' : 'deny'
      return { rule: `${path}.${list}.${kind}`, reason: 'it has no form that rules could judge' }
    }
    return kind === 'dns' ? findAddressDenial(name) : undefined
  }

  const findAbsence = (kind: AlternativeKind, name: string): Reason | undefined => {
    const { status } = rules[kind].judge(name)
    if (status === 'unlisted' || (status === 'unfit' && rules[kind].hasAllowed)) {
      return { rule: `${path}.allow.${kind}`, reason: 'it is not among what is allowed' }
    }
    if (status === 'open' && isClosed && !rules[kind].hasDenied) {
      return { rule: `${path}.allow`, reason: `no name of kind ${kind} is allowed` }
    }
    return undefined
  }

  /** A common name is denied as what it looks like, too. */
  const findDenialAsKind = (text: string): Reason | undefined => {
    const { type, value } = guessKind(text)
    // A name of a person or a thing is no host's: no rule about DNS names means it.
    const isJudged = type !== 'dns' || !inNoHost.test(value.normalize('NFKC'))
    return isJudged ? findDenial(type, value) : undefined
  }

  const judgeCommonName = (name: string): Reason | undefined => {
    const verdict = rules.cn.judge(name)
    if (verdict.status === 'denied') return denied('cn', verdict.index)
    if (verdict.status === 'allowed') return undefined
    const text = name.trim()
    const denial = findDenialAsKind(text) ?? findDenialAsKind(text.normalize('NFKC'))
    if (denial !== undefined) return denial
    const { type, value } = guessKind(text)
    // Where common names have denials alone, all others are let through, whatever is said of other kinds.
    return verdict.status === 'open' && rules.cn.hasDenied ? undefined : findAbsence(type, value)
  }

  return {
    alternativeName: (kind, name) => {
      const reason = findDenial(kind, name) ?? findAbsence(kind, name)
      return reason && { kind, name, ...reason }
    },
    commonName: (name) => {
      const reason = judgeCommonName(name)
      return reason && { kind: 'cn', name, ...reason }
    },
  }
}

/** Characters that stand in no host name, wildcards included. */
const inNoHost = /[\s!-)+,/:-@[-^`{-~]/

type Reason = Pick<NameRefusal, 'rule' | 'reason'>

function holdsRules(rules: NameRules): boolean {
  return nameKinds.some((kind) => (rules[kind] ?? []).length > 0)
}

function orTypeError<Value>(path: string, make: () => Value): Value {
  try {
    return make()
  } catch (cause) {
    if (!(cause instanceof RuleError)) throw cause
    throw new TypeError(`${path}: ${cause.message}`, { cause })
  }
}

import type { NameKind } from './name-kind.ts'

/** What rules say about one name; the number is the rule's place in its list. */
type Verdict =
  | { readonly status: 'denied'; readonly index: number }
  | { readonly status: 'allowed' }
  /** There is a list of what is allowed, and the name is not in it. */
  | { readonly status: 'unlisted' }
  /** Nothing is said. */
  | { readonly status: 'open' }
  /** The name has no form in which it could be compared. */
  | { readonly status: 'unfit' }

/** The rules about names of one kind. */
export interface KindRules {
  readonly hasAllowed: boolean
  readonly hasDenied: boolean
  judge(name: string): Verdict
  /** The first rule that denies a name, `undefined` when none does. */
  findDenial(name: string): number | undefined
}

/** @throws {RuleError} */
export function createKindRules<Name, Rule>(
  kind: NameKind<Name, Rule>,
  lists: { readonly allow: readonly string[]; readonly deny: readonly string[] },
): KindRules {
  const allowed = lists.allow.map((text) => kind.parseRule(text))
  const denied = lists.deny.map((text) => kind.parseRule(text))
  const findDenial = (name: Name): number | undefined => {
    const index = denied.findIndex((rule) => kind.denies(rule, name))
    return index === -1 ? undefined : index
  }
  return {
    hasAllowed: allowed.length > 0,
    hasDenied: denied.length > 0,
    judge: (text) => {
      if (allowed.length + denied.length === 0) return { status: 'open' }
      const name = kind.parseName(text)
      if (name === undefined) return { status: 'unfit' }
      const index = findDenial(name)
      if (index !== undefined) return { status: 'denied', index }
      if (allowed.length === 0) return { status: 'open' }
      const isAllowed = allowed.some((rule) => kind.allows(rule, name))
      return { status: isAllowed ? 'allowed' : 'unlisted' }
    },
    findDenial: (text) => {
      const name = kind.parseName(text)
      return name === undefined ? undefined : findDenial(name)
    },
  }
}

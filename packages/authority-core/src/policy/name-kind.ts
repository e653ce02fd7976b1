/** How names of one kind are read and compared with rules. */
export interface NameKind<Name, Rule> {
  /** Returns a name in its one spelling, `undefined` when it has none that could be compared. */
  parseName(text: string): Name | undefined
  /** @throws {RuleError} when the text is no rule. */
  parseRule(text: string): Rule
  /** Whether a rule denies a name: also when only a part of what the name stands for is meant. */
  denies(rule: Rule, name: Name): boolean
  /** Whether a rule allows a name: all that the name stands for is meant. */
  allows(rule: Rule, name: Name): boolean
}

/** The kinds of names that rules are about, in the order in which those of a certificate are judged. */
export const nameKinds = ['dns', 'ip', 'email', 'uri', 'cn'] as const

export type NameKindName = (typeof nameKinds)[number]

/** Thrown for a rule that cannot hold; the message is the reason, with the rule in it. */
export class RuleError extends Error {
  override readonly name = 'RuleError'
}

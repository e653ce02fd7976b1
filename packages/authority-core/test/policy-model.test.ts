import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { NameRules } from '../src/config/policy.ts'
import { createNamePolicy } from '../src/policy.ts'

interface Rules {
  readonly allow?: NameRules
  readonly deny?: NameRules
  readonly allowWildcardNames?: boolean
}

describe('a policy, against a slow model', () => {
  const label = fc.constantFrom('a', 'B', 'c-d', 'e_f', '1')
  const host = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'))
  const domainRule = fc.tuple(fc.boolean(), host).map(([wild, name]) => (wild ? `*.${name}` : name))
  const upToDot = (name: string) => name.toLowerCase().replace(/\.$/, '')

  /** Whether `rule` means `name`, label by label. */
  const means = (rule: string, name: string): boolean => {
    const [wanted, given] = [upToDot(rule).split('.'), upToDot(name).split('.')]
    return (
      wanted.length === given.length &&
      wanted.every((each, index) => (index === 0 && each === '*') || each === given[index])
    )
  }

  const expected = (
    { allow, deny }: { allow: readonly string[]; deny: readonly string[] },
    matches: (rule: string, list: 'allow' | 'deny') => boolean,
  ): 'pass' | 'deny' | 'allow' => {
    if (deny.some((rule) => matches(rule, 'deny'))) return 'deny'
    if (allow.length > 0 && !allow.some((rule) => matches(rule, 'allow'))) return 'allow'
    return 'pass'
  }

  const lists = (rule: fc.Arbitrary<string>) =>
    fc.record({ allow: fc.array(rule, { maxLength: 3 }), deny: fc.array(rule, { maxLength: 3 }) })

  const outcome = (
    kind: keyof NameRules,
    rules: { allow: string[]; deny: string[] },
    name: string,
    more: Rules = {},
  ) => {
    const x509 = { allow: { [kind]: rules.allow }, deny: { [kind]: rules.deny }, ...more }
    const type = kind === 'cn' ? 'dns' : kind
    const refusal = createNamePolicy({ x509 }, 'P')?.findRefusal({
      commonNames: [],
      subjectAltNames: [{ type, value: name }],
    })
    return refusal?.rule.split('.')[2] ?? 'pass'
  }

  test('DNS names', () => {
    const dotted = fc.tuple(host, fc.constantFrom('', '.')).map((parts) => parts.join(''))
    fc.assert(
      fc.property(lists(domainRule), dotted, (rules, name) => {
        expect(outcome('dns', rules, name)).toBe(expected(rules, (rule) => means(rule, name)))
      }),
      { numRuns: 2000 },
    )
  })

  test('wildcard DNS names, as all the names that they stand for', () => {
    fc.assert(
      fc.property(lists(domainRule), host, fc.boolean(), (rules, name, allowWildcardNames) => {
        const others = ['a', 'b', 'c-d', 'e_f', '1', 'other'].map((first) => `${first}.${name}`)
        const model = expected(rules, (rule, list) =>
          list === 'deny'
            ? others.some((other) => means(rule, other))
            : allowWildcardNames && others.every((other) => means(rule, other)),
        )
        expect(outcome('dns', rules, `*.${name}`, { allowWildcardNames })).toBe(model)
      }),
      { numRuns: 2000 },
    )
  })

  test('URIs', () => {
    const frame = fc.constantFrom(
      (name: string) => `https://${name}`,
      (name: string) => `https://u:p@${name}:1/x?y@z#f`,
      (name: string) => `https://x@y@${name}#`,
      (name: string) => `spiffe://${name.replaceAll('a', '%61')}/`,
    )
    const named = host.filter((name) => /[a-z]/i.test(name))
    const rule = domainRule.filter((each) => /[a-z]/i.test(each))
    fc.assert(
      fc.property(lists(rule), named, frame, (rules, name, write) => {
        expect(outcome('uri', rules, write(name))).toBe(
          expected(rules, (each) => means(each, name)),
        )
      }),
      { numRuns: 2000 },
    )
  })

  test('addresses, bit by bit', () => {
    const v4 = fc.array(fc.constantFrom(0, 10, 127, 128, 255), { minLength: 4, maxLength: 4 })
    const v6 = fc.array(fc.constantFrom(0, 1, 0x8000, 0xffff), { minLength: 8, maxLength: 8 })
    const address = fc.oneof(
      v4.map((octets) => ({
        text: octets.join('.'),
        bits: octets.map((each) => each.toString(2).padStart(8, '0')).join(''),
      })),
      v4.map((octets) => ({
        text: `::ffff:${octets.join('.')}`,
        bits: octets.map((each) => each.toString(2).padStart(8, '0')).join(''),
      })),
      v6
        .filter((groups) => groups.slice(0, 5).some((each) => each !== 0) || groups[5] !== 0xffff)
        .map((groups) => ({
          text: groups.map((each) => each.toString(16)).join(':'),
          bits: groups.map((each) => each.toString(2).padStart(16, '0')).join(''),
        })),
    )
    const ranges = new Map<string, string>()
    const range = fc.tuple(address, fc.nat(128)).map(([{ text, bits }, wanted]) => {
      const length = Math.min(wanted, bits.length)
      const written = text.startsWith('::ffff:') ? length + 96 : length
      const rule = `${text}/${written}`
      ranges.set(rule, `${bits.length}:${bits.slice(0, length)}`)
      return rule
    })
    fc.assert(
      fc.property(lists(range), address, (rules, { text, bits }) => {
        const inRange = (rule: string) =>
          `${bits.length}:${bits}`.startsWith(ranges.get(rule) ?? '?')
        expect(outcome('ip', rules, text)).toBe(expected(rules, inRange))
      }),
      { numRuns: 2000 },
    )
  })

  test('e-mail addresses', () => {
    const local = fc.constantFrom('a', 'A', 'b.c', 'B.c', 'a+x')
    const mailbox = fc.tuple(local, host).map((parts) => parts.join('@'))
    const rule = fc.oneof(
      mailbox,
      host,
      host.map((name) => `@${name}`),
    )
    const quoted = fc
      .tuple(mailbox, fc.boolean())
      .map(([text, isQuoted]) => (isQuoted ? text.replace(/^(.*)@/, '"$1"@') : text))
    fc.assert(
      fc.property(lists(rule), quoted, (rules, name) => {
        const [given = '', domain = ''] = name.replaceAll('"', '').split('@')
        const model = expected(rules, (each, list) => {
          const [wanted = '', of] = each.includes('@') ? each.split('@') : ['', each]
          if (of?.toLowerCase() !== domain.toLowerCase()) return false
          if (wanted === '' || wanted === given) return true
          return wanted.toLowerCase() === (list === 'deny' ? given.toLowerCase() : given)
        })
        expect(outcome('email', rules, name)).toBe(model)
      }),
      { numRuns: 2000 },
    )
  })

  test('no name makes anything but a verdict', () => {
    const x509 = {
      deny: { dns: ['*.bad.example'], ip: ['::/0'], email: ['a@b'], uri: ['b'], cn: ['x'] },
    }
    const policy = createNamePolicy({ x509 }, 'P')
    const type = fc.constantFrom('dns' as const, 'email' as const, 'ip' as const, 'uri' as const)
    const value = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.webUrl(),
      fc.emailAddress(),
      fc.domain(),
    )
    fc.assert(
      fc.property(fc.array(fc.record({ type, value })), value, (subjectAltNames, name) => {
        policy?.findRefusal({ commonNames: [name], subjectAltNames })
      }),
      { numRuns: 2000 },
    )
  })
})

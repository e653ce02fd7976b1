import { guessGeneralName } from '@mayfly/x509-profiles'
import { describe, expect, test } from 'vitest'
import type { NameRules } from '../src/config/policy.ts'
import { AuthorityError } from '../src/errors.ts'
import { assertNamesAllowed, createNamePolicy } from '../src/policy.ts'

interface Rules {
  readonly allow?: NameRules
  readonly deny?: NameRules
  readonly allowWildcardNames?: boolean
}

/** The rule that refuses a name, without the path of the policy; `undefined` when the name is let through. */
function judge(x509: Rules, sans: readonly string[], commonName = ''): string | undefined {
  const policy = createNamePolicy({ x509 }, 'P')
  const subjectAltNames = sans.map(guessGeneralName)
  const refusal = policy?.findRefusal({ commonNames: [commonName], subjectAltNames })
  return refusal?.rule.replace(/^P\.x509\./, '')
}

describe('what a rule means', () => {
  test.each<[keyof NameRules, string, readonly string[], readonly string[]]>([
    ['dns', 'ok.example', ['ok.example', 'OK.Example'], ['a.ok.example', 'nok.example', 'example']],
    [
      'dns',
      '*.ok.example',
      ['a.ok.example', 'A.OK.EXAMPLE', 'x_y.ok.example'],
      ['ok.example', 'a.b.ok.example', 'a.nok.example', '*.ok.example'],
    ],
    ['dns', ' OK.example ', ['ok.example'], ['bad.example']],
    [
      'dns',
      'Bücher.example',
      ['xn--bcher-kva.example', 'XN--BCHER-KVA.example'],
      ['bucher.example'],
    ],
    ['dns', 'xn--bcher-kva.example', ['xn--bcher-kva.example'], ['xn--fa-hia.example']],
    ['ip', '10.0.0.1', ['10.0.0.1', '::ffff:10.0.0.1', '::ffff:a00:1'], ['10.0.0.2', '::a00:1']],
    ['ip', '10.1.2.3/8', ['10.0.0.0', '10.255.255.255'], ['9.255.255.255', '11.0.0.0', '::1']],
    ['ip', '10.0.0.0/31', ['10.0.0.0', '10.0.0.1'], ['10.0.0.2']],
    ['ip', '10.0.0.1/32', ['10.0.0.1'], ['10.0.0.0']],
    ['ip', '0.0.0.0/0', ['1.2.3.4', '::ffff:1.2.3.4'], ['::1', '::']],
    ['ip', '::/0', ['::1', '2001:db8::'], ['1.2.3.4', '::ffff:1.2.3.4']],
    ['ip', '2001:DB8::/33', ['2001:db8:7fff::1'], ['2001:db8:8000::']],
    ['ip', '::ffff:10.0.0.0/104', ['10.9.9.9', '::ffff:10.9.9.9'], ['11.0.0.0']],
    ['ip', '::1/128', ['::1', '0:0:0:0:0:0:0:1'], ['::2']],
    ['email', 'a@ok.example', ['a@ok.example', 'a@OK.example', '"a"@ok.example'], ['b@ok.example']],
    ['email', 'ok.example', ['a@ok.example', '"a@b"@ok.example'], ['a@b.ok.example', 'a@example']],
    ['email', '@ok.example', ['A@ok.example'], ['a@nok.example']],
    ['email', '@bücher.example', ['a@xn--bcher-kva.example'], ['a@bucher.example']],
    [
      'uri',
      'ok.example',
      ['https://ok.example', 'https://u@OK.example:8443/x?y#z', 'spiffe://ok.example./x'],
      ['https://a.ok.example', 'https://ok.example@bad.example', 'https://bad.example/ok.example'],
    ],
    [
      'uri',
      '*.ok.example',
      ['https://a.ok.example/'],
      ['https://ok.example/', 'https://a.b.ok.example'],
    ],
  ])('%s %j', (kind, rule, inside, outside) => {
    for (const name of inside) {
      expect(judge({ allow: { [kind]: [rule] } }, [name]), name).toBeUndefined()
      expect(judge({ deny: { [kind]: [rule] } }, [name]), name).toBe(`deny.${kind}[0]`)
    }
    for (const name of outside) {
      expect(judge({ allow: { [kind]: [rule] } }, [name]), name).toMatch(/^allow/)
      if (name.startsWith('*')) continue
      expect(judge({ deny: { [kind]: [rule] } }, [name]), name).toBeUndefined()
    }
  })

  test('of a wildcard name, only a wildcard rule and the switch allow it', () => {
    const allow = { dns: ['*.ok.example', 'ok.example'] }
    expect(judge({ allow }, ['*.ok.example'])).toBe('allow.dns')
    expect(judge({ allow, allowWildcardNames: true }, ['*.ok.example'])).toBeUndefined()
    expect(judge({ allow, allowWildcardNames: true }, ['*.example'])).toBe('allow.dns')
    expect(judge({ allow, allowWildcardNames: true }, ['*.a.ok.example'])).toBe('allow.dns')
    const one = { dns: ['a.ok.example'] }
    expect(judge({ allow: one, allowWildcardNames: true }, ['*.ok.example'])).toBe('allow.dns')
  })

  test('of an e-mail address, a rule allows the local part as written or in lower case', () => {
    const allow = { email: ['Me@ok.example'] }
    expect(judge({ allow }, ['Me@ok.example'])).toBeUndefined()
    expect(judge({ allow }, ['me@ok.example'])).toBeUndefined()
    expect(judge({ allow }, ['ME@ok.example'])).toBe('allow.email')
  })

  test.each([undefined, {}, { allow: {}, deny: { dns: [] } }, { allowWildcardNames: true }])(
    'of none at all: %j is no policy',
    (x509) => {
      expect(createNamePolicy(x509 === undefined ? {} : { x509 }, 'P')).toBeUndefined()
    },
  )

  test('that cannot hold is a wrong call', () => {
    const x509 = { deny: { dns: ['a..b'] } }
    expect(() => createNamePolicy({ x509 }, 'authority.policy')).toThrow(TypeError)
    expect(() => createNamePolicy({ x509 }, 'authority.policy')).toThrow(
      /authority\.policy.*a\.\.b/,
    )
  })
})

describe('of several rules', () => {
  const dns = ['*.ok.example']

  test('denials go first', () => {
    const rules = { allow: { dns }, deny: { dns: ['x.example', 'a.ok.example'] } }
    expect(judge(rules, ['b.ok.example'])).toBeUndefined()
    expect(judge(rules, ['a.ok.example'])).toBe('deny.dns[1]')
  })

  test.each(['10.0.0.1', 'a@b.example', 'https://b.example'])(
    'once one kind is allowed, a kind without a rule is refused: %s',
    (name) => {
      expect(judge({ allow: { dns } }, [name])).toBe('allow')
      expect(judge({ allow: { cn: ['x'] } }, [name])).toBe('allow')
    },
  )

  test('a kind that only has denials stays open', () => {
    const rules = { allow: { dns }, deny: { ip: ['10.0.0.1'] } }
    expect(judge(rules, ['10.0.0.2'])).toBeUndefined()
    expect(judge(rules, ['10.0.0.1'])).toBe('deny.ip[0]')
  })

  test('with denials alone, all else passes', () => {
    const names = ['a.example', '10.0.0.1', 'a@b.example', 'urn:uuid:1', '*.c.example']
    expect(judge({ deny: { dns } }, names, 'a.example')).toBeUndefined()
  })

  test('each name must pass; the first that does not is told', () => {
    const rules = { allow: { dns, ip: ['10.0.0.1'] } }
    const names = ['10.0.0.2', 'a.ok.example', 'b.bad.example']
    expect(judge(rules, names)).toBe('allow.dns')
    expect(judge(rules, ['10.0.0.2', 'a.ok.example'])).toBe('allow.ip')
  })
})

describe('a common name', () => {
  test.each<[string, Rules, string, string | undefined]>([
    ['allowed as such', { allow: { cn: ['My Name'] } }, 'MY name', undefined],
    ['allowed as what it looks like', { allow: { dns: ['a.example'] } }, 'A.example', undefined],
    ['allowed as an address', { allow: { ip: ['::1'] } }, '0:0::1', undefined],
    ['allowed as an e-mail address', { allow: { email: ['b.example'] } }, 'a@b.example', undefined],
    ['allowed as a URI', { allow: { uri: ['b.example'] } }, 'https://b.example', undefined],
    ['not allowed', { allow: { dns: ['a.example'] } }, 'b.example', 'allow.dns'],
    ['of a kind without rules', { allow: { dns: ['a.example'] } }, '::1', 'allow'],
    ['that is no host name', { allow: { dns: ['a.example'] } }, 'My Name', 'allow.dns'],
    ['without rules for its kind', { allow: { ip: ['::1'] } }, 'My Name', 'allow'],
    ['denied as such', { deny: { cn: ['My Name'] } }, 'my NAME', 'deny.cn[0]'],
    [
      'denied although its kind is allowed',
      { deny: { cn: ['a.example'] }, allow: { dns: ['a.example'] } },
      'a.example',
      'deny.cn[0]',
    ],
    ['denied as what it looks like', { deny: { dns: ['a.example'] } }, 'a.example', 'deny.dns[0]'],
    [
      'denied by kind though another is denied as such',
      { deny: { cn: ['x'], dns: ['a.example'] } },
      'a.example',
      'deny.dns[0]',
    ],
    [
      'open, where common names have denials alone',
      { deny: { cn: ['x'] }, allow: { dns: ['a.example'] } },
      'b.example',
      undefined,
    ],
    [
      'allowed as such though its kind is denied',
      { allow: { cn: ['a.example'] }, deny: { dns: ['a.example'] } },
      'a.example',
      undefined,
    ],
    ['of a person, where only denials are', { deny: { dns: ['a.example'] } }, 'Me Too', undefined],
    [
      'of a person, where other kinds are allowed',
      { allow: { ip: ['::1'] }, deny: { dns: ['a.example'] } },
      'Me Too',
      undefined,
    ],
    ['denied between blanks', { deny: { dns: ['a.example'] } }, ' a.example ', 'deny.dns[0]'],
    ['empty', { allow: { dns: ['a.example'] } }, '', undefined],
  ])('%s', (_, rules, name, rule) => {
    expect(judge(rules, [], name)).toBe(rule)
  })

  test('each of several is judged', () => {
    const policy = createNamePolicy({ x509: { deny: { cn: ['bad'] } } }, 'P')
    const refusal = policy?.findRefusal({ commonNames: ['good', 'Bad'], subjectAltNames: [] })
    expect(refusal).toMatchObject({ kind: 'cn', name: 'Bad', rule: 'P.x509.deny.cn[0]' })
  })
})

describe('no spelling gets around a denial', () => {
  const deny = {
    dns: ['bad.example', '*.worse.example', 'bücher.example'],
    ip: ['10.0.0.0/8', '2001:db8::/32'],
    email: ['Admin@bad.example', '@worse.example'],
    uri: ['bad.example', 'bücher.example'],
    cn: ['Root', 'bücher.test', 'Sue Root'],
  }

  test.each([
    'BAD.example',
    'bad.example.',
    'bad.EXAMPLE.',
    'XN--BCHER-KVA.EXAMPLE.',
    '*.worse.example',
    '*.WORSE.example.',
    '*.example',
    '::ffff:10.1.2.3',
    '0:0:0:0:0:ffff:0a01:0203',
    '2001:0DB8:0:0::1',
    'admin@bad.example',
    'ADMIN@BAD.example.',
    '"admin"@bad.example',
    '"ad\\min"@bad.example',
    'ad\\min@bad.example',
    '"any thing"@worse.example',
    'https://BAD.example',
    'HTTPS://bad.example./',
    'https://b%61d.example',
    'https://%62%61%64.example:443',
    'https://user:pw@bad.example',
    'https://good.example@bad.example',
    'https://b%C3%BCcher.example',
    'https://xn--bcher-KVA.example',
    'xn--bad-.example',
    'b*d.example',
    'bad..example',
  ])('%s', (name) => {
    const { type } = guessGeneralName(name)
    expect(judge({ deny }, [name])).toMatch(new RegExp(`^deny\\.${type}`))
    expect(judge({ deny }, [], name)).toMatch(/^deny/)
  })

  test.each(['bad.example\\', '"', 'b%61d.example', 'bad.example:1 '])(
    'a DNS name that is none is refused, where there are rules: %j',
    (value) => {
      const subjectAltNames = [{ type: 'dns' as const, value }]
      const refusalBy = (x509: Rules) =>
        createNamePolicy({ x509 }, 'P')?.findRefusal({ commonNames: [], subjectAltNames })?.rule
      expect(refusalBy({ deny })).toBe('P.x509.deny.dns')
      expect(refusalBy({ deny: { ip: deny.ip } })).toBeUndefined()
    },
  )

  test.each([
    'urn:uuid:1',
    'https:bad.example',
    'https:/bad.example',
    'https:///bad.example',
    'https://good.example\\@bad.example',
    'https://10.0.0.1',
    'https://0x0a.1',
    'https://167772161',
    'https://[::1]',
    'https://*.good.example',
    'https://b%2561d.example',
    'https://bad%2eexample%00',
  ])('a URI whose host cannot be told is refused, where there are rules: %s', (name) => {
    const uri = { type: 'uri' as const, value: name }
    const names = { commonNames: [], subjectAltNames: [uri] }
    const refusalBy = (x509: Rules) => createNamePolicy({ x509 }, 'P')?.findRefusal(names)?.rule
    expect(refusalBy({ deny })).toBe('P.x509.deny.uri')
    expect(refusalBy({ allow: { uri: ['good.example'] } })).toBe('P.x509.allow.uri')
    expect(refusalBy({ deny: { dns: ['bad.example'] } })).toBeUndefined()
  })

  test.each(['10.1.2.3', '0x0a.1', '167772161', '012.1'])(
    'a DNS name of numbers is an address, too: %s',
    (value) => {
      const policy = createNamePolicy({ x509: { deny: { ip: ['10.0.0.0/8'] } } }, 'P')
      const subjectAltNames = [{ type: 'dns' as const, value }]
      expect(policy?.findRefusal({ commonNames: [], subjectAltNames })?.rule).toBe(
        'P.x509.deny.ip[0]',
      )
      expect(policy?.findRefusal({ commonNames: [value], subjectAltNames: [] })?.kind).toBe('cn')
    },
  )

  test.each([
    'ROOT',
    ' root ',
    'root.',
    'ｒｏｏｔ',
    'BÜCHER.test',
    'xn--bcher-kva.test',
    'bücher.test.',
    'ro\u200bot',
    'Sue\u200b Roo\u2060t',
    'sue\u00ad\ufe0f root\u202e',
    '\u034fSue \u200d root',
  ])('a common name: %j', (name) => {
    expect(judge({ deny: { cn: deny.cn } }, [], name)).toMatch(/^deny\.cn/)
  })

  test('a common name beyond ASCII is compared with rules about DNS names', () => {
    expect(judge({ deny }, [], 'Bücher.example')).toBe('deny.dns[2]')
    expect(judge({ deny }, [], 'ｂａｄ。example')).toBe('deny.dns[0]')
    expect(judge({ deny }, [], '１０.1.2.3')).toBe('deny.ip[0]')
    expect(judge({ deny }, [], '１６７７７２１６１')).toBe('deny.ip[0]')
  })

  test.each([
    ['admin＠bad.example', 'deny.email[0]'],
    ['ａdmin@bad.example', 'deny.email'],
    ['adm\u200bin@bad.example', 'deny.email'],
    ['https://bücher.example/', 'deny.uri[1]'],
    ['ｈttps：//bad.example', 'deny.uri[0]'],
    ['https://b\u00adad.example', 'deny.uri[0]'],
  ])('a common name beyond ASCII is compared with rules about its kind: %j', (name, rule) => {
    expect(judge({ deny }, [], name)).toBe(rule)
    expect(judge({ allow: { email: ['admin@bad.example'] } }, [], name)).toMatch(/^allow/)
  })
})

test.each(['/../bank.example', '?', '#@bank.example', '\\.bank.example', '\n', '\t'])(
  'no name is taken for the host that it begins with, as before %j',
  (rest) => {
    const [host, rule] = ['xn--bcher-kva.example', 'bücher.example']
    const refusalBy = (type: 'dns' | 'email', value: string) =>
      createNamePolicy({ x509: { allow: { [type]: [rule] } } }, 'P')?.findRefusal({
        commonNames: [],
        subjectAltNames: [{ type, value }],
      })?.rule
    expect(refusalBy('dns', host)).toBeUndefined()
    expect(refusalBy('dns', host + rest)).toBe('P.x509.allow.dns')
    expect(refusalBy('email', `a@${host}`)).toBeUndefined()
    expect(refusalBy('email', `a@${host}${rest}`)).toBe('P.x509.allow.email')
    expect(judge({ allow: { dns: [rule] } }, [], `a.${host}${rest}b`)).toMatch(/^allow/)
    const wrong = { x509: { deny: { dns: [`${rule}${rest}x`] } } }
    expect(() => createNamePolicy(wrong, 'P')).toThrow(TypeError)
  },
)

describe('assertNamesAllowed', () => {
  const first = createNamePolicy({ x509: { allow: { dns: ['*.ok.example'] } } }, 'authority.policy')
  const second = createNamePolicy(
    { x509: { deny: { dns: ['a.ok.example'] } } },
    'authority.provisioners[2].policy',
  )
  const names = (dns: string) => ({
    commonNames: [dns],
    subjectAltNames: [{ type: 'dns' as const, value: dns }],
  })

  test('lets pass what each policy lets pass', () => {
    expect(() => assertNamesAllowed([first, second], names('b.ok.example'))).not.toThrow()
    expect(() => assertNamesAllowed([undefined, undefined], names('any'))).not.toThrow()
  })

  test.each([
    ['a.ok.example', 'authority.provisioners[2].policy.x509.deny.dns[0]'],
    ['b.bad.example', 'authority.policy.x509.allow.dns'],
  ])('refuses %s by %s', (dns, rule) => {
    const call = () => assertNamesAllowed([first, second], names(dns))
    expect(call).toThrow(AuthorityError)
    expect(call).toThrow(
      expect.objectContaining({
        code: 'name_not_allowed',
        message: `dns name "${dns}" not allowed`,
        rule,
      }),
    )
  })
})

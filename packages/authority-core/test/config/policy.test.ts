import { ConfigurationError, parseCaConfiguration } from '@mayfly/authority-core/config'
import { describe, expect, test } from 'vitest'

const key = {
  kty: 'EC',
  kid: 'pjCg9O0sC8z1bZ_2FEuQyJpe_vmOmhuchUBL_lFUr7g',
  crv: 'P-256',
  x: 'wblvZHhCX-yWlbTDItp2YMWv_3s752ekCFfNxwWTKww',
  y: 'tKOgsZGT7sXJK9aG7L8egrwQ7_iwz3Q5v4_dvdacxoU',
}

function parse(policy: unknown, provisioner: object = {}) {
  return parseCaConfiguration({
    root: 'r.crt',
    crt: 'i.crt',
    key: 'i.key',
    address: ':443',
    authority: {
      policy,
      provisioners: [
        { type: 'later' },
        { type: 'JWK', name: 'admin', key, ...provisioner },
        { type: 'ACME', name: 'acme', ...provisioner },
      ],
    },
  })
}

function refusalOf(policy: unknown, provisioner: object = {}): ConfigurationError {
  try {
    parse(policy, provisioner)
  } catch (error) {
    if (error instanceof ConfigurationError) return error
    throw error
  }
  throw new Error('the configuration was accepted')
}

describe('a policy in ca.json', () => {
  const x509 = {
    allow: { dns: ['*.ok.example', 'bücher.example'], ip: ['10.0.0.0/8', '::1'], cn: ['Me'] },
    deny: { email: ['@bad.example', 'a@b.example'], uri: ['*.bad.example'], dns: [] },
    allowWildcardNames: true,
  }

  test('is read at the authority and at a provisioner, whose place it keeps', () => {
    const { authority } = parse({ x509 }, { policy: { x509 } })
    const expected = { x509: { ...x509, deny: { email: x509.deny.email, uri: x509.deny.uri } } }
    expect(authority.policy).toEqual(expected)
    expect(authority.provisioners.map(({ path, policy }) => ({ path, policy }))).toEqual([
      { path: 'authority.provisioners[1]', policy: expected },
      { path: 'authority.provisioners[2]', policy: expected },
    ])
  })

  test.each([
    null,
    {},
    { x509: null },
    { x509: { allow: {}, deny: null }, ssh: {} },
    { ssh: { user: { allow: { email: [] } } } },
    { x509: { allow: { dns: null, principal: [] } } },
  ])('may hold nothing: %j', (policy) => {
    expect(parse(policy).warnings).toHaveLength(2)
  })

  test('is not part of what is listed', () => {
    const { authority } = parse(undefined, { policy: { x509 } })
    expect(JSON.stringify(authority.provisioners[1])).toContain('bad.example')
    const [, acme] = authority.provisioners
    if (acme?.supported !== false) throw new Error('ACME is served: look at its listing')
    expect(JSON.stringify(acme.document)).not.toContain('bad.example')
  })

  test('warns of rules about SSH, which are kept and have no effect', () => {
    const policy = { ssh: { user: { allow: { email: ['@example.org'] } } } }
    const { warnings, raw } = parse(policy, { policy })
    const reason = 'SSH certificates are not issued yet'
    for (const place of ['authority', 'authority.provisioners[1]', 'authority.provisioners[2]']) {
      expect(warnings).toContainEqual({ path: `${place}.policy.ssh`, reason })
    }
    expect(raw).toHaveProperty('authority.policy.ssh', policy.ssh)
  })

  test('is refused at a provisioner with the path of the rule', () => {
    const { problems } = refusalOf(undefined, {
      policy: { x509: { deny: { dns: ['a', 'b..c'] } } },
    })
    expect(problems.map(({ path }) => path)).toEqual([
      'authority.provisioners[1].policy.x509.deny.dns[1]',
      'authority.provisioners[2].policy.x509.deny.dns[1]',
    ])
  })

  test.each<[string, unknown, RegExp]>([
    ['', [], /must be an object/],
    ['.x509', { x509: 1 }, /must be an object/],
    ['.x509.deny', { x509: { deny: ['a'] } }, /must be an object/],
    ['.x509.deny.dns', { x509: { deny: { dns: 'a' } } }, /must be a list/],
    ['.x509.deny.dns[0]', { x509: { deny: { dns: [1] } } }, /must be text/],
    ['.x509.allowWildcardNames', { x509: { allowWildcardNames: 'no' } }, /true or false/],
    ['.x50', { x50: { deny: { dns: ['a'] } } }, /is not known \(did you mean x509\?\)/],
    ['.x509.denny', { x509: { denny: { dns: ['a'] } } }, /is not known \(did you mean deny\?\)/],
    ['.x509.dny', { x509: { dny: {} } }, /is not known \(did you mean deny\?\)/],
    ['.x509.allow.ips', { x509: { allow: { ips: ['::1'] } } }, /did you mean ip\?/],
    ['.x509.deny.DNS', { x509: { deny: { DNS: ['a'] } } }, /did you mean dns\?/],
    ['.x509.allow.names', { x509: { allow: { names: ['a'] } } }, /use dns, ip, email, uri, cn/],
    ['.x509.allowWildcards', { x509: { allowWildcards: true } }, /is not known/],
  ])('is refused at authority.policy%s', (path, policy, reason) => {
    const [problem] = refusalOf(policy).problems
    expect(problem?.path).toBe(`authority.policy${path}`)
    expect(problem?.reason).toMatch(reason)
  })

  test.each<[string, string, RegExp]>([
    ['dns', '', /is empty/],
    ['dns', ' ', /is empty/],
    ['dns', '*', /has a \*/],
    ['dns', '.example', /write "\*\.example"/],
    ['dns', 'a..b', /empty label/],
    ['dns', '*a.example', /has a \*/],
    ['dns', 'a.*.example', /has a \*/],
    ['dns', '*.*.example', /has a \*/],
    ['dns', 'a.example.', /ends with a dot/],
    ['dns', 'a b.example', /not the name of a host/],
    ['dns', 'a%62.example', /not the name of a host/],
    ['dns', 'xn--a.example', /not the name of a host/],
    ['dns', 'https://a.example', /not the name of a host/],
    ['ip', '', /neither an IP address nor a range/],
    ['ip', '10.0.0', /neither/],
    ['ip', '10.0.0.0/33', /neither/],
    ['ip', '10.0.0.0/', /neither/],
    ['ip', '10.0.0.0/-1', /neither/],
    ['ip', '10.0.0.0/8/8', /neither/],
    ['ip', '010.0.0.1', /neither/],
    ['ip', '::/129', /neither/],
    ['ip', 'fe80::1%eth0', /neither/],
    ['ip', 'localhost', /neither/],
    ['email', '', /is empty/],
    ['email', '*@a.example', /has a \*/],
    ['email', '@.example', /neither/],
    ['email', 'a@b@c.example', /not an e-mail address/],
    ['email', 'a b@c.example', /not an e-mail address/],
    ['email', '@', /neither/],
    ['email', 'a@', /not an e-mail address/],
    ['uri', 'https://a.example', /has a scheme/],
    ['uri', 'a.example:443', /has a port/],
    ['uri', '10.0.0.1', /is an address/],
    ['uri', '0x7f.1', /is an address/],
    ['uri', '[::1]', /is an address/],
    ['uri', '::1', /is an address/],
    ['uri', 'a.example/x', /not the name of a host/],
    ['uri', '', /is empty/],
    ['cn', '', /is empty/],
    ['cn', '*', /in full/],
  ])('refuses the %s rule %j', (kind, rule, reason) => {
    for (const list of ['allow', 'deny']) {
      const [problem] = refusalOf({ x509: { [list]: { [kind]: [rule] } } }).problems
      expect(problem?.path).toBe(`authority.policy.x509.${list}.${kind}[0]`)
      expect(problem?.reason).toMatch(reason)
    }
  })
})

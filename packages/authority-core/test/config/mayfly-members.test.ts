import { ConfigurationError, parseCaConfiguration } from '@mayfly/authority-core/config'
import { describe, expect, test } from 'vitest'

const minimal = { root: 'r', crt: 'c', key: 'k', address: ':443', authority: {} }

describe('the member mayfly', () => {
  test('is read with its defaults filled in', () => {
    const { mayfly } = parseCaConfiguration({ ...minimal, mayfly: {} })
    expect(mayfly).toEqual(parseCaConfiguration(minimal).mayfly)
  })

  test('is read whole', () => {
    const mayfly = {
      configuration: 'database',
      configurationKey: 'secrets/configuration_key',
      configurationPublicKey: ['certs/one.pub', 'certs/two.pub'],
      dangerouslyAllowUnsyncedCommits: true,
      maximumTokenLifetime: '10m',
      renewalAfterExpiry: '48h',
      retention: { certificates: '24h', audit: '8760h', enabled: false },
      watchConfiguration: true,
      proxyProtocol: ['10.0.0.5', '10.1.0.0/16', '::1', '2001:db8::/32'],
      database: { maximumConnections: 3, maximumWaiting: 0 },
    }
    expect(parseCaConfiguration({ ...minimal, mayfly }).mayfly).toEqual({
      configuration: 'database',
      ignoresRevisions: false,
      configurationKey: 'secrets/configuration_key',
      configurationPublicKeys: ['certs/one.pub', 'certs/two.pub'],
      dangerouslyAllowUnsyncedCommits: true,
      maximumTokenLifetimeSeconds: 600,
      renewalAfterExpirySeconds: 172_800,
      retention: { certificatesSeconds: 86_400, auditSeconds: 31_536_000, enabled: false },
      watchConfiguration: true,
      proxyProtocol: ['10.0.0.5', '10.1.0.0/16', '::1', '2001:db8::/32'],
      database: { maximumConnections: 3, maximumWaiting: 0 },
    })
  })

  test.each([
    [{}, false],
    [{ configuration: 'database' }, false],
    [{ configuration: 'file' }, true],
  ])('%j passes over revisions: %s', (mayfly, ignoresRevisions) => {
    expect(parseCaConfiguration({ ...minimal, mayfly }).mayfly).toMatchObject({ ignoresRevisions })
  })

  test('takes one public key for a list of one', () => {
    const mayfly = { configurationPublicKey: 'a.pub' }
    expect(parseCaConfiguration({ ...minimal, mayfly }).mayfly).toMatchObject({
      configurationPublicKeys: ['a.pub'],
    })
  })

  test.each<[string, unknown, RegExp | string]>([
    ['mayfly', [], 'must be an object in { }, not a list'],
    ['mayfly.configuraton', { configuraton: false }, 'is not known (did you mean configuration?)'],
    ['mayfly.typo', { typo: null }, /^is not known \(use configuration, /],
    ['mayfly.configuration', { configuration: 'db' }, 'is neither "file" nor "database"'],
    ['mayfly.configurationKey', { configurationKey: '' }, 'cannot be empty'],
    [
      'mayfly.configurationPublicKey',
      { configurationPublicKey: [] },
      /cannot be empty|list of file names/,
    ],
    [
      'mayfly.configurationPublicKey',
      { configurationPublicKey: 1 },
      'is not a file name or a list of file names',
    ],
    [
      'mayfly.maximumTokenLifetime',
      { maximumTokenLifetime: 5 },
      'must be text in quotes, not a number',
    ],
    ['mayfly.retention.certificates', { retention: { certificates: '-1h' } }, /less than 0/],
    ['mayfly.retention.audit', { retention: { audit: '1 year' } }, /is not a duration/],
    ['mayfly.retention.enabled', { retention: { enabled: 'no' } }, /must be true or false/],
    [
      'mayfly.retention.certificate',
      { retention: { certificate: '1h' } },
      'is not known (did you mean certificates?)',
    ],
    [
      'mayfly.database.maximumConnections',
      { database: { maximumConnections: 0 } },
      'is not a whole number from 1 to 1000',
    ],
    [
      'mayfly.database.maximumWaiting',
      { database: { maximumWaiting: 1.5 } },
      'is not a whole number from 0 to 1000000',
    ],
    [
      'mayfly.database.maximumConnection',
      { database: { maximumConnection: 1 } },
      'is not known (did you mean maximumConnections?)',
    ],
    ['mayfly.proxyProtocol', { proxyProtocol: '10.0.0.1' }, 'must be a list in [ ], not text'],
  ])('is refused at %s: %j', (path, mayfly, reason) => {
    const [problem] = problemsOf({ ...minimal, mayfly })
    expect(problem?.path).toBe(path)
    if (typeof reason === 'string') expect(problem?.reason).toBe(reason)
    else expect(problem?.reason).toMatch(reason)
  })
})

test('authority.enableAdmin is taken only beside a configuration in the database', () => {
  const document = { ...minimal, authority: { enableAdmin: true } }
  expect(problemsOf(document)[0]?.path).toBe('authority.enableAdmin')
  const mayfly = { configuration: 'database' }
  expect(parseCaConfiguration({ ...document, mayfly }).mayfly.configuration).toBe('database')
})

describe('an address list', () => {
  test.each([
    '0.0.0.0/0',
    '10.0.0.0/8',
    '192.0.2.7',
    '192.0.2.7/32',
    '::/0',
    '::1/128',
    '2001:db8:0:1::/64',
    '64:ff9b::192.0.2.0/120',
    '1:2:3:4:5:6:7:8',
  ])('takes %s', (address) => {
    const mayfly = { proxyProtocol: [address] }
    expect(parseCaConfiguration({ ...minimal, mayfly }).mayfly.proxyProtocol).toEqual([address])
  })

  test.each([
    ['', 'is neither an IP address nor a range'],
    ['balancer.internal', 'is neither'],
    ['10.0.0', 'is neither'],
    ['010.0.0.1', 'is neither'],
    [' 10.0.0.1', 'is neither'],
    ['10.0.0.1:443', 'is neither'],
    ['10.0.0.0/', 'is neither'],
    ['10.0.0.0/08', 'is neither'],
    ['10.0.0.0/33', 'is neither'],
    ['10.0.0.0/8/8', 'is neither'],
    ['::/129', 'is neither'],
    ['[::1]', 'is neither'],
    ['fe80::1%eth0', 'is neither'],
    ['::ffff:10.0.0.1', 'write it as IPv4'],
    ['::ffff:0:0/96', 'write it as IPv4'],
    ['10.0.0.1/8', 'has bits beyond the first 8'],
    ['10.1.128.0/16', 'has bits beyond the first 16'],
    ['2001:db8::1/64', 'has bits beyond the first 64'],
    ['64:ff9b::192.0.2.1/120', 'has bits beyond the first 120'],
  ])('refuses %j', (address, reason) => {
    const [problem] = problemsOf({ ...minimal, mayfly: { proxyProtocol: ['::1', address] } })
    expect(problem?.path).toBe('mayfly.proxyProtocol[1]')
    expect(problem?.reason).toContain(reason)
    expect(problem?.reason).toContain(JSON.stringify(address))
  })
})

function problemsOf(document: unknown): ConfigurationError['problems'] {
  try {
    parseCaConfiguration(document)
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems
    throw error
  }
  throw new Error('nothing was refused')
}

import {
  ConfigurationError,
  type JsonObject,
  joinConfiguration,
  parseCaConfiguration,
  parseFileConfiguration,
  parseJoinedConfiguration,
  splitConfiguration,
} from '@mayfly/authority-core/config'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

const acme = { type: 'ACME', name: 'acme' }
const local = {
  root: 'r',
  crt: 'c',
  key: 'k',
  address: ':443',
  db: { type: 'sqlite', dataSource: 'db' },
  authority: { type: 'softcas' },
  mayfly: { configuration: 'database', proxyProtocol: ['::1'] },
}
const shared = {
  authority: { provisioners: [acme], claims: { disableRenewal: true }, later: 1 },
  crl: { enabled: false },
  mayfly: { maximumTokenLifetime: '10m', retention: { enabled: false } },
}

describe('a ca.json', () => {
  test('is parted into what one instance goes by and what all share', () => {
    const whole = {
      ...local,
      ...shared,
      authority: { ...local.authority, ...shared.authority },
      mayfly: { ...local.mayfly, ...shared.mayfly },
    }
    expect(splitConfiguration(whole)).toEqual({ local, shared })
    expect(joinConfiguration({ local, shared })).toEqual(whole)
  })

  test('is the same again when its parts are joined, whatever it holds', () => {
    const member = fc.constantFrom(
      'authority',
      'mayfly',
      'crl',
      'root',
      'provisioners',
      'type',
      'retention',
      'configuration',
      'db',
      '__proto__',
      'later',
    )
    const value = fc.oneof(fc.jsonValue(), fc.dictionary(member, fc.jsonValue()))
    fc.assert(
      fc.property(fc.dictionary(member, value), (whole) => {
        const raw: JsonObject = JSON.parse(JSON.stringify(whole))
        const parts = splitConfiguration(raw)
        expect(joinConfiguration(parts)).toEqual(raw)
        expect(splitConfiguration(joinConfiguration(parts))).toEqual(parts)
      }),
    )
  })
})

describe('parseJoinedConfiguration', () => {
  const file = parseFileConfiguration(local)
  const join = (document: unknown) =>
    parseJoinedConfiguration(file, { document, source: 'revision 3' })

  test('gives what a whole ca.json would', () => {
    const joined = join(JSON.stringify(shared))
    expect(joined).toEqual(parseCaConfiguration(joinConfiguration({ local, shared })))
    expect(joined.authority.provisioners).toHaveLength(1)
    expect(joined.mayfly).toMatchObject({
      maximumTokenLifetimeSeconds: 600,
      retention: { enabled: false },
      proxyProtocol: ['::1'],
    })
  })

  const x509 = { templateFile: 'leaf.tpl' }
  test.each<[string, unknown]>([
    ['revision 3 is not JSON', '{'],
    ['revision 3 is not a JSON object', '[]'],
    [
      'revision 3: authority.provisioners[0].name: ',
      { authority: { provisioners: [{ type: 'ACME' }] } },
    ],
    ['revision 3: authority.backdate: "x" is not a duration', { authority: { backdate: 'x' } }],
    ['revision 3: mayfly.retention.audit: ', { mayfly: { retention: { audit: 1 } } }],
    ['revision 3: crl: must be an object', { crl: 1 }],
    ['revision 3: key: belongs into the ca.json', { key: 'other' }],
    ['revision 3: later: belongs into the ca.json', { later: {} }],
    ['revision 3: authority.type: belongs into the ca.json', { authority: { type: '' } }],
    ['revision 3: mayfly.proxyProtocol: belongs into', { mayfly: { proxyProtocol: [] } }],
    ['revision 3: mayfly.configurationKey: belongs', { mayfly: { configurationKey: 'k' } }],
    ['revision 3: authority: belongs into', { authority: 1 }],
    [
      'revision 3: authority.provisioners[0].options.x509.templateFile: names a file',
      { authority: { provisioners: [{ ...acme, options: { x509 } }] } },
    ],
    [
      'revision 3: authority.provisioners[0].options.ssh.templateFile: names a file',
      { authority: { provisioners: [{ ...acme, options: { ssh: x509 } }] } },
    ],
  ])('refuses: %s', (message, document) => {
    expect(refusalOf(() => join(document)).message).toContain(message)
  })
})

describe('parseFileConfiguration', () => {
  test.each<[string, JsonObject]>([
    ['authority.provisioners', { authority: { provisioners: [acme] } }],
    ['authority.later', { authority: { later: 1 } }],
    ['crl', { crl: { enabled: true } }],
    ['mayfly.retention', { mayfly: { configuration: 'database', retention: { enabled: true } } }],
  ])('refuses %s where it is kept in the database', (path, members) => {
    const error = refusalOf(() => parseFileConfiguration({ ...local, ...members }))
    expect(error.problems.map((problem) => problem.path)).toEqual([path])
    expect(error.message).toContain("'mayfly ca config import'")
  })

  test('lets members pass that say nothing', () => {
    const empty = { authority: { provisioners: null, template: {}, claims: {} }, crl: null }
    expect(parseFileConfiguration({ ...local, ...empty }).authority.provisioners).toEqual([])
  })

  test('refuses a configuration in the database without a database', () => {
    const { db: _, ...without } = local
    expect(refusalOf(() => parseFileConfiguration(without)).problems[0]?.path).toBe('db')
  })

  test('takes a ca.json that keeps everything itself', () => {
    const { mayfly: _, ...rest } = joinConfiguration({ local, shared })
    expect(parseFileConfiguration(rest)).toEqual(parseCaConfiguration(rest))
  })
})

function refusalOf(work: () => unknown): ConfigurationError {
  try {
    work()
  } catch (error) {
    if (error instanceof ConfigurationError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

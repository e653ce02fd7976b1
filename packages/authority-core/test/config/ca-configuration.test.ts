import { ConfigurationError, parseCaConfiguration } from '@mayfly/authority-core/config'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

const key = {
  use: 'sig',
  kty: 'EC',
  kid: 'pjCg9O0sC8z1bZ_2FEuQyJpe_vmOmhuchUBL_lFUr7g',
  crv: 'P-256',
  alg: 'ES256',
  x: 'wblvZHhCX-yWlbTDItp2YMWv_3s752ekCFfNxwWTKww',
  y: 'tKOgsZGT7sXJK9aG7L8egrwQ7_iwz3Q5v4_dvdacxoU',
}
const jwk = { type: 'JWK', name: 'admin', key }
const minimal = { root: 'r.crt', crt: 'i.crt', key: 'i.key', address: ':443', authority: {} }

describe('parseCaConfiguration', () => {
  test('fills in the defaults of step-ca', () => {
    const configuration = parseCaConfiguration(minimal)
    expect(configuration).toMatchObject({
      root: ['r.crt'],
      federatedRoots: [],
      insecureAddress: '',
      dnsNames: ['localhost', '127.0.0.1', '::1'],
      commonName: 'Step Online CA',
      authority: {
        provisioners: [],
        template: {},
        disableIssuedAtCheck: false,
        backdateSeconds: 60,
      },
      tls: {
        cipherSuites: [
          'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256',
          'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
        ],
        minVersion: 1.2,
        maxVersion: 1.3,
        renegotiation: false,
      },
      mayfly: {
        dangerouslyAllowUnsyncedCommits: false,
        maximumTokenLifetimeSeconds: 3600,
        renewalAfterExpirySeconds: 2_592_000,
        watchConfiguration: false,
        configuration: 'file',
        ignoresRevisions: false,
        retention: { certificatesSeconds: 7_776_000, enabled: true },
        proxyProtocol: [],
        database: {},
      },
      warnings: [],
    })
    expect(configuration).not.toHaveProperty('db')
    expect(configuration).not.toHaveProperty('logger')
  })

  test('keeps unknown members, at every depth, for rewriting', () => {
    const document = {
      ...minimal,
      later: { a: 1 },
      authority: { provisioners: [{ ...jwk, extra: 1 }] },
    }
    expect(parseCaConfiguration(document).raw).toEqual(document)
    expect(parseCaConfiguration(JSON.stringify(document)).raw).toEqual(document)
  })

  test('takes null for absent where Go writes it', () => {
    const document = { ...minimal, federatedRoots: null, dnsNames: null, db: null, logger: null }
    expect(parseCaConfiguration(document)).toMatchObject({ federatedRoots: [] })
  })

  test('takes several roots, and an empty logger for text', () => {
    const configuration = parseCaConfiguration({ ...minimal, root: ['a', 'b'], logger: {} })
    expect(configuration.root).toEqual(['a', 'b'])
    expect(configuration.logger).toEqual({ format: 'text', traceHeader: 'X-Smallstep-Id' })
  })

  test.each([
    ['24h', 86_400],
    ['1h30m', 5400],
    ['90s', 90],
    ['0s', 0],
  ])('reads the backdate %s', (backdate, seconds) => {
    const { authority } = parseCaConfiguration({ ...minimal, authority: { backdate } })
    expect(authority.backdateSeconds).toBe(seconds)
  })

  const provisioner = (members: object) => ({ provisioners: [{ ...jwk, ...members }] })
  const withKey = (members: object) => provisioner({ key: { ...key, ...members } })

  test.each<[string, object, RegExp | string]>([
    ['root', { root: undefined }, 'is missing, name the file of the root certificate'],
    ['root', { root: 1 }, 'is not a file name or a list of file names'],
    ['root', { root: [] }, /cannot be empty|not a file name/],
    ['crt', { crt: '' }, 'cannot be empty'],
    ['crt', { crt: null }, 'must be text in quotes, not null'],
    ['key', { key: undefined }, 'is missing, name the file of the issuing key'],
    ['key', { key: 'pkcs11:id=7' }, /name a file/],
    ['address', { address: '' }, 'cannot be empty'],
    ['address', { address: undefined }, 'is missing, give host:port, such as ":443"'],
    ['address', { address: 443 }, 'must be text in quotes, not a number'],
    ['address', { address: 'localhost' }, /invalid address localhost/],
    ['address', { address: ':99999' }, /invalid address/],
    ['dnsNames', { dnsNames: [] }, 'dnsNames cannot be empty'],
    ['dnsNames[1]', { dnsNames: ['a', 7] }, 'must be text in quotes, not a number'],
    ['logger.format', { logger: { format: 'x' } }, "unsupported logger.format 'x'"],
    ['kms.type', { kms: { type: 'awskms' } }, /not supported/],
    ['tls', { tls: { minVersion: 1.3, maxVersion: 1.2 } }, /cannot exceed/],
    ['tls.minVersion', { tls: { minVersion: 1.4 } }, /none of/],
    ['tls.minVersion', { tls: { minVersion: '1.2' } }, 'must be a number, not text'],
    ['tls', { tls: [] }, 'must be an object in { }, not a list'],
    ['db.type', { db: { dataSource: 'x' } }, 'is missing, give one such as "sqlite"'],
    ['authority', { authority: undefined }, 'is missing, give at least {}'],
    ['authority.type', { authority: { type: 'stepcas' } }, /not supported/],
    ['authority.backdate', { authority: { backdate: '-1m' } }, /cannot be less than 0/],
    ['authority.backdate', { authority: { backdate: '1 day' } }, /"1 day" is not a duration/],
    ['authority.enableAdmin', { authority: { enableAdmin: true } }, /not supported/],
    [
      'authority.claims.maxTLSCertDuration',
      { authority: { claims: { maxTLSCertDuration: 'x' } } },
      /not a duration/,
    ],
    [
      'authority.provisioners',
      { authority: { provisioners: {} } },
      'must be a list in [ ], not an object',
    ],
    ['authority.provisioners[0].type', { authority: { provisioners: [{}] } }, 'is missing'],
    ['authority.provisioners[0].name', { authority: provisioner({ name: '' }) }, /cannot be empty/],
    [
      'authority.provisioners[0].key',
      { authority: provisioner({ key: undefined }) },
      'is missing, give the public key of the tokens',
    ],
    ['authority.provisioners[0].key.kty', { authority: withKey({ kty: undefined }) }, 'is missing'],
    [
      'authority.provisioners[0].key.kty',
      { authority: withKey({ kty: 'oct' }) },
      /"oct" is none of/,
    ],
    [
      'authority.provisioners[0].key.crv',
      { authority: withKey({ crv: 'secp256k1' }) },
      /is none of/,
    ],
    ['authority.provisioners[0].key.x', { authority: withKey({ x: 'AA' }) }, /is not 32 octets/],
    ['authority.provisioners[0].key.d', { authority: withKey({ d: 'AA' }) }, /private/],
    [
      'authority.provisioners[0].key.use',
      { authority: withKey({ use: 'enc' }) },
      /"enc" is not "sig"/,
    ],
    ['authority.provisioners[0].key.crv', { authority: withKey({ kty: 'OKP' }) }, /is not Ed25519/],
    [
      'authority.provisioners[0].key.n',
      { authority: provisioner({ key: { kty: 'RSA', n: rsaModulus(1024), e: 'AQAB' } }) },
      /1024 bits is too weak/,
    ],
    [
      'authority.provisioners[0].claims.disableRenewal',
      { authority: provisioner({ claims: { disableRenewal: 'yes' } }) },
      'must be true or false, not text',
    ],
    [
      'authority.provisioners[1].name',
      { authority: { provisioners: [jwk, jwk] } },
      /multiple provisioners with the same id/,
    ],
    [
      'authority.provisioners[1].name',
      { authority: { provisioners: [jwk, { ...jwk, key: { ...key, kid: 'other' } }] } },
      /multiple provisioners with the same name/,
    ],
  ])('refuses at %s', (path, members, reason) => {
    const error = refusal({ ...minimal, ...members })
    expect(error.code).toBe('configuration_invalid')
    expect(error.problems[0]?.path).toBe(path)
    if (typeof reason === 'string') expect(error.problems[0]?.reason).toBe(reason)
    else expect(error.problems[0]?.reason).toMatch(reason)
    expect(error.message).toContain(`${path}: `)
  })

  test.each(['P-384', 'P-521', 'Ed25519', 'RSA'])('takes a key on or of %s', (kind) => {
    const coordinate = (octets: number) => Buffer.alloc(octets, 7).toString('base64url')
    const keys: Record<string, object> = {
      'P-384': { kty: 'EC', crv: 'P-384', x: coordinate(48), y: coordinate(48) },
      'P-521': { kty: 'EC', crv: 'P-521', x: coordinate(66), y: coordinate(66) },
      Ed25519: { kty: 'OKP', crv: 'Ed25519', x: coordinate(32) },
      RSA: { kty: 'RSA', n: rsaModulus(2048), e: 'AQAB' },
    }
    const document = { ...minimal, authority: { provisioners: [{ ...jwk, key: keys[kind] }] } }
    expect(parseCaConfiguration(document).authority.provisioners).toHaveLength(1)
  })

  test('names the file, and counts every problem', () => {
    const error = refusal({ ...minimal, address: '', crt: 1 }, 'config/ca.json')
    expect(error.message).toMatch(/^config\/ca\.json: crt: .*; address: /)
    expect(error.problems).toHaveLength(2)
  })

  test('quotes nothing of a text that is not JSON', () => {
    const error = refusal('{"password": "hunter2", oops')
    expect(error.message).not.toContain('hunter2')
    expect(error.message).toMatch(/is not JSON/)
  })

  test('quotes no password and no data source', () => {
    const secrets = { password: { hunter2: 1 }, db: { type: 'mysql', dataSource: ['hunter2'] } }
    expect(refusal({ ...minimal, ...secrets }).message).not.toContain('hunter2')
  })

  test('keeps provisioners of other types, unserved, with a warning', () => {
    const acme = { type: 'ACME', name: 'acme', forceCN: true }
    const { authority, warnings } = parseCaConfiguration({
      ...minimal,
      authority: { provisioners: [acme, jwk] },
    })
    expect(authority.provisioners.map(({ supported }) => supported)).toEqual([false, true])
    expect(authority.provisioners[0]).toMatchObject({ id: 'acme/acme', document: acme })
    expect(warnings).toEqual([
      { path: 'authority.provisioners[0]', reason: expect.stringContaining('"acme" is listed') },
    ])
  })

  test.each([
    ['forceCN', 'yes', 'must be true or false, not text'],
    ['requireEAB', 1, 'must be true or false, not a number'],
    ['website', {}, 'must be text in quotes, not an object'],
    ['caaIdentities', 'ca.internal', 'must be a list in [ ], not text'],
    ['challenges', 'http-01', 'must be a list in [ ], not text'],
    ['attestationRoots', 'a b', 'is not base64'],
  ])('refuses an ACME provisioner whose %s is %j', (member, value, reason) => {
    const provisioners = [jwk, { type: 'ACME', name: 'acme', [member]: value }]
    expect(() => parseCaConfiguration({ ...minimal, authority: { provisioners } })).toThrow(
      `authority.provisioners[1].${member}: ${reason}`,
    )
  })

  test.each([
    ['challenges', 'http-02', 'http-01, dns-01, tls-alpn-01'],
    ['attestationFormats', 'nitro', 'apple, step, tpm'],
  ])('refuses an ACME provisioner with the %s %s', (member, value, known) => {
    const provisioners = [{ type: 'ACME', name: 'acme', [member]: [value] }]
    expect(() => parseCaConfiguration({ ...minimal, authority: { provisioners } })).toThrow(
      `authority.provisioners[0].${member}[0]: "${value}" is none of ${known}`,
    )
  })

  test('reads an X5C provisioner', () => {
    const x5c = { type: 'x5c', name: 'corp', roots: 'AA==', claims: { disableRenewal: true } }
    const { provisioners } = parseCaConfiguration({
      ...minimal,
      authority: { provisioners: [{ type: 'Quantum', name: 'q' }, x5c] },
    }).authority
    expect(provisioners).toEqual([
      {
        supported: true,
        type: 'x5c',
        name: 'corp',
        roots: 'AA==',
        claims: expect.objectContaining({ disableRenewal: true }),
        path: 'authority.provisioners[1]',
      },
    ])
  })

  test('skips a type that step does not know, with a warning', () => {
    const { authority, warnings } = parseCaConfiguration({
      ...minimal,
      authority: { provisioners: [{ type: 'Quantum', name: 'q' }, jwk] },
    })
    expect(authority.provisioners.map(({ name }) => name)).toEqual(['admin'])
    expect(warnings[0]?.reason).toMatch(/"Quantum" is skipped/)
  })

  test('keeps the secrets of other types out of what is listed', () => {
    const scep = {
      type: 'SCEP',
      name: 'scep',
      challenge: 'hunter2',
      options: { webhooks: [{ name: 'w', secret: 'hunter2', bearerToken: 'hunter2' }] },
    }
    const { provisioners } = parseCaConfiguration({
      ...minimal,
      authority: { provisioners: [scep] },
    }).authority
    expect(JSON.stringify(provisioners)).not.toContain('hunter2')
    expect(provisioners[0]).toMatchObject({ document: { challenge: '*** REDACTED ***' } })
  })

  test('throws nothing but its own error, whatever the document', () => {
    const someJson = fc.jsonValue()
    const members = fc.constantFrom(...Object.keys(minimal), 'tls', 'db', 'mayfly', 'logger')
    fc.assert(
      fc.property(members, someJson, (member, value) => {
        try {
          parseCaConfiguration({ ...minimal, [member]: value })
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigurationError)
        }
      }),
    )
  })
})

function rsaModulus(bits: number): string {
  return Buffer.alloc(bits / 8, 0xc1).toString('base64url')
}

function refusal(document: unknown, source?: string): ConfigurationError {
  try {
    parseCaConfiguration(document, source === undefined ? {} : { source })
  } catch (error) {
    if (error instanceof ConfigurationError) return error
    throw error
  }
  throw new Error('the configuration was accepted')
}

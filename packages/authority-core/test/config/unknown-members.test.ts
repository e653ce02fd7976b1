import { parseCaConfiguration } from '@mayfly/authority-core/config'
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

const reason = 'is not known and has no effect'

describe('a member that is not known', () => {
  const inProvisioner = (members: object) => ({
    authority: { provisioners: [{ ...jwk, ...members }] },
  })

  test.each<[string, object, string | undefined]>([
    ['adress', { adress: ':444' }, 'address'],
    ['DNSNames', { DNSNames: ['a'] }, 'dnsNames'],
    ['crtt', { crtt: 'a' }, 'crt'],
    ['later', { later: { a: 1 } }, undefined],
    ['["a b\\n"]', { 'a b\n': 1 }, undefined],
    ['toString', { toString: 1 }, undefined],
    ['to', { to: 1 }, undefined],
    ['federateRoots', { federateRoots: ['a'] }, 'federatedRoots'],
    ['authority.provisoners', { authority: { provisoners: [jwk] } }, 'provisioners'],
    ['authority.backDate', { authority: { backDate: '1h' } }, 'backdate'],
    [
      'authority.claims.maxTLSCertDuraton',
      { authority: { claims: { maxTLSCertDuraton: '1h' } } },
      'maxTLSCertDuration',
    ],
    ['authority.provisioners[0].claim', inProvisioner({ claim: {} }), 'claims'],
    ['authority.provisioners[0].forceCN', inProvisioner({ forceCN: true }), undefined],
    [
      'authority.provisioners[0].claims.defaultTLSCertDuratoin',
      inProvisioner({ claims: { defaultTLSCertDuratoin: '1h' } }),
      'defaultTLSCertDuration',
    ],
    [
      'authority.provisioners[0].requireEab',
      { authority: { provisioners: [{ type: 'acme', name: 'a', requireEab: true }] } },
      'requireEAB',
    ],
    ['logger.formats', { logger: { formats: 'json' } }, 'format'],
    ['db.datasource', { db: { type: 'sqlite', dataSource: 'a', datasource: 'b' } }, 'dataSource'],
    ['tls.minversion', { tls: { minversion: 1.3 } }, 'minVersion'],
    ['crl.enable', { crl: { enable: true } }, 'enabled'],
  ])('is warned of at %s', (path, members, meant) => {
    const { warnings } = parseCaConfiguration({ ...minimal, ...members })
    const question = meant === undefined ? '' : ` (did you mean ${meant}?)`
    expect(warnings).toContainEqual({ path, reason: `${reason}${question}` })
    expect(warnings.filter((warning) => warning.reason.startsWith(reason))).toHaveLength(1)
  })

  test('is not looked for in a provisioner that is skipped as a whole', () => {
    const quantum = { type: 'Quantum', name: 'q', qubits: 3 }
    expect(slipsOf({ authority: { provisioners: [quantum] } })).toEqual([])
  })
})

describe('no member that step documents is warned of', () => {
  const claims = {
    ...Object.fromEntries(
      ['TLS', 'UserSSH', 'HostSSH'].flatMap((kind) =>
        ['min', 'max', 'default'].map((bound) => [`${bound}${kind}CertDuration`, '1h']),
      ),
    ),
    enableSSHCA: true,
    disableRenewal: false,
    allowRenewalAfterExpiry: false,
    disableSmallstepExtensions: false,
  }

  test('at the top, in authority, logger, db, tls and crl', () => {
    const slips = slipsOf({
      federatedRoots: null,
      insecureAddress: '',
      dnsNames: ['a'],
      kms: { type: 'softkms' },
      ssh: { hostKey: 'h', userKey: 'u' },
      logger: { format: 'text', traceHeader: 'X' },
      db: {
        type: 'badgerv2',
        dataSource: 'db',
        valueDir: 'v',
        database: 'd',
        badgerFileLoadingMode: '',
      },
      monitoring: { type: 'newrelic' },
      authority: {
        type: '',
        certificateAuthority: '',
        certificateAuthorityFingerprint: '',
        certificateIssuer: {},
        credentialsFile: '',
        config: {},
        authorityId: '',
        deploymentType: '',
        provisioners: [],
        template: {},
        claims,
        policy: {},
        disableIssuedAtCheck: false,
        backdate: '1m',
        enableAdmin: false,
        disableGetSSHHosts: false,
      },
      tls: { cipherSuites: [], minVersion: 1.2, maxVersion: 1.3, renegotiation: false },
      password: 'p',
      templates: { ssh: { user: [], host: [] }, data: {} },
      commonName: 'c',
      crl: {
        enabled: false,
        generateOnRevoke: false,
        cacheDuration: '24h',
        renewPeriod: '16h',
        idpURL: '',
      },
      metricsAddress: ':9',
      mayfly: {},
    })
    expect(slips).toEqual([])
  })

  test.each([
    ['JWK', 'key encryptedKey'],
    ['X5C', 'roots'],
    [
      'OIDC',
      'clientID clientSecret configurationEndpoint tenantID admins domains groups listenAddress scopes authParams',
    ],
    ['K8sSA', 'publicKeys'],
    ['SSHPOP', 'options'],
    ['Nebula', 'roots'],
    [
      'ACME',
      'forceCN termsOfService website caaIdentities requireEAB challenges attestationFormats attestationRoots',
    ],
    ['AWS', 'accounts disableCustomSANs disableTrustOnFirstUse imdsVersions instanceAge iidRoots'],
    [
      'GCP',
      'serviceAccounts projectIDs organizationID disableCustomSANs disableTrustOnFirstUse disableSSHCAUser disableSSHCAHost instanceAge',
    ],
    [
      'Azure',
      'tenantID resourceGroups subscriptionIDs objectIDs audience disableCustomSANs disableTrustOnFirstUse',
    ],
    // As the real `step ca provisioner add` writes it.
    [
      'SCEP',
      'forceCN challenge capabilities includeRoot excludeIntermediate minimumPublicKeyLength decrypterCertificate decrypterKeyPEM encryptionAlgorithmIdentifier',
    ],
  ])('in a provisioner of type %s', (type, names) => {
    const texts = Object.fromEntries(names.split(' ').map((name) => [name, 'x']))
    const members = type === 'ACME' ? { ...texts, ...acme } : texts
    const options = { x509: {}, ssh: {} }
    const entry = { ...members, ...jwk, type, claims, options }
    const { key: _, ...other } = entry
    expect(slipsOf({ authority: { provisioners: [type === 'JWK' ? entry : other] } })).toEqual([])
  })

  test('nor the empty list that step ca init --helm misspells', () => {
    expect(slipsOf({ federateRoots: [] })).toEqual([])
  })
})

/** Members of an ACME provisioner that are more than text. */
const acme = {
  forceCN: true,
  requireEAB: false,
  caaIdentities: ['ca.internal'],
  challenges: ['http-01', 'DNS-01'],
  attestationFormats: ['apple'],
  attestationRoots: 'AA==',
}

function slipsOf(members: object) {
  return parseCaConfiguration({ ...minimal, ...members }).warnings.filter((warning) =>
    warning.reason.startsWith(reason),
  )
}

import { createHash } from 'node:crypto'
import { createAuthority } from '@mayfly/authority-core'
import { createMemoryStore } from '@mayfly/db-adapters'
import { generateProvisionerKey } from '@mayfly/jwt-tokens'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  createPki,
  createTestAuthority,
  type Pki,
  random,
  readAuthority,
  start,
} from './support/authority.ts'
import { refusalOf } from './support/refusal.ts'

let pki: Pki
beforeAll(async () => {
  pki = await createPki()
})

describe('provisioners', () => {
  test("are listed in the order of configuration, their members in step's order", async () => {
    const { publicJwk } = await generateProvisionerKey()
    const { use, kty, kid, crv, alg, x, y } = publicJwk
    const listed = listingsOf({
      provisioners: [
        { name: 'acme', type: 'ACME' },
        {
          claims: { disableRenewal: false, maxTLSCertDuration: '48h' },
          encryptedKey: 'a.b.c.d.e',
          key: { y, x, alg, crv, kid, kty, use },
          unknown: 1,
          name: 'admin',
          type: 'JWK',
        },
      ],
    })
    expect(listed.map(({ id, name }) => ({ id, name }))).toEqual([
      { id: 'acme/acme', name: 'acme' },
      { id: `admin:${kid}`, name: 'admin' },
    ])
    expect(JSON.stringify(listed[1]?.document)).toBe(
      `{"type":"JWK","name":"admin","key":{"use":"sig","kty":"EC","kid":"${kid}","crv":"P-256","alg":"ES256","x":"${x}","y":"${y}"},"encryptedKey":"a.b.c.d.e","claims":{"maxTLSCertDuration":"48h0m0s","disableRenewal":false}}`,
    )
  })

  test('show the claims that were given as fields alone, as step writes them', async () => {
    const { publicJwk: key } = await generateProvisionerKey()
    const claims = { disableRenewal: true, defaultTlsSeconds: 3600, minTlsSeconds: 90 }
    const authority = createAuthority({
      issuer: pki.issuer,
      roots: [pki.root],
      dnsNames: ['ca.test'],
      provisioners: [{ supported: true, type: 'JWK', name: 'ops', key, claims }],
      store: createMemoryStore(),
      now: () => start,
      random,
    })
    expect(authority.provisionerWarnings).toEqual([])
    expect(JSON.stringify(authority.provisioners()[0]?.document.claims)).toBe(
      '{"minTLSCertDuration":"1m30s","defaultTLSCertDuration":"1h0m0s","disableRenewal":true}',
    )
  })

  test.each([
    [
      'claims that contradict each other',
      { claims: { minTLSCertDuration: '0s' } },
      'claims: MinTLSCertDuration must be greater than 0',
    ],
    [
      'webhooks',
      { options: { webhooks: [{ name: 'w' }] } },
      'options.webhooks: webhooks are not supported yet',
    ],
  ])(
    'with %s are disabled, listed with their state, and their tokens refused',
    async (_, provisioner, reason) => {
      const ca = await createTestAuthority({ pki, provisioner })
      expect(ca.authority.provisionerWarnings).toEqual([{ name: 'admin', type: 'JWK', reason }])
      const [listed] = ca.authority.provisioners()
      expect(Object.entries(listed?.document ?? {}).slice(-2)).toEqual([
        ['state', 'Uninitialized'],
        ['stateReason', reason],
      ])
      expect(await refusalOf(ca.sign())).toEqual({
        code: 'provisioner_disabled',
        message: 'provisioner "admin" is disabled due to an initialization error',
      })
    },
  )

  test('with the key point off its curve are disabled', async () => {
    const { publicJwk } = await generateProvisionerKey()
    const off = { ...publicJwk, y: publicJwk.x }
    const [listed] = listingsOf({ provisioners: [{ type: 'JWK', name: 'admin', key: off }] })
    expect(listed?.document).toMatchObject({ state: 'Uninitialized' })
  })

  test('inherit the claims of the authority, and fail by them too', () => {
    const [listed] = listingsOf({
      claims: { maxTLSCertDuration: '1m' },
      provisioners: [{ type: 'ACME', name: 'acme' }],
    })
    expect(listed?.document.stateReason).toMatch(/^claims: MaxCertDuration cannot be less/)
  })

  test('show no secret of a webhook', async () => {
    const { publicJwk: key } = await generateProvisionerKey()
    const options = {
      webhooks: [{ name: 'w', secret: 'hunter2', basicAuth: { password: 'hunter2' } }],
    }
    const listed = listingsOf({ provisioners: [{ type: 'JWK', name: 'admin', key, options }] })
    expect(JSON.stringify(listed)).not.toContain('hunter2')
    expect(listed[0]?.document.options).toEqual({ webhooks: [{ name: 'w' }] })
  })

  test('show neither policies nor settings of ours, of whatever type they are', async () => {
    const { publicJwk: key } = await generateProvisionerKey()
    const hidden = { policy: { x509: { deny: { dns: ['secret.internal'] } } }, mayfly: {} }
    const listed = listingsOf({
      provisioners: [
        { type: 'JWK', name: 'admin', key, ...hidden },
        { type: 'ACME', name: 'acme', ...hidden },
      ],
    })
    for (const { document } of listed) {
      expect(Object.keys(document)).not.toContain('policy')
      expect(Object.keys(document)).not.toContain('mayfly')
    }
  })

  test('hand out their sealed keys by key id, the last one where two share a key', async () => {
    const { publicJwk: key } = await generateProvisionerKey()
    const authority = createFrom({
      provisioners: [
        { type: 'JWK', name: 'one', key, encryptedKey: 'first' },
        { type: 'JWK', name: 'two', key, encryptedKey: 'second' },
      ],
    })
    expect(authority.findEncryptedKey(key.kid ?? '')).toBe('second')
    expect(authority.findEncryptedKey('zzz')).toBeUndefined()
  })
})

test.each([
  ['name', { type: 'ACME', name: 'admin' }, '"admin"'],
  ['id', { type: 'K8sSA', name: 'other' }, '"k8ssa/k8sSA-default"'],
])('provisioners of the same %s make no authority', async (member, second, value) => {
  const ca = await createTestAuthority({ pki })
  const provisioners = [
    ...readAuthority({ provisioners: [{ type: 'K8sSA', name: 'admin' }] }).provisioners,
    ...readAuthority({ provisioners: [second] }).provisioners,
  ]
  expect(() => ca.again({ provisioners })).toThrow(
    new TypeError(`two provisioners have the same ${member} ${value}`),
  )
})

describe('findRoot', () => {
  test('finds roots and federated roots by fingerprint, whatever its case and dashes', async () => {
    const other = await createPki('Other')
    const { authority } = await createTestAuthority({ pki, federatedRoots: [other.root] })

    for (const root of [pki.root, other.root]) {
      const fingerprint = createHash('sha256').update(root.der).digest('hex')
      const dashed = fingerprint.toUpperCase().replaceAll(/(..)(?=.)/g, '$1-')
      expect(authority.findRoot(fingerprint)).toBe(root)
      expect(authority.findRoot(dashed)).toBe(root)
    }
    expect(authority.findRoot('abc')).toBeUndefined()
  })
})

function createFrom(authority: Record<string, unknown>) {
  const { provisioners, claims } = readAuthority(authority)
  return createAuthority({
    issuer: pki.issuer,
    roots: [pki.root],
    dnsNames: ['ca.internal'],
    provisioners,
    ...(claims === undefined ? {} : { claims }),
    store: createMemoryStore(),
    now: () => start,
    random,
  })
}

function listingsOf(authority: Record<string, unknown>) {
  return createFrom(authority).provisioners()
}

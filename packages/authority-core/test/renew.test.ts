import type { RenewalCredential } from '@mayfly/authority-core'
import { createMemoryStore, type Store } from '@mayfly/db-adapters'
import { openSqliteStore } from '@mayfly/db-adapters/sqlite'
import { generateProvisionerKey } from '@mayfly/jwt-tokens'
import { createSigner, generatePrivateKey } from '@mayfly/keystore-hsm'
import { createName, issue, leafProfile, type ProvisionerExtension } from '@mayfly/x509-profiles'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  createIntermediate,
  createPki,
  createRequest,
  createTestAuthority,
  type Pki,
  random,
  readProvisioners,
  spkiOf,
  start,
  type TestAuthority,
} from './support/authority.ts'
import { createFolder, type Folder } from './support/folder.ts'
import { claimsOf } from './support/forge.ts'
import { issueLeaf, type Leaf, shown } from './support/leaf.ts'
import { refusalOf } from './support/refusal.ts'

let folder: Folder
let store: Store
let pki: Pki
let ca: TestAuthority
let leaf: Leaf

beforeAll(async () => {
  folder = await createFolder()
  store = await openSqliteStore({ path: folder.file('ca.sqlite') })
  pki = await createPki()
})
afterAll(async () => {
  await store.close()
  await folder[Symbol.asyncDispose]()
})
beforeEach(async () => {
  ca = await create()
  leaf = await issueLeaf(ca)
})

describe('renew', () => {
  test('keeps names, key and length, from now, backdated', async () => {
    ca.clock.advance(1800)
    const { certificate, chain, provisioner } = await renew(ca, shown(leaf))
    const old = leaf.certificate
    expect(certificate.subject.der).toEqual(old.subject.der)
    expect(certificate.subjectAltNames).toEqual(old.subjectAltNames)
    expect(certificate.subjectPublicKeyInfo).toEqual(old.subjectPublicKeyInfo)
    expect(certificate.provisioner).toEqual(old.provisioner)
    expect(certificate.serialNumber).not.toBe(old.serialNumber)
    const shift = (time: Date) => new Date(time.getTime() + 1800_000)
    expect(certificate.validity).toEqual({
      notBefore: shift(old.validity.notBefore),
      notAfter: shift(old.validity.notAfter),
    })
    expect(chain).toEqual([certificate, pki.intermediate])
    expect(provisioner).toMatchObject({ name: 'admin', type: 'JWK' })
  })

  test('records the predecessor', async () => {
    const { certificate } = await renew(ca, shown(leaf))
    expect(await ca.store.findCertificate(certificate.serialNumber)).toMatchObject({
      predecessor: leaf.certificate.serialNumber,
      provisionerId: `admin:${ca.provisionerKey.publicJwk.kid}`,
    })
  })

  test('may be repeated, from the old certificate and from the new', async () => {
    const renewed = await renew(ca, shown(leaf))
    expect(await renew(ca, shown(leaf))).toHaveProperty('certificate')
    expect(await renew(ca, shown(renewed))).toHaveProperty('certificate')
  })

  test('takes a leaf without its intermediate', async () => {
    const credential = { ...shown(leaf), chain: [] }
    expect(await renew(ca, credential)).toHaveProperty('certificate')
  })

  test('follows the provisioner by record when its extension is left out', async () => {
    const plain = await create({ claims: { disableSmallstepExtensions: true } })
    const bare = await issueLeaf(plain)
    expect(bare.certificate.provisioner).toBeUndefined()
    const { provisioner } = await renew(plain, shown(bare))
    expect(provisioner).toEqual({ name: 'admin', type: 'JWK', credentialId: '' })
  })

  test('finds the provisioner by name where the key was exchanged', async () => {
    const { publicJwk: key } = await generateProvisionerKey()
    const authority = ca.again({
      provisioners: readProvisioners([{ type: 'JWK', name: 'admin', key }]),
    })
    const issued = await authority.renew({ credential: shown(leaf), requestId: 'r' })
    expect(issued.provisioner?.name).toBe('admin')
  })

  test('serves certificates of provisioners whose tokens it does not understand', async () => {
    const provisioners = readProvisioners([{ type: 'ACME', name: 'admin' }])
    const authority = ca.again({ provisioners })
    const issued = await authority.renew({ credential: shown(leaf), requestId: 'r' })
    expect(issued.provisioner).toMatchObject({ name: 'admin', type: 'ACME' })
  })

  test('serves a certificate of a former intermediate that the peer sends along', async () => {
    const former = await createIntermediate(pki.rootIssuer, 'Former Intermediate CA')
    const before = await create({}, { issuer: former.issuer })
    const old = await issueLeaf(before)
    expect(await renew(ca, shown(old))).toHaveProperty('certificate')
    expect((await refusalOf(renew(ca, { ...shown(old), chain: [] }))).code).toBe(
      'certificate_untrusted',
    )
  })

  test('serves a certificate that names no provisioner, if the issuing key made it', async () => {
    const bare = await bareLeaf(pki)
    const issued = await renew(ca, bare)
    expect(issued.provisioner).toBeUndefined()
    expect(await renew(ca, shown(issued))).toHaveProperty('certificate')
  })

  test('takes no provisioner without an identity for the one of a certificate that names none', async () => {
    const issued = await renew(ca, await bareLeaf(pki))
    const claims = { disableRenewal: true }
    const provisioners = readProvisioners([{ type: 'OIDC', name: 'google', claims }])
    const authority = ca.again({ provisioners })
    const again = await authority.renew({ credential: shown(issued), requestId: 'r' })
    expect(again.provisioner).toBeUndefined()
  })
})

describe('renew refuses', () => {
  test('a certificate that names no provisioner, of another authority below the same root', async () => {
    const other = await createIntermediate(pki.rootIssuer, 'Other Intermediate CA')
    const bare = await bareLeaf({ ...pki, ...other })
    expect((await refusalOf(renew(ca, bare))).code).toBe('certificate_untrusted')
  })

  test('a certificate of an authority that a template has made, whomever it names as its provisioner', async () => {
    const template =
      '{"subject": "Sub CA", "keyUsage": "certSign", "basicConstraints": {"isCA": true, "maxPathLen": 0}}'
    const mayfly = { allowCertificateAuthority: true }
    const provisioner = { mayfly, options: { x509: { template } } }
    const recording = await create(provisioner, { issuer: pki.rootIssuer })
    const other = { issuer: pki.rootIssuer, store: createMemoryStore() }
    const forgetful = await create(provisioner, other)
    for (const [maker, renewer] of [
      [recording, ca],
      [forgetful, forgetful],
    ] as const) {
      const { certificate: intermediate, key } = await issueLeaf(maker)
      const issuer = { certificate: intermediate, signer: createSigner(key) }
      const credential = { type: 1, name: 'admin', credentialId: '' }
      const forged = await bareLeaf({ intermediate, issuer }, credential)
      expect((await refusalOf(renew(renewer, forged))).code).toBe('certificate_untrusted')
    }
  })

  test('a certificate of another root, whatever its names say', async () => {
    const other = await createTestAuthority({ pki: await createPki() })
    const stranger = await issueLeaf(other)
    expect((await refusalOf(renew(ca, shown(stranger)))).code).toBe('certificate_untrusted')
  })

  test('a certificate that only claims a serial number of ours', async () => {
    const other = await createIntermediate(pki.rootIssuer, 'Other Intermediate CA')
    const serial = leaf.certificate.serialNumber.toString(16).padStart(32, '0')
    const elsewhere = await create(
      {},
      {
        issuer: other.issuer,
        store: createMemoryStore(),
        random: (length) =>
          length === 16 ? new Uint8Array(Buffer.from(serial, 'hex')) : random(length),
      },
    )
    const twin = await issueLeaf(elsewhere)
    expect(twin.certificate.serialNumber).toBe(leaf.certificate.serialNumber)
    expect((await refusalOf(renew(ca, shown(twin)))).code).toBe('certificate_untrusted')
  })

  test('the certificate of an authority', async () => {
    const credential = { kind: 'certificate', certificate: pki.intermediate, chain: [] } as const
    expect((await refusalOf(renew(ca, credential))).code).toBe('certificate_untrusted')
  })

  test('an expired certificate, also where renewal after expiry is allowed', async () => {
    const lenient = await create({ claims: { allowRenewalAfterExpiry: true } })
    const old = await issueLeaf(lenient)
    lenient.clock.advance(3601)
    expect(await refusalOf(renew(lenient, shown(old)))).toEqual({
      code: 'certificate_expired',
      message: 'certificate expired on 2026-11-23 09:00:00 +0000 UTC',
    })
  })

  test('a certificate that is not yet valid', async () => {
    const later = await ca.sign({ notBefore: '1h', notAfter: '2h' })
    expect((await refusalOf(renew(ca, shown(later)))).code).toBe('certificate_not_yet_valid')
  })

  test('a revoked certificate', async () => {
    await revoke(ca, leaf)
    expect(await refusalOf(renew(ca, shown(leaf)))).toEqual({
      code: 'certificate_revoked',
      message: 'certificate has been revoked',
    })
  })

  test('where the provisioner disables it', async () => {
    const strict = await create({ claims: { disableRenewal: true } })
    const fixed = await issueLeaf(strict)
    expect(await refusalOf(renew(strict, shown(fixed)))).toEqual({
      code: 'renewal_disabled',
      message: "renew is disabled for provisioner 'admin'",
    })
  })

  test.each([
    ['removed', [], 'provisioner_not_found'],
    [
      'disabled',
      [{ type: 'ACME', name: 'admin', claims: { minTLSCertDuration: '0s' } }],
      'provisioner_disabled',
    ],
  ])('where the provisioner is %s', async (_, provisioners, code) => {
    const authority = ca.again({ provisioners: readProvisioners(provisioners) })
    const call = authority.renew({ credential: shown(leaf), requestId: 'r' })
    expect((await refusalOf(call)).code).toBe(code)
  })

  test('what would be expired at once', async () => {
    const short = await create({ claims: { minTLSCertDuration: '1s' } }, { backdateSeconds: 0 })
    const brief = await issueLeaf(short, '30s')
    const authority = short.again({ backdateSeconds: 30 })
    const call = authority.renew({ credential: shown(brief), requestId: 'r' })
    expect((await refusalOf(call)).code).toBe('lifetime_too_short')
  })

  test('judges each time afresh: by the roots of today', async () => {
    const { root } = await createPki('Next')
    const authority = ca.again({ roots: [root] })
    const call = authority.renew({ credential: shown(leaf), requestId: 'r' })
    expect((await refusalOf(call)).code).toBe('certificate_untrusted')
  })
})

describe('rekey', () => {
  test('takes the key of the request and nothing else', async () => {
    const csr = await createRequest({ commonName: 'ignored', names: ['ignored'] })
    const { certificate } = await rekey(csr)
    expect(certificate.subjectPublicKeyInfo).toEqual(csr.subjectPublicKeyInfo)
    expect(certificate.subject.der).toEqual(leaf.certificate.subject.der)
    expect(certificate.subjectAltNames).toEqual(leaf.certificate.subjectAltNames)
    expect(await ca.store.findCertificate(certificate.serialNumber)).toMatchObject({
      predecessor: leaf.certificate.serialNumber,
    })
  })

  test('refuses a key whose possession is not proven', async () => {
    const csr = await createRequest()
    const other = await createRequest()
    const forged = { ...csr, subjectPublicKeyInfo: other.subjectPublicKeyInfo }
    expect((await refusalOf(rekey(forged))).code).toBe('csr_signature_invalid')
  })

  test.each([
    ['a revoked certificate', () => revoke(ca, leaf), 'certificate_revoked'],
    ['an expired certificate', async () => ca.clock.advance(3601), 'certificate_expired'],
  ])('refuses %s', async (_, happen, code) => {
    await happen()
    expect((await refusalOf(rekey(await createRequest()))).code).toBe(code)
  })

  test.each([
    ['', 'csr_missing'],
    ['nonsense', 'csr_malformed'],
  ])('refuses the request %j', async (csr, code) => {
    expect((await refusalOf(rekey(csr))).code).toBe(code)
  })

  function rekey(
    certificationRequest: Parameters<typeof ca.authority.rekey>[0]['certificationRequest'],
  ) {
    return ca.authority.rekey({ credential: shown(leaf), certificationRequest, requestId: 'r' })
  }
})

describe('revocation and renewal at once', () => {
  test('leave no renewal behind that the revocation did not see', async () => {
    const oneTimeToken = await revocationToken(ca, leaf)
    const renewals = Array.from({ length: 20 }, () => renew(ca, shown(leaf)))
    const revocation = ca.authority.revoke({
      serialNumber: leaf.certificate.serialNumber,
      reasonCode: 1,
      reason: '',
      credential: { kind: 'token', token: oneTimeToken },
      withRenewals: true,
      requestId: 'r',
    })
    const outcomes = await Promise.allSettled(renewals)
    const { serialNumbers } = await revocation
    for (const outcome of outcomes) {
      if (outcome.status === 'fulfilled') {
        expect(serialNumbers).toContain(outcome.value.certificate.serialNumber)
      } else {
        expect(outcome.reason.code).toBe('certificate_revoked')
      }
    }
    expect(claimsOf(oneTimeToken).sub).toBe(String(serialNumbers[0]))
  })
})

async function create(
  provisioner: Record<string, unknown> = {},
  options: Parameters<typeof createTestAuthority>[0] = {},
): Promise<TestAuthority> {
  return createTestAuthority({ pki, provisioner, store, ...options })
}

function renew(from: TestAuthority, credential: RenewalCredential) {
  return from.authority.renew({ credential, requestId: 'request-2' })
}

function revocationToken(from: TestAuthority, { certificate }: Leaf): Promise<string> {
  return from.token({
    subject: String(certificate.serialNumber),
    audience: 'https://ca.internal/1.0/revoke',
  })
}

async function revoke(from: TestAuthority, revoked: Leaf): Promise<void> {
  await from.authority.revoke({
    serialNumber: revoked.certificate.serialNumber,
    reasonCode: 0,
    reason: '',
    credential: { kind: 'token', token: await revocationToken(from, revoked) },
    withRenewals: false,
    requestId: 'r',
  })
}

/** A leaf that no store has heard of, without provisioner extension unless one is given. */
async function bareLeaf(
  { issuer, intermediate }: Pick<Pki, 'issuer' | 'intermediate'>,
  provisioner?: ProvisionerExtension,
) {
  const signer = createSigner(await generatePrivateKey())
  const certificate = await issue(
    {
      subject: createName({ commonName: 'bare.internal' }),
      subjectAltNames: [{ type: 'dns', value: 'bare.internal' }],
      subjectPublicKeyInfo: spkiOf(signer),
      validity: { notBefore: start, notAfter: new Date(start.getTime() + 3600_000) },
      ...(provisioner === undefined ? {} : { provisioner }),
    },
    leafProfile,
    issuer,
    { now: () => start, random },
  )
  return { kind: 'certificate', certificate, chain: [intermediate] } as const
}

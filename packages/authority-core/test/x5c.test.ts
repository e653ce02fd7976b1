import { hash } from 'node:crypto'
import { createMemoryStore, type Store } from '@mayfly/db-adapters'
import { openSqliteStore } from '@mayfly/db-adapters/sqlite'
import type { OneTimeTokenOptions } from '@mayfly/jwt-tokens'
import { createSigner, generatePrivateKey, type KeyType } from '@mayfly/keystore-hsm'
import { leafProfile } from '@mayfly/x509-profiles'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  createIntermediate,
  createPki,
  createRequest,
  type Pki,
  readProvisioners,
  sharedRequest,
  type TestAuthority,
  type TestAuthorityOptions,
} from './support/authority.ts'
import { createFolder, type Folder } from './support/folder.ts'
import { claimsOf, forgeMacToken, forgeToken, forgeUnsignedToken } from './support/forge.ts'
import { shown } from './support/leaf.ts'
import { refusalOf } from './support/refusal.ts'
import {
  at,
  type CredentialKey,
  type CredentialOptions,
  createX5cAuthority,
  issueCredential,
  rootsOf,
  x5cToken,
} from './support/x5c.ts'

let corp: Pki
let stranger: Pki
let ca: TestAuthority
let credential: CredentialKey
let folder: Folder
let store: Store

beforeAll(async () => {
  folder = await createFolder()
  store = await openSqliteStore({ path: folder.file('ca.sqlite') })
  corp = await createPki('Corp')
  stranger = await createPki('Stranger')
  ca = await createCa({}, { store })
  credential = await issueCredential(corp)
})

afterAll(async () => {
  await store.close()
  await folder[Symbol.asyncDispose]()
})

const createCa = (...options: CaOptions) => createX5cAuthority({ corp, stranger }, ...options)
type CaOptions = [members?: Record<string, unknown>, options?: TestAuthorityOptions]
const token = (options?: Partial<OneTimeTokenOptions>) => x5cToken(ca, credential, options)
const signWith = async (
  key: Pick<CredentialKey, 'key' | 'chain'>,
  options?: Partial<OneTimeTokenOptions>,
) => ca.sign({ oneTimeToken: await x5cToken(ca, key, options) })

describe('the holder of a certificate', () => {
  test('gets what the token grants, marked with type 7 and an empty credential id', async () => {
    const oneTimeToken = await token({ sans: ['web.internal', '10.0.0.1'] })
    const { certificate, provisioner } = await ca.sign({
      oneTimeToken,
      certificationRequest: await createRequest(),
    })
    expect(certificate.subjectAltNames).toEqual([
      { type: 'dns', value: 'web.internal' },
      { type: 'ip', value: '10.0.0.1' },
    ])
    expect(certificate.provisioner).toEqual({ type: 7, name: 'corp', credentialId: '' })
    expect(provisioner).toEqual({ name: 'corp', type: 'X5C', credentialId: '' })
  })

  test('is recorded under the id of the provisioner', async () => {
    const { certificate } = await signWith(credential)
    expect(await ca.store.findCertificate(certificate.serialNumber)).toMatchObject({
      provisionerId: 'x5c/corp',
      provisionerName: 'corp',
      provisionerType: 'X5C',
    })
  })

  test('may send the intermediates in any order, repeated, with the root', async () => {
    const [leaf, intermediate] = credential.chain
    const chain = [leaf, corp.root, intermediate, intermediate, leaf, stranger.root]
    const present = chain.filter((each) => each !== undefined)
    expect(await signWith({ ...credential, chain: present })).toHaveProperty('certificate')
  })

  test.each<KeyType>([
    { kty: 'RSA', size: 2048 },
    { kty: 'OKP', crv: 'Ed25519' },
    { kty: 'EC', crv: 'P-521' },
  ])('may have a key of type $kty', async (keyType) => {
    expect(await signWith(await issueCredential(corp, { keyType }))).toHaveProperty('certificate')
  })

  test('renews what it got, with the certificate itself', async () => {
    const key = await generatePrivateKey()
    const certificationRequest = await createRequest({ signer: createSigner(key) })
    const issued = await ca.sign({ oneTimeToken: await token(), certificationRequest })
    const renewed = await ca.authority.renew({ credential: shown(issued), requestId: 'r' })
    expect(renewed.certificate.provisioner).toEqual({ type: 7, name: 'corp', credentialId: '' })
    expect(renewed.provisioner?.type).toBe('X5C')
  })

  test('revokes by a token for the serial number', async () => {
    const { certificate } = await signWith(credential)
    const revocation = async (options: Partial<OneTimeTokenOptions> = {}) =>
      ca.authority.revoke({
        serialNumber: certificate.serialNumber,
        reasonCode: 0,
        reason: '',
        withRenewals: false,
        requestId: 'r',
        credential: {
          kind: 'token',
          token: await token({
            subject: String(certificate.serialNumber),
            audience: 'https://ca.internal/1.0/revoke#x5c/corp',
            ...options,
          }),
        },
      })
    const forSigning = 'https://ca.internal/1.0/sign#x5c/corp'
    const wrongUse = await refusalOf(revocation({ audience: forSigning }))
    expect(wrongUse.code).toBe('token_audience_mismatch')
    expect((await refusalOf(revocation({ subject: '5' }))).code).toBe('serial_mismatch')
    expect((await revocation()).serialNumbers).toEqual([certificate.serialNumber])
  })
})

describe('the validity', () => {
  const short: CredentialOptions = { notBefore: -600, notAfter: 7200 }

  test('ends with the credential where the default is longer', async () => {
    const limited = await issueCredential(corp, short)
    const { certificate } = await signWith(limited)
    expect(certificate.validity).toEqual({ notBefore: at(-60), notAfter: at(7200) })
  })

  test('is the default where that ends before the credential', async () => {
    const long = await issueCredential(corp, { notAfter: 40 * 86_400 })
    const { certificate } = await signWith(long)
    expect(certificate.validity.notAfter).toEqual(at(86_400))
  })

  test('may be backdated beyond the start of a young credential', async () => {
    const young = await issueCredential(corp, { notBefore: -10, notAfter: 7200 })
    expect((await signWith(young)).certificate.validity.notBefore).toEqual(at(-60))
  })

  test.each([
    [
      'notAfter',
      { notAfter: at(7201) },
      'requested certificate notAfter (2026-11-23 10:00:01 +0000 UTC) is after the expiration of the provisioning credential (2026-11-23 10:00:00 +0000 UTC)',
    ],
    [
      'notBefore',
      { notBefore: at(-601) },
      'requested certificate notBefore (2026-11-23 07:49:59 +0000 UTC) is before the active validity window of the provisioning credential (2026-11-23 07:50:00 +0000 UTC)',
    ],
  ])('is refused with a %s beyond the credential', async (_, asked, message) => {
    const limited = await issueCredential(corp, short)
    const oneTimeToken = await x5cToken(ca, limited)
    expect(await refusalOf(ca.sign({ oneTimeToken, ...asked }))).toEqual({
      code: 'validity_beyond_credential',
      message,
    })
    const within = { notBefore: at(-600), notAfter: at(7200) }
    expect((await ca.sign({ oneTimeToken, ...within })).certificate.validity).toEqual(within)
  })

  test('is refused beyond the credential also where a template asks for it', async () => {
    const template = `{"subject": "x", "notAfter": "${at(7201).toISOString()}"}`
    const here = await createCa({ options: { x509: { template } } })
    const oneTimeToken = await x5cToken(here, await issueCredential(corp, short))
    const { code } = await refusalOf(here.sign({ oneTimeToken }))
    expect(code).toBe('validity_beyond_credential')
    const { certificate } = await here.sign({ oneTimeToken, notAfter: at(7200) })
    expect(certificate.validity.notAfter).toEqual(at(7200))
  })

  test('is refused where the credential ends before the shortest certificate would', async () => {
    const ending = await issueCredential(corp, { notAfter: 200 })
    expect((await refusalOf(signWith(ending))).code).toBe('lifetime_too_short')
  })
})

describe('a request', () => {
  test.each([
    ['is of the subject', 'web.internal', undefined],
    ['is empty', '', undefined],
    [
      'is another name of the token',
      'two.internal',
      'certificate request does not contain the valid common name - got two.internal, want web.internal',
    ],
  ])('whose common name %s', async (_, commonName, message) => {
    const call = ca.sign({
      oneTimeToken: await token({ sans: ['web.internal', 'two.internal'] }),
      certificationRequest: await createRequest({ commonName }),
    })
    if (message === undefined) expect(await call).toHaveProperty('certificate')
    else expect(await refusalOf(call)).toEqual({ code: 'name_mismatch', message })
  })

  test('with other names than the token is refused', async () => {
    const certificationRequest = await createRequest({ names: ['other.internal'] })
    const refusal = await refusalOf(ca.sign({ oneTimeToken: await token(), certificationRequest }))
    expect(refusal.code).toBe('name_mismatch')
  })

  test('must be the one that the token was made for, where it says so', async () => {
    const mine = await createRequest({ names: ['web.internal'] })
    const cnf = hash('sha256', mine.der, 'base64url')
    const oneTimeToken = await token({ cnf })
    expect((await refusalOf(ca.sign({ oneTimeToken }))).code).toBe('cnf_mismatch')
    expect(await ca.sign({ oneTimeToken, certificationRequest: mine })).toHaveProperty('chain')
  })
})

describe('a token is refused', () => {
  const serverOnly = {
    ...leafProfile,
    extendedKeyUsages: ['1.3.6.1.5.5.7.3.1'],
  } satisfies typeof leafProfile

  const cases: readonly [what: string, make: () => Promise<string>, code: string][] = [
    [
      'whose credential leads to another root',
      async () => x5cToken(ca, await issueCredential(stranger)),
      'credential_untrusted',
    ],
    [
      'whose credential is expired',
      async () => x5cToken(ca, await issueCredential(corp, { notAfter: -1 })),
      'credential_expired',
    ],
    [
      'whose credential is not valid yet',
      async () => x5cToken(ca, await issueCredential(corp, { notBefore: 10 })),
      'credential_untrusted',
    ],
    [
      'whose credential is not for clients',
      async () => x5cToken(ca, await issueCredential(corp, { profile: serverOnly })),
      'credential_untrusted',
    ],
    [
      'whose credential is the certificate of an authority, which may only sign certificates',
      async () => {
        const { rootIssuer } = corp
        const { intermediate } = await createIntermediate(rootIssuer, 'Corp 2')
        return x5cToken(ca, { key: credential.key, chain: [intermediate] })
      },
      'credential_untrusted',
    ],
    [
      'without the intermediate',
      () => x5cToken(ca, { ...credential, chain: [credential.certificate] }),
      'credential_untrusted',
    ],
    ['without any certificate', () => token({ x5c: undefined }), 'credential_untrusted'],
    [
      'with a certificate that is none',
      () => token({ x5c: [new Uint8Array([0x30, 0])] }),
      'credential_untrusted',
    ],
    [
      'with ten certificates',
      () => token({ x5c: Array.from({ length: 10 }, () => credential.certificate.der) }),
      'token_malformed',
    ],
    [
      'signed by another key than that of its first certificate',
      async () => {
        const other = await issueCredential(corp)
        return x5cToken(ca, { key: other.key, chain: credential.chain })
      },
      'token_signature_invalid',
    ],
    [
      'signed by the key of the provisioner admin',
      async () => token({ key: ca.provisionerKey.privateJwk }),
      'token_signature_invalid',
    ],
    [
      'of the algorithm none',
      async () => forge((claims, header) => forgeUnsignedToken(claims, String(header.kid))),
      'credential_untrusted',
    ],
    [
      'of the algorithm HS256',
      async () => forge((claims) => forgeMacToken(claims, 'corp', 'secret')),
      'credential_untrusted',
    ],
    [
      'of an algorithm that does not fit its key',
      async () => forge((claims, header) => sign({ ...header, alg: 'ES384' }, claims)),
      'token_algorithm_not_allowed',
    ],
    [
      'of the algorithm HS256, with a chain',
      async () => forge((claims, header) => sign({ ...header, alg: 'HS256' }, claims)),
      'token_algorithm_not_allowed',
    ],
    [
      'whose audience has no fragment',
      () => token({ audience: 'https://ca.internal/1.0/sign' }),
      'provisioner_not_found',
    ],
    [
      'whose fragment names another provisioner, with other roots',
      () => token({ audience: 'https://ca.internal/1.0/sign#x5c/other' }),
      'credential_untrusted',
    ],
    [
      'whose fragment names a provisioner that does not exist',
      () => token({ audience: 'https://ca.internal/1.0/sign#x5c/none' }),
      'provisioner_not_found',
    ],
    [
      'whose fragment names the provisioner admin',
      () =>
        token({
          audience: `https://ca.internal/1.0/sign#admin:${ca.provisionerKey.publicJwk.kid}`,
        }),
      'provisioner_not_found',
    ],
    [
      'of a JWK provisioner, with a fragment',
      () => ca.token({ audience: 'https://ca.internal/1.0/sign#x5c/admin' }),
      'provisioner_not_found',
    ],
    [
      'of a JWK provisioner, with the fragment of an X5C one',
      () => ca.token({ audience: 'https://ca.internal/1.0/sign#x5c/corp', issuer: 'corp' }),
      'credential_untrusted',
    ],
    ['of another issuer', () => token({ issuer: 'other' }), 'token_issuer_mismatch'],
    [
      'for another authority',
      () => token({ audience: 'https://evil.internal/1.0/sign#x5c/corp' }),
      'provisioner_not_found',
    ],
    [
      'for renewals',
      () => token({ audience: 'https://ca.internal/1.0/renew#x5c/corp' }),
      'token_audience_mismatch',
    ],
    ['that is expired', () => token({ notAfter: at(-120) }), 'token_expired'],
    ['without a subject', () => token({ subject: '' }), 'token_subject_missing'],
  ]

  test.each(cases)('%s', async (_, make, code) => {
    const oneTimeToken = await make()
    expect((await refusalOf(ca.sign({ oneTimeToken }))).code).toBe(code)
  })

  type Json = Record<string, unknown>

  async function forge(make: (claims: Json, header: Json) => string): Promise<string> {
    const honest = await token()
    const header = JSON.parse(Buffer.from(honest.split('.')[0] ?? '', 'base64url').toString())
    return make(claimsOf(honest), header)
  }

  function sign(header: Json, claims: Json): string {
    return forgeToken(header, claims, credential.key)
  }

  test('by which provisioner of two with one name for their roots it was not made', async () => {
    const twins = ca.again({
      provisioners: readProvisioners(
        ['one', 'two'].map((name) => ({ type: 'X5C', name, roots: rootsOf(corp.root) })),
      ),
    })
    const request = { certificationRequest: await sharedRequest(), requestId: 'r' }
    const audience = 'https://ca.internal/1.0/sign#x5c/two'
    const oneTimeToken = await token({ issuer: 'one', audience })
    const refusal = await refusalOf(twins.sign({ ...request, oneTimeToken }))
    expect(refusal.code).toBe('token_issuer_mismatch')
  })
})

describe('the name of a provisioner in a fragment', () => {
  test.each(['x5c/Corp (a) b', 'x5c/Corp%20(a)%20b', 'x5c/Corp%20%28a%29%20b'])(
    'may be written %s',
    async (fragment) => {
      const name = 'Corp (a) b'
      const provisioners = readProvisioners([{ type: 'X5C', name, roots: rootsOf(corp.root) }])
      const audience = `https://ca.internal:9000/1.0/sign#${fragment}`
      const signed = await ca.again({ provisioners }).sign({
        certificationRequest: await sharedRequest(),
        oneTimeToken: await token({ issuer: name, audience }),
        requestId: 'r',
      })
      expect(signed.certificate.provisioner?.name).toBe(name)
    },
  )

  test('may be no escape at all', async () => {
    const oneTimeToken = await token({ audience: 'https://ca.internal/1.0/sign#x5c/%zz' })
    expect((await refusalOf(ca.sign({ oneTimeToken }))).code).toBe('provisioner_not_found')
  })
})

describe('one time', () => {
  const stores = [
    ['memory', async () => createMemoryStore()],
    ['sqlite', (path: string) => openSqliteStore({ path })],
  ] as const

  test.each(stores)('means one certificate for 200 callers at once, on %s', async (_, open) => {
    await using folder = await createFolder()
    await using store = await open(folder.file('ca.sqlite'))
    const here = await createCa({}, { pki: ca.pki, store })
    const oneTimeToken = await x5cToken(here, credential)
    const calls = Array.from({ length: 200 }, () => here.sign({ oneTimeToken }))
    const outcomes = await Promise.allSettled(calls)
    const refused = outcomes.flatMap((each) =>
      each.status === 'rejected' ? [each.reason.code] : [],
    )
    expect(refused).toEqual(Array.from({ length: 199 }, () => 'token_already_used'))
  })

  test('is no business of another holder who has chosen the same identifier', async () => {
    const other = await issueCredential(corp)
    const random = () => new Uint8Array(32).fill(9)
    const mine = await x5cToken(ca, credential, { random })
    const again = await x5cToken(ca, credential, { random, sans: ['web.internal'] })
    await ca.sign({ oneTimeToken: await x5cToken(ca, other, { random }) })
    expect(await ca.sign({ oneTimeToken: mine })).toHaveProperty('certificate')
    expect((await refusalOf(ca.sign({ oneTimeToken: again }))).code).toBe('token_already_used')
  })

  test('holds for one token, not for another of the same credential', async () => {
    const [one, two] = [await token(), await token()]
    await ca.sign({ oneTimeToken: one })
    expect((await refusalOf(ca.sign({ oneTimeToken: one }))).code).toBe('token_already_used')
    expect(await ca.sign({ oneTimeToken: two })).toHaveProperty('certificate')
  })
})

describe('the provisioner', () => {
  test.each([
    ['nothing', '', 'roots: is empty, give the certificates to trust'],
    ['no base64', 'a b', 'roots: is not base64'],
    ['no PEM', Buffer.from('hello').toString('base64'), 'roots: holds no certificate'],
    [
      'a key',
      Buffer.from('-----BEGIN EC PRIVATE KEY-----\nAA==\n-----END EC PRIVATE KEY-----\n').toString(
        'base64',
      ),
      'roots: holds a EC PRIVATE KEY, which is not a certificate',
    ],
  ])('is disabled whose roots are %s', async (_, roots, reason) => {
    const here = await createCa({ roots })
    expect(here.authority.provisionerWarnings).toEqual([{ name: 'corp', type: 'X5C', reason }])
    const listing = here.authority.provisioners().find(({ name }) => name === 'corp')
    expect(listing?.document).toMatchObject({ state: 'Uninitialized', stateReason: reason })
    const oneTimeToken = await x5cToken(here, credential)
    const refusal = await refusalOf(here.sign({ oneTimeToken }))
    expect(refusal.code).toBe('provisioner_disabled')
  })

  test("is listed with its members in step's order", () => {
    const roots = rootsOf(corp.root)
    const [provisioner] = readProvisioners([
      {
        options: { x509: {} },
        claims: { disableRenewal: true },
        roots,
        name: 'corp',
        type: 'X5C',
      },
    ])
    if (provisioner === undefined) throw new Error('no provisioner')
    const [listing] = ca.again({ provisioners: [provisioner] }).provisioners()
    expect(listing?.id).toBe('x5c/corp')
    expect(JSON.stringify(listing?.document)).toBe(
      `{"type":"X5C","name":"corp","roots":"${roots}","claims":{"disableRenewal":true},"options":{"x509":{}}}`,
    )
  })

  test('may trust several roots', async () => {
    const here = await createCa({ roots: rootsOf(stranger.root, corp.root) })
    for (const pki of [corp, stranger]) {
      const oneTimeToken = await x5cToken(here, await issueCredential(pki))
      expect(await here.sign({ oneTimeToken })).toHaveProperty('certificate')
    }
  })
})

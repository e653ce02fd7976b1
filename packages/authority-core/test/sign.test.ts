import { createHash, X509Certificate } from 'node:crypto'
import type { SignRequest } from '@mayfly/authority-core'
import { openSqliteStore } from '@mayfly/db-adapters/sqlite'
import { generateProvisionerKey, type OneTimeTokenOptions } from '@mayfly/jwt-tokens'
import {
  encodeCertificatePem,
  encodeCertificationRequestPem,
  formatName,
  parseCertificationRequest,
} from '@mayfly/x509-profiles'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  createRequest,
  createTestAuthority,
  readProvisioners,
  sharedRequest,
  start,
  type TestAuthority,
} from './support/authority.ts'
import { createFolder } from './support/folder.ts'
import { claimsOf, forgeMacToken, forgeToken, forgeUnsignedToken } from './support/forge.ts'
import { refusalOf } from './support/refusal.ts'

let ca: TestAuthority
beforeAll(async () => {
  ca = await createTestAuthority()
})

describe('sign', () => {
  test('issues what the token grants, signed by the issuer, with the chain', async () => {
    const token = await ca.token({
      subject: 'web.internal',
      sans: ['spiffe://x/y', '10.0.0.7', 'web.internal', 'ops@web.internal', '2001:db8::1'],
    })
    const csr = await createRequest({ commonName: 'web.internal' })
    const issued = await ca.sign({ oneTimeToken: token, certificationRequest: csr })
    const { certificate } = issued
    expect(formatName(certificate.subject)).toBe('CN=web.internal')
    expect(certificate.subjectAltNames).toEqual([
      { type: 'dns', value: 'web.internal' },
      { type: 'email', value: 'ops@web.internal' },
      { type: 'ip', value: '10.0.0.7' },
      { type: 'ip', value: '2001:db8::1' },
      { type: 'uri', value: 'spiffe://x/y' },
    ])
    expect(certificate.subjectPublicKeyInfo).toEqual(csr.subjectPublicKeyInfo)
    expect(issued.chain).toEqual([certificate, ca.pki.intermediate])
    const kid = ca.provisionerKey.publicJwk.kid
    expect(issued.provisioner).toEqual({ name: 'admin', credentialId: kid, type: 'JWK' })
    expect(certificate.provisioner).toMatchObject({ type: 1, name: 'admin', credentialId: kid })
    const judge = new X509Certificate(encodeCertificatePem(certificate))
    expect(judge.verify(new X509Certificate(ca.pki.intermediate.der).publicKey)).toBe(true)
  })

  test('takes the request as PEM', async () => {
    const certificationRequest = encodeCertificationRequestPem(await sharedRequest())
    const { certificate } = await ca.sign({ certificationRequest })
    expect(certificate.subjectAltNames).toEqual([{ type: 'dns', value: 'web.internal' }])
  })

  test('fills empty subject attributes from the template, and no others', async () => {
    const subjectTemplate = { country: 'DE', organization: 'Org', commonName: 'not this' }
    const authority = ca.again({ subjectTemplate })
    const { certificate } = await authority.sign(await request())
    expect(formatName(certificate.subject)).toBe('C=DE,O=Org,CN=web.internal')
  })

  test('leaves the provisioner extension out where the claims say so', async () => {
    const plain = await createTestAuthority({
      pki: ca.pki,
      provisioner: { claims: { disableSmallstepExtensions: true } },
    })
    expect((await plain.sign()).certificate.provisioner).toBeUndefined()
  })

  test('records certificate, claim and audit entry in one unit', async () => {
    await using folder = await createFolder()
    await using store = await openSqliteStore({ path: folder.file('ca.sqlite') })
    const kept = await createTestAuthority({ pki: ca.pki, store })
    const { certificate } = await kept.sign()
    const record = await store.findCertificate(certificate.serialNumber)
    expect(record).toMatchObject({
      subject: 'web.internal',
      names: ['dns:web.internal'],
      provisionerId: `admin:${kept.provisionerKey.publicJwk.kid}`,
      provisionerName: 'admin',
      provisionerType: 'JWK',
      profile: 'leaf',
      ...certificate.validity,
    })
    expect(Buffer.from(record?.der ?? [])).toEqual(Buffer.from(certificate.der))
    const spki = createHash('sha256').update(certificate.subjectPublicKeyInfo).digest()
    expect(Buffer.from(record?.publicKeySha256 ?? [])).toEqual(spki)
  })
})

describe('sign refuses', () => {
  test.each<[string, Partial<OneTimeTokenOptions>, string]>([
    [
      'a token of another authority',
      { audience: 'https://other/1.0/sign' },
      'provisioner_not_found',
    ],
    [
      'a token for plain HTTP',
      { audience: 'http://ca.internal/1.0/sign' },
      'provisioner_not_found',
    ],
    [
      'a token for another provisioner type',
      { audience: 'https://ca.internal/1.0/sign#x5c/admin' },
      'provisioner_not_found',
    ],
    ['a token of an unknown provisioner', { issuer: 'nobody' }, 'provisioner_not_found'],
    ['a token of an unknown key', { kid: 'other' }, 'provisioner_not_found'],
    [
      'a token for revocation',
      { audience: 'https://ca.internal/1.0/revoke' },
      'token_audience_mismatch',
    ],
    ['a token for renewal', { audience: 'https://ca.internal/renew' }, 'token_audience_mismatch'],
    ['an expired token', { notBefore: at(-400), notAfter: at(-61) }, 'token_expired'],
    [
      'a token from tomorrow',
      { notBefore: at(86_400), notAfter: at(86_700) },
      'token_not_yet_valid',
    ],
    [
      'a token issued in the future',
      { now: () => at(120), notBefore: start },
      'token_issued_in_the_future',
    ],
    ['a token that lives too long', { lifetimeSeconds: 3601 }, 'token_lifetime_too_long'],
    ['a token without a subject', { subject: '' }, 'token_subject_missing'],
  ])('%s', async (_, options, code) => {
    const oneTimeToken = await ca.token(options)
    expect((await refusalOf(ca.sign({ oneTimeToken }))).code).toBe(code)
  })

  test.each<[string, Partial<OneTimeTokenOptions>]>([
    ['any port', { audience: 'https://ca.internal:9443/1.0/sign' }],
    ['a path without version', { audience: 'https://ca.internal/sign' }],
    ['an address in brackets', { audience: 'https://[::1]:8443/sign' }],
    ["step's literal", { audience: 'step-certificate-authority' }],
    ['clocks that differ by a minute', { notBefore: at(-300), notAfter: at(-59) }],
  ])('but not for %s', async (_, options) => {
    const oneTimeToken = await ca.token(options)
    expect(await ca.sign({ oneTimeToken })).toHaveProperty('certificate')
  })

  test('a token signed by another key, under the name and key id of a provisioner', async () => {
    const { privateJwk } = await generateProvisionerKey()
    const { kid } = ca.provisionerKey.publicJwk
    const oneTimeToken = await ca.token({ key: privateJwk, kid })
    expect((await refusalOf(ca.sign({ oneTimeToken }))).code).toBe('token_signature_invalid')
  })

  test("a token signed by another provisioner's key", async () => {
    const other = await generateProvisionerKey()
    const provisioners = readProvisioners([
      { type: 'JWK', name: 'admin', key: ca.provisionerKey.publicJwk },
      { type: 'JWK', name: 'other', key: other.publicJwk },
    ])
    const authority = ca.again({ provisioners })
    const forged = await ca.token({ key: other.privateJwk, kid: ca.provisionerKey.publicJwk.kid })
    const mixed = await ca.token({ key: other.privateJwk, issuer: 'admin' })
    const codes = []
    for (const oneTimeToken of [forged, mixed]) {
      codes.push((await refusalOf(authority.sign(await request({ oneTimeToken })))).code)
    }
    expect(codes).toEqual(['token_signature_invalid', 'provisioner_not_found'])
  })

  test.each(['none', 'HS256', 'ES384'])('a token of algorithm %s', async (alg) => {
    const claims = claimsOf(await ca.token())
    const { publicJwk, privateJwk } = ca.provisionerKey
    const kid = publicJwk.kid ?? ''
    const forgeries: Record<string, () => string> = {
      none: () => forgeUnsignedToken(claims, kid),
      HS256: () => forgeMacToken(claims, kid, JSON.stringify(publicJwk)),
      ES384: () => forgeToken({ alg: 'ES384', kid, typ: 'JWT' }, claims, privateJwk),
    }
    const oneTimeToken = forgeries[alg]?.() ?? ''
    expect((await refusalOf(ca.sign({ oneTimeToken }))).code).toMatch(
      /^token_(algorithm_not_allowed|malformed|signature_invalid)$/,
    )
  })

  test.each(['', 'x', 'a.b', 'a.b.c.d', `${'a'.repeat(100_000)}.b.c`])(
    'what is no token',
    async (text) => {
      const { code } = await refusalOf(ca.sign({ oneTimeToken: text }))
      expect(code).toBe(text === '' ? 'token_missing' : 'token_malformed')
    },
  )

  test.each<
    [string, { commonName?: string; names?: readonly string[] }, string[] | undefined, string]
  >([
    [
      'another common name',
      { commonName: 'other' },
      undefined,
      'common name - got other, want [web.internal web.internal]',
    ],
    [
      'another common name than any of the names',
      { commonName: 'other' },
      ['a', 'b'],
      'common name - got other, want [web.internal a b]',
    ],
    [
      'another DNS name',
      { names: ['web.internal', 'evil'] },
      undefined,
      'DNS names - got [web.internal evil], want [web.internal]',
    ],
    ['fewer DNS names', { names: ['a'] }, ['a', 'b'], 'DNS names - got [a], want [a b]'],
    [
      'a DNS name in other case',
      { names: ['WEB.internal'] },
      undefined,
      'DNS names - got [WEB.internal], want [web.internal]',
    ],
    [
      'an address that was not granted',
      { names: ['10.0.0.1'] },
      undefined,
      'IP addresses - got [10.0.0.1], want []',
    ],
    [
      'an e-mail address that was not granted',
      { names: ['a@b'] },
      undefined,
      'email addresses - got [a@b], want []',
    ],
    [
      'a URI that was not granted',
      { names: ['spiffe://a/b'] },
      undefined,
      'URIs - got [spiffe://a/b], want []',
    ],
  ])('%s in the request', async (_, names, sans, text) => {
    const oneTimeToken = await ca.token({ sans })
    const certificationRequest = await createRequest(names)
    expect(await refusalOf(ca.sign({ oneTimeToken, certificationRequest }))).toEqual({
      code: 'name_mismatch',
      message: `certificate request does not contain the valid ${text}`,
    })
  })

  test('a request that another key signed', async () => {
    const csr = await sharedRequest()
    const der = Uint8Array.from(csr.der)
    der[der.length - 1] = (der[der.length - 1] ?? 0) ^ 1
    const certificationRequest = parseCertificationRequest(der)
    expect(await refusalOf(ca.sign({ certificationRequest }))).toEqual({
      code: 'csr_signature_invalid',
      message: 'invalid csr',
    })
  })

  test.each([
    ['', 'csr_missing'],
    ['nonsense', 'csr_malformed'],
    [
      '-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n',
      'csr_malformed',
    ],
  ])('a request that is none: %j', async (certificationRequest, code) => {
    expect((await refusalOf(ca.sign({ certificationRequest }))).code).toBe(code)
  })

  test('an RSA key below 2048 bits', async () => {
    const certificationRequest = weakRsaRequest
    expect(await refusalOf(ca.sign({ certificationRequest }))).toEqual({
      code: 'key_not_allowed',
      message: 'certificate request RSA key must be at least 2048 bits (256 bytes)',
    })
  })
})

describe('cnf', () => {
  test('binds a token to one request', async () => {
    const csr = await sharedRequest()
    const cnf = createHash('sha256').update(csr.der).digest('base64url')
    const oneTimeToken = await ca.token({ cnf })
    const certificationRequest = await createRequest({ commonName: 'web.internal' })
    expect(await refusalOf(ca.sign({ oneTimeToken, certificationRequest }))).toEqual({
      code: 'cnf_mismatch',
      message: `certificate request fingerprint does not match "${cnf}"`,
    })
    expect(await ca.sign({ oneTimeToken, certificationRequest: csr })).toHaveProperty('certificate')
  })

  test('is refused when it is no fingerprint', async () => {
    const oneTimeToken = await ca.token({ cnf: 'not a fingerprint' })
    expect(await refusalOf(ca.sign({ oneTimeToken }))).toEqual({
      code: 'cnf_malformed',
      message: 'error decoding fingerprint',
    })
  })
})

async function request(members: Partial<SignRequest> = {}): Promise<SignRequest> {
  return {
    certificationRequest: await sharedRequest(),
    oneTimeToken: members.oneTimeToken ?? (await ca.token()),
    requestId: 'request-1',
    ...members,
  }
}

function at(seconds: number): Date {
  return new Date(start.getTime() + seconds * 1000)
}

/** Made by `openssl req -new -newkey rsa:1024 -subj /CN=web.internal`. */
const weakRsaRequest = `-----BEGIN CERTIFICATE REQUEST-----
MIIBVjCBwAIBADAXMRUwEwYDVQQDDAx3ZWIuaW50ZXJuYWwwgZ8wDQYJKoZIhvcN
AQEBBQADgY0AMIGJAoGBALvbMhfRtnpOjwyqj4D5aEVD5YKDjvw43gulZC5nHtuz
vocbjeoTdtGIsPxprZAZxPD/LKqTD7nDQq7poPFjuiCw8RUOavsLZz0abKUtxG6i
+e52oMHS7nwM3PDPvpKBSks7E/NmCm/qkhlcqly9ZUKzIEAjBi5xN8Rl2OwkDQLB
AgMBAAGgADANBgkqhkiG9w0BAQsFAAOBgQABxRyMAGkYRUK0Cabu13c2YYT13LeX
IDfdqT39PNLxyzede3Uu0KP5zbTe4lsJz5lkV1NYlABsBM3RFlXHFA5qCREBV5hR
PQwxo6dbOBvCn9TQKsJ1NyVZJco1LqsbZJ/wrabziEgLpOexda+ILWT4aRUkSebG
WUJQafohkcn7rg==
-----END CERTIFICATE REQUEST-----
`

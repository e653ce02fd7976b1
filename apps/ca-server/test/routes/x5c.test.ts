import { X509Certificate } from 'node:crypto'
import { parseCertificate } from '@mayfly/x509-profiles'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type AuthorityFolder,
  createAuthorityFolder,
  dnsName,
} from '../support/authority-folder.ts'
import { createCsr, issuedSchema, type KeyAndRequest } from '../support/certificates.ts'
import {
  type CorporateAuthority,
  type Credential,
  createCorporateAuthority,
  createX5cToken,
} from '../support/corporate-authority.ts'
import { type Answer, call } from '../support/http-client.ts'
import { createToken, type RunningServer, startServer } from '../support/running-server.ts'

let folder: AuthorityFolder
let running: RunningServer
let request: KeyAndRequest
let corp: CorporateAuthority
let stranger: CorporateAuthority
let credential: Credential

beforeAll(async () => {
  folder = await createAuthorityFolder()
  corp = await createCorporateAuthority()
  stranger = await createCorporateAuthority()
  credential = await corp.issueCredential()
  const ownRoots = Buffer.from(folder.rootPem).toString('base64')
  await folder.rewrite((document) => {
    const authority = Object(document.authority)
    authority.provisioners.push(
      { type: 'X5C', name: 'corp', roots: corp.roots },
      { type: 'X5C', name: 'other', roots: stranger.roots },
      { type: 'X5C', name: 'own', roots: ownRoots },
      { type: 'X5C', name: 'broken', roots: 'AA==' },
    )
  })
  running = await startServer(folder)
  request = await createCsr()
})

afterAll(async () => {
  await running[Symbol.asyncDispose]()
  await folder.dispose()
})

function post(path: string, body: unknown, requestId?: string): Promise<Answer> {
  const headers: Record<string, string> =
    requestId === undefined ? {} : { 'x-request-id': requestId }
  return call(path, { port: running.port, rootPem: folder.rootPem, body, method: 'POST', headers })
}

const sign = (ott: string, members: object = {}): Promise<Answer> =>
  post('/1.0/sign', { csr: request.csr, ott, ...members })

function leafOf(answer: Answer): X509Certificate {
  expect(answer.status).toBe(201)
  return new X509Certificate(issuedSchema.parse(answer.json).crt)
}

const unauthorized =
  'The request lacked necessary authorization to be completed. Please see the certificate authority logs for more info.'
const url = (path: string): string => `https://${dnsName}${path}`

describe('a token signed by the key of a certificate', () => {
  test('is good for a certificate that ends with it', async () => {
    const answer = await sign(await createX5cToken(credential, { sans: ['web.internal'] }))
    const leaf = leafOf(answer)
    const { validity, provisioner } = parseCertificate(leaf.raw)
    expect(validity.notAfter).toEqual(credential.chain[0]?.validity.notAfter)
    expect(provisioner).toEqual({ type: 7, name: 'corp', credentialId: '' })
  })

  test('of 200 callers with one, one gets a certificate', async () => {
    const ott = await createX5cToken(credential)
    const answers = await Promise.all(Array.from({ length: 200 }, () => sign(ott)))
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    const refused = answers.filter(({ status }) => status === 401)
    expect(refused).toHaveLength(199)
    for (const { json } of refused) expect(json).toEqual({ status: 401, message: unauthorized })
  })

  test('gets a certificate that is renewed by itself, and revoked by another token', async () => {
    const issued = issuedSchema.parse((await sign(await createX5cToken(credential))).json)
    const renewed = await call('/1.0/renew', {
      port: running.port,
      rootPem: folder.rootPem,
      method: 'POST',
      cert: issued.certChain.join(''),
      key: request.keyPem,
    })
    const leaf = leafOf(renewed)
    expect(parseCertificate(leaf.raw).provisioner?.name).toBe('corp')
    const serial = String(BigInt(`0x${leaf.serialNumber}`))
    const audience = url('/1.0/revoke#x5c/corp')
    const revocation = { serial, reasonCode: 0, reason: '', passive: true }
    const wrong = await createX5cToken(credential, { subject: '1', audience })
    expect((await post('/1.0/revoke', { ...revocation, ott: wrong })).status).toBe(403)
    const ott = await createX5cToken(credential, { subject: serial, audience })
    expect((await post('/1.0/revoke', { ...revocation, ott })).json).toEqual({ status: 'ok' })
  })

  test('is refused when the certificate was issued here and is revoked', async () => {
    const { csr, privateKey } = await createCsr('host.internal')
    const ott = await running.createToken({ subject: 'host.internal' })
    const { certChain } = issuedSchema.parse((await post('/1.0/sign', { csr, ott })).json)
    const own: Credential = {
      key: privateKey,
      chain: certChain.map((pem) => parseCertificate(new X509Certificate(pem).raw)),
    }
    const options = { issuer: 'own', audience: url('/1.0/sign#x5c/own') }
    leafOf(await sign(await createX5cToken(own, options)))
    const serial = String(own.chain[0]?.serialNumber)
    const revoking = await running.createToken({ subject: serial, operation: 'revoke' })
    await post('/1.0/revoke', { serial, ott: revoking, passive: true })
    const answer = await sign(await createX5cToken(own, options))
    expect(answer.json).toEqual({ status: 401, message: unauthorized })
  })

  test('that is refused leaves in the log which certificate, why, and where the rule stands', async () => {
    const foreign = await stranger.issueCredential()
    const ott = await createX5cToken(foreign)
    await post('/1.0/sign', { csr: request.csr, ott }, 'x5c-untrusted')
    const line = await running.findAccessLine('x5c-untrusted')
    expect(line.error).toBe(
      'error verifying x5c certificate chain in token: certificate CN=host.corp is signed by an unknown authority: refused by authority.provisioners[1].roots',
    )
  })
})

describe('refused is', () => {
  const serverOnly = { type: 'leaf', extendedKeyUsages: ['1.3.6.1.5.5.7.3.1'] } as const
  const cases: readonly [what: string, make: () => Promise<string>][] = [
    ['another root', async () => createX5cToken(await stranger.issueCredential())],
    [
      'an expired credential',
      async () => createX5cToken(await corp.issueCredential({ notAfter: -2 })),
    ],
    [
      'a credential of tomorrow',
      async () => createX5cToken(await corp.issueCredential({ notBefore: 60 })),
    ],
    [
      'a credential that is not for clients',
      async () => createX5cToken(await corp.issueCredential({ profile: serverOnly })),
    ],
    [
      'a signature by another key',
      async () => createX5cToken({ ...credential, key: (await corp.issueCredential()).key }),
    ],
    [
      'a chain without its intermediate',
      () => createX5cToken({ ...credential, chain: credential.chain.slice(0, 1) }),
    ],
    [
      'a chain of ten',
      () =>
        createX5cToken(credential, {
          x5c: Array.from({ length: 10 }, () => credential.chain[0]?.der ?? new Uint8Array()),
        }),
    ],
    [
      'a chain of a certificate that repeats itself',
      () =>
        createX5cToken(credential, {
          x5c: Array.from({ length: 9 }, () => credential.chain[0]?.der ?? new Uint8Array()),
        }),
    ],
    ['no chain', () => createX5cToken(credential, { x5c: undefined })],
    [
      'an audience without fragment',
      () => createX5cToken(credential, { audience: url('/1.0/sign') }),
    ],
    [
      'the fragment of another provisioner',
      () => createX5cToken(credential, { audience: url('/1.0/sign#x5c/other') }),
    ],
    [
      'the fragment of no provisioner',
      () => createX5cToken(credential, { audience: url('/1.0/sign#x5c/none') }),
    ],
    ['another issuer', () => createX5cToken(credential, { issuer: 'other' })],
    [
      'a token for revocation',
      () => createX5cToken(credential, { audience: url('/1.0/revoke#x5c/corp') }),
    ],
    ['a token of the other kind with a fragment', () => createJwkTokenWithFragment()],
  ]

  test.each(cases)('%s: 401', async (_, make) => {
    const ott = await make()
    const answer = await sign(ott)
    expect(answer.json).toEqual({ status: 401, message: unauthorized })
    expect(answer.status).toBe(401)
  })

  test.each([
    [
      'an end after that of the credential',
      { notAfter: '2h' },
      /requested certificate notAfter \(\S+ \S+ \+0000 UTC\) is after the expiration of the provisioning credential \(\S+ \S+ \+0000 UTC\)\.$/,
    ],
    [
      'a start before that of the credential',
      { notBefore: '-2h' },
      /requested certificate notBefore \(\S+ \S+ \+0000 UTC\) is before the active validity window of the provisioning credential \(\S+ \S+ \+0000 UTC\)\.$/,
    ],
  ])('%s: 403, and the token stays good', async (_, asked, message) => {
    const ott = await createX5cToken(credential)
    const answer = await sign(ott, asked)
    expect(answer.json).toEqual({ status: 403, message: expect.stringMatching(message) })
    leafOf(await sign(ott))
  })

  test('a provisioner whose roots are none, by name', async () => {
    const ott = await createX5cToken(credential, {
      issuer: 'broken',
      audience: url('/1.0/sign#x5c/broken'),
    })
    expect((await sign(ott)).json).toEqual({
      status: 401,
      message: 'provisioner "broken" is disabled due to an initialization error',
    })
  })

  /** Signed well, and for this authority, but for the fragment. */
  async function createJwkTokenWithFragment(): Promise<string> {
    return createX5cToken(
      { key: credential.key, chain: [] },
      {
        key: folder.provisionerKey,
        issuer: 'admin@example.org',
        x5c: undefined,
        audience: url(`/1.0/sign#admin@example.org:${folder.provisionerKey.kid}`),
      },
    )
  }

  test('and without the fragment that token is good', async () => {
    leafOf(await sign(await createToken(folder)))
  })
})

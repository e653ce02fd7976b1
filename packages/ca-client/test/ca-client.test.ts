import { X509Certificate } from 'node:crypto'
import { type CaClient, createCaClient, createRenewalToken } from '@mayfly/ca-client'
import { parseToken, verifyRenewalToken } from '@mayfly/jwt-tokens'
import { type Certificate, encodeCertificatePem, publicKeyOf } from '@mayfly/x509-profiles'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type FakeCa, json, plain, signAnswer, startFakeCa } from './support/fake-ca.ts'
import { createCsr, generateKey } from './support/pki.ts'

let ca: FakeCa
let client: CaClient
beforeAll(async () => {
  ca = await startFakeCa()
})
afterAll(() => ca[Symbol.asyncDispose]())
beforeEach(() => {
  ca.requests.length = 0
  client = createCaClient({ url: ca.url, roots: ca.rootPem })
})
afterEach(() => client.close())

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

describe('what a client reads', () => {
  test('health', async () => {
    ca.on('GET /health', json({ status: 'ok' }))
    expect(await client.health()).toEqual({ status: 'ok' })
  })

  test('version', async () => {
    ca.on('GET /version', json({ version: '0.30.2' }))
    expect(await client.version()).toEqual({
      version: '0.30.2',
      requireClientAuthentication: false,
    })
    ca.on('GET /version', json({ version: '1', requireClientAuthentication: true }))
    expect(await client.version()).toEqual({ version: '1', requireClientAuthentication: true })
  })

  test('roots, intermediates and federation, which come with status 201', async () => {
    const { root, intermediate } = ca.pki
    const [rootPem, intermediatePem] = [root, intermediate].map(encodeCertificatePem)
    ca.on('GET /roots', json({ crts: [rootPem] }, 201))
    ca.on('GET /intermediates', json({ crts: [intermediatePem] }, 201))
    ca.on('GET /federation', json({ crts: [rootPem, intermediatePem] }, 201))
    expect(dersOf(await client.roots())).toEqual(dersOf([root]))
    expect(dersOf(await client.intermediates())).toEqual(dersOf([intermediate]))
    expect(dersOf(await client.federation())).toEqual(dersOf([root, intermediate]))
  })

  test('roots as a bundle', async () => {
    const bundle = [ca.pki.root, ca.pki.intermediate].map(encodeCertificatePem).join('')
    ca.on('GET /roots.pem', plain(bundle))
    expect(await client.rootsPem()).toBe(bundle)
  })

  test('all pages of provisioners, in order, with every member', async () => {
    const jwk = { type: 'JWK', name: 'admin', key: { kid: 'k1' }, encryptedKey: 'eyJ' }
    ca.on('GET /provisioners?limit=100', json({ provisioners: [jwk], nextCursor: 'a b' }))
    ca.on(
      'GET /provisioners?cursor=a%20b&limit=100',
      json({ provisioners: [{ type: 'ACME', name: 'acme' }], nextCursor: '' }),
    )
    expect(await client.provisioners()).toEqual([jwk, { type: 'ACME', name: 'acme' }])
  })

  test.each([
    { status: 401, kept: true },
    { status: 404, kept: false },
    { status: 501, kept: false },
  ])('whether it keeps the provisioners: $status is $kept', async ({ status, kept }) => {
    ca.on('GET /admin/admins', json({ status, message: 'no' }, status))
    expect(await client.keepsProvisioners()).toBe(kept)
  })

  test('whether it keeps the provisioners, which an ailing CA does not tell', async () => {
    ca.on('GET /admin/admins', json({ status: 500, message: 'no' }, 500))
    await expect(client.keepsProvisioners()).rejects.toMatchObject({ code: 'refused', status: 500 })
  })

  test('no provisioners, which is null', async () => {
    ca.on('GET /provisioners?limit=100', json({ provisioners: null, nextCursor: '' }))
    expect(await client.provisioners()).toEqual([])
  })

  test('the sealed key of a provisioner, by a kid of any characters', async () => {
    ca.on('GET /provisioners/a%2F..%2Fb/encrypted-key', json({ key: 'eyJhbGci' }))
    expect(await client.encryptedKey('a/../b')).toBe('eyJhbGci')
  })

  test('says who asks, by an id of its own for each request', async () => {
    ca.on('GET /health', json({ status: 'ok' }))
    await client.health()
    await client.health()
    const named = createCaClient({ url: ca.url, roots: ca.rootPem, userAgent: 'Mayfly CLI/1' })
    await named.health()
    named.close()
    const ids = ca.requests.map(({ headers }) => headers['x-request-id'])
    expect(new Set(ids).size).toBe(3)
    for (const id of ids) expect(id).toMatch(uuid)
    expect(ca.requests.map(({ headers }) => headers['user-agent'])).toEqual([
      'mayfly-ca-client',
      'mayfly-ca-client',
      'Mayfly CLI/1',
    ])
  })
})

describe('sign', () => {
  test('sends what step sends and gives back the chain', async () => {
    const key = generateKey()
    const { certificate, answer } = await signAnswer(ca, key)
    ca.on('POST /sign', json(answer, 201))
    const csr = await createCsr(key)

    const signed = await client.sign({ csr, oneTimeToken: 'eyJ.eyJ.sig', notAfter: '5m' })
    expect(dersOf(signed.chain)).toEqual(dersOf([certificate, ca.pki.intermediate]))
    expect(signed.certificate.der).toEqual(certificate.der)
    expect(signed.issuer?.der).toEqual(ca.pki.intermediate.der)
    expect(signed.tlsOptions).toEqual({ minVersion: 1.2 })

    const [request] = ca.requests
    expect(request?.headers['content-type']).toBe('application/json')
    expect(JSON.parse(request?.body ?? '')).toEqual({
      csr,
      ott: 'eyJ.eyJ.sig',
      notAfter: '5m',
      notBefore: '',
    })
  })

  test('passes template data on', async () => {
    const key = generateKey()
    ca.on('POST /sign', json((await signAnswer(ca, key)).answer, 201))
    const csr = await createCsr(key)
    await client.sign({ csr, oneTimeToken: 'token', templateData: { team: 'a' } })
    expect(JSON.parse(ca.requests[0]?.body ?? '')).toMatchObject({ templateData: { team: 'a' } })
  })

  test('takes an answer without certChain, or with ca null', async () => {
    const key = generateKey()
    const { answer } = await signAnswer(ca, key)
    const csr = await createCsr(key)
    ca.on('POST /sign', json({ crt: answer.crt, ca: answer.ca }, 201))
    expect((await client.sign({ csr, oneTimeToken: 'token' })).chain).toHaveLength(2)
    ca.on('POST /sign', json({ crt: answer.crt, ca: null, certChain: [answer.crt] }, 201))
    const alone = await client.sign({ csr, oneTimeToken: 'token' })
    expect(alone.chain).toHaveLength(1)
    expect(alone.issuer).toBeUndefined()
  })

  test('sends nothing when the request is none', async () => {
    await expect(client.sign({ csr: 'no PEM', oneTimeToken: 'token' })).rejects.toMatchObject({
      code: 'pem_malformed',
    })
    expect(ca.requests).toEqual([])
  })
})

describe('an answer that is not what was asked for', () => {
  test('a certificate for another key is refused', async () => {
    const { answer } = await signAnswer(ca, generateKey())
    ca.on('POST /sign', json(answer, 201))
    const csr = await createCsr(generateKey())
    await expect(client.sign({ csr, oneTimeToken: 'token' })).rejects.toMatchObject({
      code: 'malformed_answer',
      message: `client POST ${ca.url}/sign failed: the certificate is for another key`,
    })
  })

  test.each([
    ['crt twice', (pem: string) => ({ crt: pem + pem, certChain: [pem] })],
    [
      'crt not first in certChain',
      (pem: string, other: string) => ({ crt: pem, certChain: [other, pem] }),
    ],
    ['an empty certChain', (pem: string) => ({ crt: pem, certChain: [] })],
    ['no crt', (pem: string) => ({ certChain: [pem] })],
    ['crt that is no PEM', () => ({ crt: 'hello' })],
    ['crt cut short', (pem: string) => ({ crt: pem.slice(0, 100) })],
    ['a list', () => []],
    ['null', () => null],
  ])('%s is refused', async (_, answerOf) => {
    const key = generateKey()
    const { answer } = await signAnswer(ca, key)
    ca.on('POST /sign', json(answerOf(String(answer.crt), String(answer.ca)), 201))
    const csr = await createCsr(key)
    await expect(client.sign({ csr, oneTimeToken: 'token' })).rejects.toMatchObject({
      code: 'malformed_answer',
    })
  })

  test.each([
    ['not JSON', plain('<html>')],
    ['not UTF-8', plain(Buffer.from([0x7b, 0xff, 0x7d]))],
    ['without a status', json({})],
    ['of another type', json({ status: 1 })],
    ['empty', plain('')],
  ])('health that is %s is refused', async (_, reply) => {
    ca.on('GET /health', reply)
    await expect(client.health()).rejects.toMatchObject({ code: 'malformed_answer' })
  })

  test('an answer without end is cut off at 16 MiB', async () => {
    ca.on('GET /health', (response) => {
      const chunk = Buffer.alloc(1024 * 1024, ' ')
      const pour = () => {
        if (!response.destroyed) response.write(chunk, pour)
      }
      pour()
    })
    await expect(client.health()).rejects.toMatchObject({
      code: 'malformed_answer',
      message: `client GET ${ca.url}/health failed: the answer exceeds 16777216 octets`,
    })
  })

  test('pages without end are cut off', async () => {
    const page = json({ provisioners: [], nextCursor: 'x' })
    ca.on('GET /provisioners?limit=100', page)
    ca.on('GET /provisioners?cursor=x&limit=100', page)
    await expect(client.provisioners()).rejects.toMatchObject({ code: 'malformed_answer' })
    expect(ca.requests).toHaveLength(1000)
  })

  test.each([
    ['provisioners that are no list', { provisioners: {} }],
    ['a provisioner without a name', { provisioners: [{ type: 'JWK' }] }],
    ['a provisioner that is none', { provisioners: [null] }],
    ['a cursor that is none', { provisioners: [], nextCursor: 1 }],
  ])('%s are refused', async (_, answer) => {
    ca.on('GET /provisioners?limit=100', json(answer))
    await expect(client.provisioners()).rejects.toMatchObject({ code: 'malformed_answer' })
  })

  test('a redirect is not followed', async () => {
    ca.on('GET /health', (response) => {
      response.writeHead(302, { location: '/elsewhere' }).end()
    })
    await expect(client.health()).rejects.toMatchObject({ code: 'malformed_answer', status: 302 })
    expect(ca.requests).toHaveLength(1)
  })
})

describe('a refusal', () => {
  const message =
    'The request was forbidden by the certificate authority: requested duration of 48h1m0s is more than the authorized maximum certificate duration of 24h1m0s.'

  test('is told in the CA’s own words, with status and request id', async () => {
    ca.on('POST /sign', json({ status: 403, message }, 403))
    const csr = await createCsr(generateKey())
    await expect(client.sign({ csr, oneTimeToken: 'token' })).rejects.toMatchObject({
      name: 'CaClientError',
      code: 'refused',
      friendly: true,
      status: 403,
      requestId: 'req-1',
      message,
    })
    expect(ca.requests).toHaveLength(1)
  })

  test.each([
    ['a malformed answer', json({ status: 'o\u001b[2Jk' })],
    ['a type of content', plain('hello', 500, 'text/\u009bhtml')],
    ['text that is turned', json({ message: 'a\u202Eb' }, 400)],
  ])('cannot steer the terminal by %s', async (_, reply) => {
    ca.on('POST /revoke', reply)
    const credential = { oneTimeToken: 'token' }
    await expect(
      client.revoke({ serialNumber: 1n, reasonCode: 0, reason: '', credential }),
    ).rejects.toMatchObject({
      message: expect.not.stringMatching(/[\p{Cc}\p{Bidi_Control}]/u),
    })
  })

  test('cannot steer the terminal', async () => {
    ca.on('GET /health', json({ status: 500, message: 'a\u001b[31mred\u009b\r\n' }, 500))
    await expect(client.health()).rejects.toMatchObject({
      code: 'refused',
      message: 'a\uFFFD[31mred\uFFFD\uFFFD\uFFFD',
    })
  })

  test.each([
    ['from something before the CA', plain('<html>Bad Gateway', 502), 502],
    ['without a message', json({}, 500), 500],
  ])('%s is not taken for the CA’s', async (_, reply, status) => {
    ca.on('GET /health', reply)
    await expect(client.health()).rejects.toMatchObject({
      code: 'malformed_answer',
      friendly: false,
      status,
      message: expect.stringContaining(`failed decoding CA error response: HTTP status ${status}`),
    })
  })
})

describe('with a certificate', () => {
  async function createIdentity() {
    const privateKey = generateKey()
    const { certificate, answer } = await signAnswer(ca, privateKey)
    return { privateKey, certificate, answer, certificateChain: [certificate, ca.pki.intermediate] }
  }

  test('renew shows it in the handshake and sends no body', async () => {
    const { privateKey, certificate, certificateChain, answer } = await createIdentity()
    ca.on('POST /renew', json(answer, 201))
    const renewed = await client.renew({ certificateChain, privateKey })
    expect(publicKeyOf(renewed.certificate).equals(publicKeyOf(certificate))).toBe(true)
    expect(ca.requests[0]?.clientCertificate).toEqual(Buffer.from(certificate.der))
    expect(ca.requests[0]?.body).toBe('')
  })

  test('renew takes the chain as PEM, too', async () => {
    const { privateKey, certificate, certificateChain, answer } = await createIdentity()
    ca.on('POST /renew', json(answer, 201))
    const pem = certificateChain.map(encodeCertificatePem).join('')
    await client.renew({ certificateChain: pem, privateKey })
    expect(ca.requests[0]?.clientCertificate).toEqual(Buffer.from(certificate.der))
  })

  test('the next request does not show it', async () => {
    const { privateKey, certificateChain, answer } = await createIdentity()
    ca.on('POST /renew', json(answer, 201))
    ca.on('GET /health', json({ status: 'ok' }))
    await client.renew({ certificateChain, privateKey })
    await client.health()
    expect(ca.requests[1]?.clientCertificate).toBeUndefined()
  })

  test('a key of another certificate is refused before anything is sent', async () => {
    const { certificateChain } = await createIdentity()
    const identity = { certificateChain, privateKey: generateKey() }
    const csr = await createCsr(identity.privateKey)
    const revocation = { serialNumber: 1n, reasonCode: 0, reason: '', credential: { identity } }
    for (const attempt of [
      client.renew(identity),
      client.rekey({ ...identity, csr }),
      client.revoke(revocation),
      createRenewalToken(identity, { url: ca.url, now: () => new Date() }),
      client.renew({ ...identity, certificateChain: [] }),
    ]) {
      await expect(attempt).rejects.toMatchObject({ code: 'identity_invalid' })
    }
    expect(ca.requests).toEqual([])
  })

  test('renewWithToken sends a token of the certificate’s key', async () => {
    const { privateKey, certificate, certificateChain, answer } = await createIdentity()
    ca.on('POST /renew', json(answer, 201))
    const now = new Date('2026-11-23T08:30:00Z')
    const token = await createRenewalToken(
      { certificateChain, privateKey },
      { url: `${ca.url}/`, now: () => now },
    )
    await client.renewWithToken(token)

    const [request] = ca.requests
    expect(request?.headers.authorization).toBe(`Bearer ${token}`)
    expect(request?.clientCertificate).toBeUndefined()
    const parsed = parseToken(token)
    expect(parsed.x5cInsecure).toEqual(certificateChain.map(({ der }) => Buffer.from(der)))
    await verifyRenewalToken(parsed, publicKeyOf(certificate), {
      issuers: ['step-ca-client/1.0'],
      audiences: [`${ca.url}/renew`],
      subject: 'web.internal',
      now,
    })
  })

  test('renewWithToken refuses a certificate for another key', async () => {
    const { privateKey, certificateChain } = await createIdentity()
    ca.on('POST /renew', json((await signAnswer(ca, generateKey())).answer, 201))
    const now = () => new Date()
    const token = await createRenewalToken({ certificateChain, privateKey }, { url: ca.url, now })
    await expect(client.renewWithToken(token)).rejects.toMatchObject({ code: 'malformed_answer' })
  })

  test('rekey shows the old key and expects the new', async () => {
    const { privateKey, certificate, certificateChain } = await createIdentity()
    const newKey = generateKey()
    ca.on('POST /rekey', json((await signAnswer(ca, newKey)).answer, 201))
    const csr = await createCsr(newKey)
    const rekeyed = await client.rekey({ certificateChain, privateKey, csr })
    expect(publicKeyOf(rekeyed.certificate).equals(publicKeyOf(certificate))).toBe(false)
    expect(ca.requests[0]?.clientCertificate).toEqual(Buffer.from(certificate.der))
    expect(JSON.parse(ca.requests[0]?.body ?? '')).toEqual({ csr })
  })

  test('revoke needs no token', async () => {
    const { privateKey, certificate, certificateChain } = await createIdentity()
    ca.on('POST /revoke', json({ status: 'ok' }))
    await client.revoke({
      serialNumber: certificate.serialNumber,
      reasonCode: 1,
      reason: 'key lost',
      credential: { identity: { certificateChain, privateKey } },
    })
    expect(ca.requests[0]?.clientCertificate).toEqual(Buffer.from(certificate.der))
    expect(JSON.parse(ca.requests[0]?.body ?? '')).toEqual({
      serial: BigInt(`0x${new X509Certificate(certificate.der).serialNumber}`).toString(),
      reasonCode: 1,
      reason: 'key lost',
      passive: true,
    })
  })
})

function dersOf(certificates: readonly Certificate[]): Uint8Array[] {
  return certificates.map(({ der }) => der)
}

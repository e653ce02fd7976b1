import { X509Certificate } from 'node:crypto'
import { createRenewalToken } from '@mayfly/jwt-tokens'
import { parseCertificatePem } from '@mayfly/x509-profiles'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type AuthorityFolder, createAuthorityFolder } from '../support/authority-folder.ts'
import {
  createCsr,
  type Identity,
  issuedSchema,
  obtainCertificate,
} from '../support/certificates.ts'
import { type Answer, type CallOptions, call, keepOneConnection } from '../support/http-client.ts'
import { type RunningServer, startServer } from '../support/running-server.ts'

let folder: AuthorityFolder
let stranger: AuthorityFolder
/** For tests that leave the clock alone. */
let shared: RunningServer

beforeAll(async () => {
  folder = await createAuthorityFolder()
  stranger = await createAuthorityFolder({ withDatabase: false })
  shared = await startServer(folder)
})

afterAll(async () => {
  await shared[Symbol.asyncDispose]()
  await folder.dispose()
  await stranger.dispose()
})

const versions = ['TLSv1.2', 'TLSv1.3'] as const
const sixMinutes = 6 * 60_000

function post(
  running: RunningServer,
  path: string,
  options: Partial<CallOptions>,
): Promise<Answer> {
  return call(path, { port: running.port, rootPem: folder.rootPem, method: 'POST', ...options })
}

const asClient = ({ chainPem, keyPem }: Identity) => ({ cert: chainPem, key: keyPem })

const unauthorized = {
  status: 401,
  message:
    'The request lacked necessary authorization to be completed. Please see the certificate authority logs for more info.',
}
const expired = {
  status: 401,
  message: expect.stringMatching(
    /^The request lacked necessary authorization to be completed: certificate expired on \d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0000 UTC$/,
  ),
}

describe.each(versions)('renewal over mutual TLS, %s', (tlsVersion) => {
  test.each(['/renew', '/1.0/renew', '/re-sign'])(
    '%s issues the same names and key',
    async (path) => {
      const running = shared
      const identity = await obtainCertificate(running, folder.rootPem)
      const answer = await post(running, path, { ...asClient(identity), tlsVersion })
      expect([answer.status, answer.protocol]).toEqual([201, tlsVersion])
      const renewed = new X509Certificate(issuedSchema.parse(answer.json).crt)
      const before = new X509Certificate(identity.leafPem)
      expect(renewed.serialNumber).not.toBe(before.serialNumber)
      expect(renewed.subjectAltName).toBe(before.subjectAltName)
      expect(renewed.checkPrivateKey(identity.privateKey)).toBe(true)
    },
  )

  test('a leaf sent without its intermediate is good', async () => {
    const running = shared
    const { leafPem, keyPem } = await obtainCertificate(running, folder.rootPem)
    const answer = await post(running, '/renew', { cert: leafPem, key: keyPem, tlsVersion })
    expect(answer.status).toBe(201)
  })

  test('a certificate that ends on a kept connection is refused there', async () => {
    await using running = await startServer(folder)
    const identity = await obtainCertificate(running, folder.rootPem)
    const agent = keepOneConnection()
    const options = { ...asClient(identity), tlsVersion, agent }
    expect((await post(running, '/renew', options)).status).toBe(201)
    running.clock.advance(sixMinutes)
    const answer = await post(running, '/renew', options)
    expect(answer.json).toEqual(expired)
    expect((await post(running, '/health', { ...options, method: 'GET' })).status).toBe(200)
    agent.destroy()
  })

  test('no session is resumed, for it would bring the leaf alone', async () => {
    const running = shared
    const identity = await obtainCertificate(running, folder.rootPem)
    const sessions: Buffer[] = []
    const options = { ...asClient(identity), tlsVersion }
    const onSession = (session: Buffer) => sessions.push(session)
    await post(running, '/renew', { ...options, onSession })
    const session = sessions.at(-1)
    expect(session).toBeDefined()
    const again = await post(running, '/renew', { ...options, ...(session && { session }) })
    expect([again.isResumed, again.status]).toEqual([false, 201])
  })

  test('a leaf below a former intermediate is good if that is sent along, else refused', async () => {
    const next = await folder.copy()
    const identity = await (async () => {
      await using before = await startServer(next)
      return await obtainCertificate(before, next.rootPem)
    })()
    await next.replaceIntermediate()
    await using running = await startServer(next)
    const complete = { ...asClient(identity), tlsVersion, rootPem: next.rootPem }
    expect((await post(running, '/renew', complete)).status).toBe(201)
    const alone = await post(running, '/renew', { ...complete, cert: identity.leafPem })
    expect(alone.json).toEqual(unauthorized)
    await next.dispose()
  })

  test('an expired certificate breaks no handshake', async () => {
    await using running = await startServer(folder)
    const identity = await obtainCertificate(running, folder.rootPem)
    running.clock.advance(sixMinutes)
    const options = { ...asClient(identity), tlsVersion }
    expect((await post(running, '/renew', options)).json).toEqual(expired)
    expect((await post(running, '/health', { ...options, method: 'GET' })).status).toBe(200)
  })

  test('a certificate of another authority is refused', async () => {
    const running = shared
    await using other = await startServer(stranger)
    const identity = await obtainCertificate(other, stranger.rootPem)
    const options = { ...asClient(identity), tlsVersion }
    expect((await post(running, '/renew', options)).json).toEqual(unauthorized)
    expect((await post(running, '/health', { ...options, method: 'GET' })).status).toBe(200)
  })

  test('a certificate revoked on a kept connection is refused there', async () => {
    const running = shared
    const identity = await obtainCertificate(running, folder.rootPem)
    const agent = keepOneConnection()
    const options = { ...asClient(identity), tlsVersion, agent }
    expect((await post(running, '/renew', options)).status).toBe(201)
    const serial = `0x${new X509Certificate(identity.leafPem).serialNumber}`
    const revoked = await post(running, '/revoke', { ...options, body: { serial, passive: true } })
    expect([revoked.status, revoked.text]).toEqual([200, '{"status":"ok"}\n'])
    expect((await post(running, '/renew', options)).json).toEqual(unauthorized)
    agent.destroy()
  })
})

describe('renewal without a client certificate', () => {
  const missing = {
    status: 400,
    message: 'The request could not be completed: missing client certificate.',
  }

  test.each(['', 'Basic x', 'bearer x', 'Bearer', 'BearerX'])(
    'needs a bearer token: "%s" is none',
    async (authorization) => {
      const running = shared
      const headers: Record<string, string> = authorization === '' ? {} : { authorization }
      expect((await post(running, '/renew', { headers })).json).toEqual(missing)
    },
  )

  test('works by a token of the certificate’s key, once', async () => {
    const running = shared
    const identity = await obtainCertificate(running, folder.rootPem)
    const headers = { authorization: `Bearer ${await createBearer(running, identity)}` }
    expect((await post(running, '/renew', { headers })).status).toBe(201)
    expect((await post(running, '/renew', { headers })).json).toEqual(unauthorized)
  })

  test('an expired certificate is refused in words where its provisioner does not allow it', async () => {
    await using running = await startServer(folder)
    const identity = await obtainCertificate(running, folder.rootPem)
    running.clock.advance(sixMinutes)
    const headers = { authorization: `Bearer ${await createBearer(running, identity)}` }
    expect((await post(running, '/renew', { headers })).json).toEqual(expired)
  })

  test('a token that is none is refused with step’s text', async () => {
    const running = shared
    const answer = await post(running, '/renew', { headers: { authorization: 'Bearer x.y.z' } })
    expect(answer.status).toBe(401)
    expect(answer.json).toMatchObject({
      message: expect.stringMatching(/^error validating renew token/),
    })
  })

  test('rekey has no token form', async () => {
    const running = shared
    const { csr } = await createCsr()
    const headers = { authorization: 'Bearer x' }
    expect((await post(running, '/rekey', { headers, body: { csr } })).json).toEqual(missing)
  })
})

describe('rekey', () => {
  test('issues the same names for another key', async () => {
    const running = shared
    const identity = await obtainCertificate(running, folder.rootPem)
    const next = await createCsr('ignored', [])
    const answer = await post(running, '/1.0/rekey', {
      ...asClient(identity),
      body: { csr: next.csr },
    })
    expect(answer.status).toBe(201)
    const rekeyed = new X509Certificate(issuedSchema.parse(answer.json).crt)
    expect(rekeyed.checkPrivateKey(next.privateKey)).toBe(true)
    expect(rekeyed.subjectAltName).toBe('DNS:web.internal')
  })

  test.each([
    { body: '', message: 'error decoding json' },
    { body: {}, message: 'missing csr' },
    { body: { csr: '-----BEGIN X-----' }, message: 'error decoding json' },
  ])('refuses the body $body', async ({ body, message }) => {
    const running = shared
    const identity = await obtainCertificate(running, folder.rootPem)
    const answer = await post(running, '/rekey', { ...asClient(identity), body })
    expect(answer.json).toEqual({
      status: 400,
      message: `The request could not be completed: ${message}.`,
    })
  })
})

async function createBearer(running: RunningServer, identity: Identity): Promise<string> {
  return createRenewalToken({
    key: identity.privateKey,
    chain: parseCertificatePem(identity.chainPem).map(({ der }) => der),
    subject: 'web.internal',
    audience: 'https://localhost/1.0/renew',
    now: running.clock.now,
  })
}

import { X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type AuthorityFolder, createAuthorityFolder } from '../support/authority-folder.ts'
import { createCsr, issuedSchema, type KeyAndRequest } from '../support/certificates.ts'
import { type Answer, call } from '../support/http-client.ts'
import { type RunningServer, startServer } from '../support/running-server.ts'
import { leaveOutId, mirrorSignature } from '../support/token-variants.ts'

let folder: AuthorityFolder
let running: RunningServer
let request: KeyAndRequest

beforeAll(async () => {
  folder = await createAuthorityFolder()
  running = await startServer(folder)
  request = await createCsr()
})

afterAll(async () => {
  await running[Symbol.asyncDispose]()
  await folder.dispose()
})

const sign = (body: unknown, path = '/sign', requestId?: string): Promise<Answer> => {
  const headers: Record<string, string> =
    requestId === undefined ? {} : { 'x-request-id': requestId }
  return call(path, { port: running.port, rootPem: folder.rootPem, body, method: 'POST', headers })
}

const unauthorized =
  'The request lacked necessary authorization to be completed. Please see the certificate authority logs for more info.'
const badRequest = (text: string) => `The request could not be completed: ${text}.`
const forbidden = (text: string) =>
  `The request was forbidden by the certificate authority: ${text}.`

describe('sign', () => {
  test.each(['/sign', '/1.0/sign'])(
    '%s answers with the chain and the TLS options',
    async (path) => {
      const ott = await running.createToken()
      const answer = await sign(
        { csr: request.csr, ott, notBefore: '', notAfter: null, odd: 1 },
        path,
      )
      expect(answer.status).toBe(201)
      expect(answer.headers['content-type']).toBe('application/json')
      expect(Object.keys(answer.json as object)).toEqual(['crt', 'ca', 'certChain', 'tlsOptions'])
      const { crt, ca, certChain, tlsOptions } = issuedSchema.parse(answer.json)
      expect(certChain).toEqual([crt, ca])
      expect(new X509Certificate(crt).verify(new X509Certificate(ca).publicKey)).toBe(true)
      expect(tlsOptions).toEqual({
        cipherSuites: [
          'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256',
          'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
        ],
        minVersion: 1.2,
        maxVersion: 1.3,
        renegotiation: false,
      })
    },
  )

  test('what was answered stands in the store', async () => {
    const answer = await sign({ csr: request.csr, ott: await running.createToken() })
    const { crt } = issuedSchema.parse(answer.json)
    const { serialNumber, raw } = new X509Certificate(crt)
    const record = await running.host.store.findCertificate(BigInt(`0x${serialNumber}`))
    expect(Buffer.from(record?.der ?? []).equals(raw)).toBe(true)
  })

  test('of 200 callers with one token one gets a certificate, 199 a plain 401', async () => {
    const ott = await running.createToken()
    const answers = await Promise.all(
      Array.from({ length: 200 }, () => sign({ csr: request.csr, ott })),
    )
    const refused = answers.filter(({ status }) => status === 401)
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(refused).toHaveLength(199)
    for (const { json } of refused) expect(json).toEqual({ status: 401, message: unauthorized })
  })

  test.each([
    { what: 'with', makeToken: () => running.createToken() },
    {
      what: 'without',
      makeToken: async () => leaveOutId(await running.createToken(), folder.provisionerKey),
    },
  ])('of the two signatures of a token $what jti one gets a certificate', async ({ makeToken }) => {
    const ott = await makeToken()
    const variants = [ott, mirrorSignature(ott), ott, mirrorSignature(ott)]
    expect(new Set(variants).size).toBe(2)
    const answers = await Promise.all(variants.map((each) => sign({ csr: request.csr, ott: each })))
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 401, 401, 401])
    // Alone, the mirrored signature of a token that is not spent yet is good. Without jti, a token of the same second
    // would be the same one.
    running.clock.advance(1000)
    const fresh = mirrorSignature(await makeToken())
    expect((await sign({ csr: request.csr, ott: fresh })).status).toBe(201)
  })

  test('a refused request leaves its token unspent', async () => {
    const ott = await running.createToken()
    expect((await sign({ csr: request.csr, ott, notAfter: '1000h' })).status).toBe(403)
    expect((await sign({ csr: request.csr, ott })).status).toBe(201)
    expect((await sign({ csr: request.csr, ott })).status).toBe(401)
  })
})

describe('what sign refuses', () => {
  const token = () => running.createToken()
  const withToken = async (members: object) => ({
    csr: request.csr,
    ott: await token(),
    ...members,
  })
  const cases: {
    what: string
    body: () => Promise<unknown>
    status: number
    message: string | RegExp
  }[] = [
    {
      what: 'an empty body',
      body: async () => '',
      status: 400,
      message: badRequest('error decoding json'),
    },
    {
      what: 'broken JSON',
      body: async () => '{"csr":',
      status: 400,
      message: badRequest('error decoding json'),
    },
    {
      what: 'a list',
      body: async () => '[]',
      status: 400,
      message: badRequest('error decoding json'),
    },
    {
      what: 'octets that are no UTF-8',
      body: async () => Buffer.from('22ff22', 'hex'),
      status: 400,
      message: badRequest('error decoding json'),
    },
    {
      what: 'a member of another type',
      body: async () => ({ csr: 7, ott: 'x' }),
      status: 400,
      message: badRequest('error decoding json'),
    },
    {
      what: 'no CSR',
      body: async () => ({ ott: await token() }),
      status: 400,
      message: badRequest('missing csr'),
    },
    {
      what: 'a CSR that is none',
      body: () => withToken({ csr: 'x' }),
      status: 400,
      message: badRequest('error decoding json'),
    },
    {
      what: 'no token',
      body: async () => ({ csr: request.csr }),
      status: 400,
      message: badRequest('missing ott'),
    },
    {
      what: 'a time that is none',
      body: () => withToken({ notAfter: 'tomorrow' }),
      status: 400,
      message: badRequest('error decoding json'),
    },
    {
      what: 'a token that is none',
      body: () => withToken({ ott: 'x.y' }),
      status: 401,
      message: unauthorized,
    },
    {
      what: 'a token for revocation',
      body: async () => withToken({ ott: await running.createToken({ operation: 'revoke' }) }),
      status: 401,
      message: unauthorized,
    },
    {
      what: 'a forged token',
      body: async () => withToken({ ott: forge(await token()) }),
      status: 401,
      message: unauthorized,
    },
    {
      what: 'names that are not the token’s',
      body: async () =>
        withToken({ csr: (await createCsr('web.internal', ['other.internal'])).csr }),
      status: 403,
      message: forbidden(
        'certificate request does not contain the valid DNS names - got [other.internal], want [web.internal]',
      ),
    },
    {
      what: 'too long a life',
      body: () => withToken({ notAfter: '48h' }),
      status: 403,
      message:
        /^The request was forbidden by the certificate authority: requested duration of 48h\S+ is more than the authorized maximum certificate duration of 24h1m0s\.$/,
    },
    {
      what: 'an end in the past',
      body: () => withToken({ notAfter: '2020-01-01T00:00:00Z' }),
      status: 400,
      message: badRequest('notAfter cannot be in the past; na=2020-01-01 00:00:00 +0000 UTC'),
    },
  ]

  test.each(cases)('$what: $status', async ({ body, status, message }) => {
    const answer = await sign(await body())
    const expected = typeof message === 'string' ? message : expect.stringMatching(message)
    expect(answer.json).toEqual({ status, message: expected })
    expect(answer.status).toBe(status)
    expect(answer.headers['content-type']).toBe('application/json')
  })

  test('a body of more than a MiB: 413, whether its length is told or not', async () => {
    const large = JSON.stringify({ csr: 'x'.repeat(1024 * 1024) })
    const chunked = {
      port: running.port,
      rootPem: folder.rootPem,
      headers: { 'transfer-encoding': 'chunked' },
    }
    for (const answer of [await sign(large), await call('/sign', { ...chunked, body: large })]) {
      expect(answer.json).toEqual({
        status: 413,
        message: badRequest('the body is larger than 1048576 octets'),
      })
    }
    expect((await sign(await withToken({}))).status).toBe(201)
  })
})

test('no token, whole or in part, reaches the log, wherever it was put', async () => {
  const tokens = await Promise.all(Array.from({ length: 4 }, () => running.createToken()))
  const [spent = '', refused = '', misplaced = '', bearer = ''] = tokens
  await sign({ csr: request.csr, ott: spent })
  await sign({ csr: request.csr, ott: spent })
  await sign({ csr: request.csr, ott: forge(refused) })
  await sign(`{"csr":"","ott":"${refused}"`)
  const { port } = running
  const headers = {
    authorization: `Bearer ${bearer}`,
    referer: `https://x/?token=${misplaced}`,
    'user-agent': misplaced,
    'x-request-id': misplaced.slice(0, 100),
  }
  await call(`/renew?ott=${misplaced}`, { port, rootPem: folder.rootPem, method: 'POST', headers })
  await call(`/root/${misplaced}?password=hunter2`, { port, rootPem: folder.rootPem, headers })
  await sign('', '/sign', 'the-last')
  await running.findAccessLine('the-last')
  const log = running.accessLines.join('') + running.lines.join('\n')
  for (const token of tokens) {
    for (const part of token.split('.')) expect(log).not.toContain(part)
  }
  expect(log).not.toContain('hunter2')
  expect(log).not.toContain('PRIVATE KEY')
  expect(log).toContain('[redacted]')
})

test('a signed certificate is described in the log, a refusal explained', async () => {
  const ott = await running.createToken({
    subject: 'log.internal',
    sans: ['log.internal', '10.0.0.1'],
  })
  const { csr } = await createCsr('log.internal', [])
  const answer = await sign({ csr, ott }, '/sign', 'signed')
  await sign({ csr, ott }, '/sign', 'refused')
  const { crt } = issuedSchema.parse(answer.json)
  const signed = await running.findAccessLine('signed')
  const refused = await running.findAccessLine('refused')
  expect(signed).toMatchObject({
    level: 'info',
    status: 201,
    path: '/sign',
    subject: 'log.internal',
    issuer: 'Test Intermediate CA',
    sans: { dns: ['log.internal'], ip: ['10.0.0.1'] },
    'public-key': 'ECDSA P-256',
    certificate: new X509Certificate(crt).raw.toString('base64'),
    serial: BigInt(`0x${new X509Certificate(crt).serialNumber}`).toString(),
    provisioner: `admin@example.org (${folder.provisionerKey.kid})`,
    size: answer.text.length,
  })
  expect(signed).not.toHaveProperty('ott')
  expect(refused).toMatchObject({
    level: 'warning',
    status: 401,
    error: expect.stringContaining('token already used'),
  })
})

/** Signs nothing: the signature of the token is another one. */
function forge(token: string): string {
  const [header, payload, signature = ''] = token.split('.')
  const first = signature.startsWith('A') ? 'B' : 'A'
  return `${header}.${payload}.${first}${signature.slice(1)}`
}

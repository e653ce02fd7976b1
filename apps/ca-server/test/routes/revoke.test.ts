import { X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type AuthorityFolder, createAuthorityFolder } from '../support/authority-folder.ts'
import { issuedSchema, obtainCertificate } from '../support/certificates.ts'
import { type Answer, type CallOptions, call } from '../support/http-client.ts'
import { type RunningServer, startServer } from '../support/running-server.ts'

let folder: AuthorityFolder
let running: RunningServer

beforeAll(async () => {
  folder = await createAuthorityFolder()
  running = await startServer(folder)
})

afterAll(async () => {
  await running[Symbol.asyncDispose]()
  await folder.dispose()
})

function revoke(body: unknown, options: Partial<CallOptions> = {}): Promise<Answer> {
  const { port } = running
  return call('/revoke', { port, rootPem: folder.rootPem, method: 'POST', body, ...options })
}

const revokeToken = (subject: string) => running.createToken({ subject, operation: 'revoke' })
const badRequest = (text: string) => `The request could not be completed: ${text}.`

describe('revoke', () => {
  test.each([
    { serial: '1001', decimal: '1001' },
    { serial: '0x3ea', decimal: '1002' },
    { serial: '0o1753', decimal: '1003' },
    { serial: '01754', decimal: '1004' },
    { serial: '0b1111101101', decimal: '1005' },
  ])('$serial is $decimal', async ({ serial, decimal }) => {
    const answer = await revoke({ serial, ott: await revokeToken(decimal), passive: true })
    expect([answer.status, answer.text]).toEqual([200, '{"status":"ok"}\n'])
    const again = await revoke({ serial, ott: await revokeToken(decimal), passive: true })
    expect(again.json).toEqual({
      status: 400,
      message: badRequest(`certificate with serial number '${decimal}' is already revoked`),
    })
  })

  test('is told in the log', async () => {
    const body = {
      serial: '77',
      ott: await revokeToken('77'),
      passive: true,
      reasonCode: 4,
      reason: 'old',
    }
    await revoke(body, { headers: { 'x-request-id': 'told' } })
    expect(await running.findAccessLine('told')).toMatchObject({
      serial: '77',
      reasonCode: 4,
      reason: 'old',
      passiveOnly: true,
      mTLS: false,
    })
  })

  test('with its renewals, those are not renewed either, and all are listed', async () => {
    const identity = await obtainCertificate(running, folder.rootPem)
    const client = { cert: identity.chainPem, key: identity.keyPem }
    const { port } = running
    const renewed = await call('/renew', {
      port,
      rootPem: folder.rootPem,
      method: 'POST',
      ...client,
    })
    const { certChain } = issuedSchema.parse(renewed.json)
    const serial = BigInt(`0x${new X509Certificate(identity.leafPem).serialNumber}`).toString()
    const ott = await revokeToken(serial)
    const answer = await revoke({ serial, ott, passive: true, withRenewals: true })
    const child = BigInt(`0x${new X509Certificate(certChain[0] ?? '').serialNumber}`).toString()
    expect(answer.status).toBe(200)
    expect(answer.json).toEqual({ status: 'ok', serials: expect.arrayContaining([serial, child]) })
    expect(answer.json).toHaveProperty('serials.length', 2)
    const next = { cert: certChain.join(''), key: identity.keyPem }
    const refused = await call('/renew', { port, rootPem: folder.rootPem, method: 'POST', ...next })
    expect(refused.status).toBe(401)
  })

  test('by the certificate itself, only itself', async () => {
    const identity = await obtainCertificate(running, folder.rootPem)
    const client = { cert: identity.chainPem, key: identity.keyPem }
    const own = BigInt(`0x${new X509Certificate(identity.leafPem).serialNumber}`).toString()
    const other = await revoke({ serial: '1', passive: true }, client)
    expect(other.json).toEqual({
      status: 403,
      message: `The request was forbidden by the certificate authority: request serial number "1" and certificate serial number "${own}" do not match.`,
    })
    expect((await revoke({ serial: own, passive: true }, client)).status).toBe(200)
  })
})

describe('what revoke refuses', () => {
  const malformed = (serial: string) =>
    badRequest(
      `'${serial}' is not a valid serial number - use a base 10 representation or a base 16 representation with '0x' prefix`,
    )
  const notImplemented =
    'The requested method is not implemented by the certificate authority. Please see the certificate authority logs for more info.'
  test.each([
    { body: '{', status: 400, message: badRequest('error decoding json') },
    { body: {}, status: 400, message: badRequest('missing serial') },
    { body: { serial: 'zz' }, status: 400, message: malformed('zz') },
    { body: { serial: '-1' }, status: 400, message: malformed('-1') },
    { body: { serial: '9'.repeat(1000) }, status: 400, message: malformed('9'.repeat(200)) },
    {
      body: { serial: '1', reasonCode: -1, passive: true },
      status: 400,
      message: badRequest('reasonCode out of bounds'),
    },
    {
      body: { serial: '1', reasonCode: 11, passive: true },
      status: 400,
      message: badRequest('reasonCode out of bounds'),
    },
    {
      body: { serial: '1', reasonCode: 1.5 },
      status: 400,
      message: badRequest('error decoding json'),
    },
    { body: { serial: '1' }, status: 501, message: notImplemented },
    {
      body: { serial: '1', passive: true },
      status: 400,
      message: badRequest('missing ott or client certificate'),
    },
    {
      body: { serial: '1', passive: true, ott: 'x' },
      status: 401,
      message: expect.stringMatching(/^The request lacked/),
    },
  ])('$body: $status', async ({ body, status, message }) => {
    const answer = await revoke(body)
    expect(answer.json).toEqual({ status, message })
    expect(answer.status).toBe(status)
  })

  test('a token for another serial number', async () => {
    const answer = await revoke({ serial: '998', ott: await revokeToken('999'), passive: true })
    expect(answer.json).toEqual({
      status: 403,
      message:
        'The request was forbidden by the certificate authority: request serial number "998" and token subject "999" do not match.',
    })
  })

  test('everything, where there is no database', async () => {
    const unkept = await createAuthorityFolder({ withDatabase: false })
    await using other = await startServer(unkept)
    const ott = await other.createToken({ subject: '5', operation: 'revoke' })
    const { port } = other
    const body = { serial: '5', ott, passive: true }
    const answer = await call('/revoke', { port, rootPem: unkept.rootPem, method: 'POST', body })
    expect(answer.json).toEqual({ status: 501, message: notImplemented })
    await unkept.dispose()
  })
})

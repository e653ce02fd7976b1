import { createHash } from 'node:crypto'
import { loadRootByFingerprint } from '@mayfly/ca-client'
import { encodeCertificatePem } from '@mayfly/x509-profiles'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type FakeCa, json, plain, startFakeCa } from './support/fake-ca.ts'

let ca: FakeCa
let fingerprint: string
beforeAll(async () => {
  ca = await startFakeCa({ subjectAltNames: [{ type: 'dns', value: 'elsewhere.internal' }] })
  fingerprint = createHash('sha256').update(ca.pki.root.der).digest('hex')
})
afterAll(() => ca[Symbol.asyncDispose]())
beforeEach(() => {
  ca.requests.length = 0
})

describe('loadRootByFingerprint', () => {
  test('takes the root with that hash from a server it cannot know', async () => {
    ca.on(`GET /root/${fingerprint}`, json({ ca: ca.rootPem }))
    for (const text of [
      fingerprint,
      fingerprint.toUpperCase(),
      ` ${fingerprint.match(/../g)?.join('-')}\n`,
      fingerprint.toUpperCase().match(/../g)?.join(':') ?? '',
    ]) {
      expect((await loadRootByFingerprint(ca.url, text)).der).toEqual(ca.pki.root.der)
    }
  })

  test.each([
    ['another certificate', () => encodeCertificatePem(ca.pki.intermediate), 'root_mismatch'],
    [
      'the root and another',
      () => ca.rootPem + encodeCertificatePem(ca.pki.intermediate),
      'malformed_answer',
    ],
    ['no certificate', () => 'hello', 'malformed_answer'],
  ])('refuses %s', async (_, answer, code) => {
    ca.on(`GET /root/${fingerprint}`, json({ ca: answer() }))
    await expect(loadRootByFingerprint(ca.url, fingerprint)).rejects.toMatchObject({ code })
  })

  test.each(['', 'abc', 'ab'.repeat(31), 'ab'.repeat(33), '../health', 'zz'.repeat(32)])(
    'asks nobody for %j, which is no fingerprint',
    async (text) => {
      await expect(loadRootByFingerprint(ca.url, text)).rejects.toMatchObject({
        code: 'root_mismatch',
        message: `'${text}' is not a SHA-256 fingerprint: 64 hexadecimal digits are due`,
      })
      expect(ca.requests).toEqual([])
    },
  )

  test('says a mismatch as step does', async () => {
    ca.on(`GET /root/${fingerprint}`, json({ ca: encodeCertificatePem(ca.pki.intermediate) }))
    await expect(loadRootByFingerprint(ca.url, fingerprint)).rejects.toMatchObject({
      message: 'root certificate fingerprint does not match',
    })
  })

  test('passes on that the CA knows no such root', async () => {
    const unknown = 'ab'.repeat(32)
    const message = `root certificate with fingerprint "${unknown}" was not found`
    ca.on(`GET /root/${unknown}`, json({ status: 404, message }, 404))
    await expect(loadRootByFingerprint(ca.url, unknown.toUpperCase())).rejects.toMatchObject({
      code: 'refused',
      friendly: true,
      status: 404,
      message,
    })
  })

  test('gives up on a server that does not answer', async () => {
    ca.on(`GET /root/${fingerprint}`, () => undefined)
    const options = { timeoutMilliseconds: 100 }
    await expect(loadRootByFingerprint(ca.url, fingerprint, options)).rejects.toMatchObject({
      code: 'timeout',
    })
  })

  test('refuses what is not JSON', async () => {
    ca.on(`GET /root/${fingerprint}`, plain('hello'))
    await expect(loadRootByFingerprint(ca.url, fingerprint)).rejects.toMatchObject({
      code: 'malformed_answer',
    })
  })
})

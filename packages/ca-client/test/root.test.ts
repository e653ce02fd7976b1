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

  test('says a mismatch as step does', async () => {
    ca.on(`GET /root/${fingerprint}`, json({ ca: encodeCertificatePem(ca.pki.intermediate) }))
    await expect(loadRootByFingerprint(ca.url, fingerprint)).rejects.toMatchObject({
      message: 'root certificate fingerprint does not match',
    })
  })

  test('passes on that the CA knows no such root', async () => {
    const message = 'root certificate with fingerprint "abc" was not found'
    ca.on('GET /root/abc', json({ status: 404, message }, 404))
    await expect(loadRootByFingerprint(ca.url, 'ABC')).rejects.toMatchObject({
      code: 'refused',
      friendly: true,
      status: 404,
      message,
    })
  })

  test('asks for nothing but a root, whatever the fingerprint', async () => {
    await expect(loadRootByFingerprint(ca.url, '../health?')).rejects.toMatchObject({
      code: 'malformed_answer',
    })
    expect(ca.requests.map(({ path }) => path)).toEqual(['/root/..%2Fhealth%3F'])
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

import { createSigner, generatePrivateKey } from '@mayfly/keystore-hsm'
import { formatName } from '@mayfly/x509-profiles'
import { expect, test } from 'vitest'
import { createTestAuthority, spkiOf, start } from './support/authority.ts'

test('a serving certificate is for the server, lasts 24 hours and is not of a provisioner', async () => {
  const ca = await createTestAuthority()
  const subjectPublicKeyInfo = spkiOf(createSigner(await generatePrivateKey()))
  const certificate = await ca.authority.issueServingCertificate({
    subjectPublicKeyInfo,
    commonName: 'Step Online CA',
    dnsNames: ['127.0.0.1', 'localhost', '[::1]'],
  })
  expect(formatName(certificate.subject)).toBe('CN=Step Online CA')
  expect(certificate.subjectAltNames).toEqual([
    { type: 'dns', value: 'localhost' },
    { type: 'ip', value: '127.0.0.1' },
    { type: 'ip', value: '::1' },
  ])
  expect(certificate.provisioner).toBeUndefined()
  const second = Math.floor(start.getTime() / 1000) * 1000
  expect(certificate.validity).toEqual({
    notBefore: new Date(second - 60_000),
    notAfter: new Date(second + 86_400_000),
  })
})

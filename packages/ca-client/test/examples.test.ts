import { readFileSync } from 'node:fs'
import { certificateFingerprint, encodeCertificatePem } from '@mayfly/x509-profiles'
import { expect, test } from 'vitest'
import { obtainCertificate } from '../examples/obtain-certificate.ts'
import { json, signAnswer, startFakeCa } from './support/fake-ca.ts'
import { createCsr, generateKey } from './support/pki.ts'

test('the example obtains a certificate', async () => {
  await using ca = await startFakeCa()
  const key = generateKey()
  const { certificate, answer } = await signAnswer(ca, key)
  const fingerprint = certificateFingerprint(ca.pki.root)
  ca.on(`GET /root/${fingerprint}`, json({ ca: ca.rootPem }))
  ca.on('POST /sign', json(answer, 201))

  const csr = await createCsr(key)
  const pem = await obtainCertificate({ url: ca.url, fingerprint, csr, oneTimeToken: 'token' })
  expect(pem).toBe([certificate, ca.pki.intermediate].map(encodeCertificatePem).join(''))
})

test('the README shows it', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const example = new URL('../examples/obtain-certificate.ts', import.meta.url)
  expect(readme).toContain(`\`\`\`ts\n${readFileSync(example, 'utf8')}\`\`\``)
})

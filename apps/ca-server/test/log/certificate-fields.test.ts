import { createPublicKey } from 'node:crypto'
import { createSigner, generatePrivateKey, type KeyType } from '@mayfly/keystore-hsm'
import { createName, issueRoot, rootProfile } from '@mayfly/x509-profiles'
import { describe, expect, test } from 'vitest'
import { describeCertificate } from '../../src/log/certificate-fields.ts'
import { random } from '../support/authority-folder.ts'

const start = new Date('2026-11-23T08:00:00Z')

async function certificateWith(type: KeyType) {
  const privateKey = await generatePrivateKey(type)
  const spki = createPublicKey(privateKey).export({ type: 'spki', format: 'der' })
  const request = {
    subject: createName({ commonName: 'Root' }),
    subjectAltNames: [],
    subjectPublicKeyInfo: spki,
    validity: { notBefore: start, notAfter: new Date('2036-11-20T08:00:00Z') },
  }
  return issueRoot(request, rootProfile, createSigner(privateKey), { now: () => start, random })
}

describe('describeCertificate', () => {
  const cases: { type: KeyType; text: string }[] = [
    { type: { kty: 'EC', crv: 'P-256' }, text: 'ECDSA P-256' },
    { type: { kty: 'EC', crv: 'P-384' }, text: 'ECDSA P-384' },
    { type: { kty: 'EC', crv: 'P-521' }, text: 'ECDSA P-521' },
    { type: { kty: 'OKP', crv: 'Ed25519' }, text: 'Ed25519' },
    { type: { kty: 'RSA', size: 2048 }, text: 'RSA 2048' },
  ]
  test.each(cases)('names the key $text', async ({ type, text }) => {
    const fields = describeCertificate(await certificateWith(type), undefined)
    expect(fields['public-key']).toBe(text)
  })

  test('leaves out a provisioner that is not known, and a credential that is empty', async () => {
    const certificate = await certificateWith({ kty: 'EC', crv: 'P-256' })
    expect(describeCertificate(certificate, undefined)).not.toHaveProperty('provisioner')
    const acme = { name: 'acme', credentialId: '', type: 'ACME' }
    expect(describeCertificate(certificate, acme).provisioner).toBe('acme')
  })
})

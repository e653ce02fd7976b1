import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createSigner, parsePrivateKeyPem } from '@mayfly/keystore-hsm'
import { parseCertificatePem } from '@mayfly/x509-profiles'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  createClock,
  createIntermediate,
  createRequest,
  createTestAuthority,
  type Pki,
  type TestAuthority,
} from './support/authority.ts'
import { createFolder, type Folder } from './support/folder.ts'
import { issueLeaf, shown } from './support/leaf.ts'
import { refusalOf } from './support/refusal.ts'

let folder: Folder
let ca: TestAuthority
beforeAll(async () => {
  folder = await createFolder()
  // openssl begins the root now, by the machine's clock.
  const clock = createClock(new Date(Date.now() + 60_000))
  ca = await createTestAuthority({ pki: await createConstrainedPki(folder), clock })
})
afterAll(() => folder[Symbol.asyncDispose]())

describe('below a root that permits only names in internal', () => {
  test('those names are issued and renewed', async () => {
    const leaf = await issueLeaf(ca)
    const credential = shown(leaf)
    expect(await ca.authority.renew({ credential, requestId: 'r' })).toHaveProperty('certificate')
  })

  test('others are refused, and their token is not spent', async () => {
    const oneTimeToken = await ca.token({ sans: ['web.internal', 'web.example'] })
    for (const _ of [1, 2]) {
      const refusal = await refusalOf(
        ca.sign({
          oneTimeToken,
          certificationRequest: await createRequest({ commonName: 'web.internal' }),
        }),
      )
      expect(refusal.code).toBe('name_constraint_violated')
      expect(refusal.message).toContain('web.example')
    }
  })

  test('the server itself may have no other', async () => {
    const call = ca.authority.issueServingCertificate({
      subjectPublicKeyInfo: (await createRequest()).subjectPublicKeyInfo,
      commonName: 'Step Online CA',
      dnsNames: ['ca.example'],
    })
    expect((await refusalOf(call)).code).toBe('name_constraint_violated')
  })
})

async function createConstrainedPki(at: Folder): Promise<Pki> {
  const [key, certificate] = [at.file('root.key'), at.file('root.crt')]
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
      ...['-subj', '/CN=Constrained Root', '-days', '30', '-keyout', key, '-out', certificate],
      ...['-addext', 'basicConstraints=critical,CA:TRUE'],
      ...['-addext', 'keyUsage=critical,keyCertSign,cRLSign'],
      ...['-addext', 'nameConstraints=critical,permitted;DNS:internal'],
    ],
    { stdio: 'ignore' },
  )
  const [root] = parseCertificatePem(await readFile(certificate, 'utf8'))
  if (root === undefined) throw new Error('openssl made no root')
  const signer = createSigner(await parsePrivateKeyPem(await readFile(key, 'utf8')))
  const rootIssuer = { certificate: root, signer }
  const below = await createIntermediate(rootIssuer, 'Constrained Intermediate CA')
  return { root, rootIssuer, ...below }
}

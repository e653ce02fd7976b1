import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createSigner, parsePrivateKeyPem } from '@mayfly/keystore-hsm'
import {
  createName,
  guessGeneralName,
  issue,
  leafProfile,
  parseCertificatePem,
} from '@mayfly/x509-profiles'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  createClock,
  createIntermediate,
  createRequest,
  createTestAuthority,
  type Pki,
  random,
  readProvisioners,
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
      expect(refusal.message).toBe(
        'name "web.example" is not permitted, only dns "internal", under the name constraints of CN=Constrained Root',
      )
    }
  })

  test('nothing is signed of what is refused', async () => {
    let count = 0
    const { issuer } = ca.pki
    const sign = (octets: Uint8Array) => {
      count += 1
      return issuer.signer.sign(octets)
    }
    const counting = { ...issuer.signer, sign }
    const authority = ca.again({ issuer: { ...issuer, signer: counting } })
    const sans = ['web.internal', 'web.example']
    const certificationRequest = await createRequest({ commonName: 'web.internal' })
    const request = { certificationRequest, requestId: 'r' }
    const refused = authority.sign({ ...request, oneTimeToken: await ca.token({ sans }) })
    expect((await refusalOf(refused)).code).toBe('name_constraint_violated')
    expect(count).toBe(0)
    await authority.sign({ ...request, oneTimeToken: await ca.token() })
    expect(count).toBe(1)
  })

  test.each([
    ['that it lists', '"dnsNames": "web.example"'],
    [
      'in a ready-made extension',
      '"extensions": [{"id": "2.5.29.17", "value": "MA2CC3dlYi5leGFtcGxl"}]',
    ],
    [
      'beside a name of a further kind',
      '"sans": [{"type": "registeredID", "value": "1.2.3"}, {"type": "dns", "value": "web.example"}]',
    ],
  ])('others of a template are refused: %s', async (_, member) => {
    const options = (names: string) => ({ x509: { template: `{"subject": "x", ${names}}` } })
    const authorityOf = (names: string) =>
      ca.again({
        provisioners: readProvisioners([
          { type: 'JWK', name: 'admin', key: ca.provisionerKey.publicJwk, options: options(names) },
        ]),
      })
    const request = { certificationRequest: await createRequest(), requestId: 'r' }
    const oneTimeToken = await ca.token()
    const refused = authorityOf(member).sign({ ...request, oneTimeToken })
    expect((await refusalOf(refused)).code).toBe('name_constraint_violated')
    const permitted = authorityOf('"dnsNames": "web.internal"')
    expect(await permitted.sign({ ...request, oneTimeToken })).toHaveProperty('certificate')
  })

  test('a certificate with others, from before the constraints, is not renewed or rekeyed', async () => {
    const names = ['web.internal', 'web.example']
    const leaf = await issue(
      {
        subject: createName({ commonName: 'web.internal' }),
        subjectAltNames: names.map(guessGeneralName),
        subjectPublicKeyInfo: (await createRequest()).subjectPublicKeyInfo,
        validity: {
          notBefore: new Date(ca.clock.now().getTime() - 60_000),
          notAfter: new Date(ca.clock.now().getTime() + 86_400_000),
        },
      },
      leafProfile,
      ca.pki.issuer,
      { now: ca.clock.now, random },
    )
    const credential = shown({
      certificate: leaf,
      chain: [leaf, ca.pki.intermediate],
      provisioner: undefined,
    })
    const certificationRequest = await createRequest()
    for (const call of [
      () => ca.authority.renew({ credential, requestId: 'r' }),
      () => ca.authority.rekey({ credential, certificationRequest, requestId: 'r' }),
    ]) {
      // Whose names nobody may have is not believed in the first place.
      expect((await refusalOf(call())).code).toBe('certificate_untrusted')
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

import { createMemoryStore, type Store } from '@mayfly/db-adapters'
import { openSqliteStore } from '@mayfly/db-adapters/sqlite'
import type { OneTimeTokenOptions } from '@mayfly/jwt-tokens'
import { createSigner, generatePrivateKey } from '@mayfly/keystore-hsm'
import { type Certificate, createName, issue, issueRoot, type Signer } from '@mayfly/x509-profiles'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  createIntermediate,
  createPki,
  type Pki,
  random,
  readProvisioners,
  sharedRequest,
  spkiOf,
  type TestAuthority,
} from './support/authority.ts'
import { createFolder, type Folder } from './support/folder.ts'
import { issueLeaf } from './support/leaf.ts'
import { observeStore } from './support/observed-store.ts'
import { refusalOf } from './support/refusal.ts'
import {
  type CredentialKey,
  createX5cAuthority,
  issueCredential,
  rootsOf,
  x5cToken,
} from './support/x5c.ts'

let corp: Pki
let ca: TestAuthority
let credential: CredentialKey
let folder: Folder
let store: Store

beforeAll(async () => {
  folder = await createFolder()
  store = await openSqliteStore({ path: folder.file('ca.sqlite') })
  corp = await createPki('Corp')
  ca = await createX5cAuthority({ corp, stranger: await createPki('Stranger') }, {}, { store })
  credential = await issueCredential(corp)
})

afterAll(async () => {
  await store.close()
  await folder[Symbol.asyncDispose]()
})

const signWith = async (
  key: Pick<CredentialKey, 'key' | 'chain'>,
  options?: Partial<OneTimeTokenOptions>,
) => ca.sign({ oneTimeToken: await x5cToken(ca, key, options) })

describe('a credential that was issued here', () => {
  const own = { issuer: 'own', audience: 'https://ca.internal/1.0/sign#x5c/own' }
  const ownProvisioner = () =>
    readProvisioners([{ type: 'X5C', name: 'own', roots: rootsOf(ca.pki.root) }])
  const revoke = (serialNumber: bigint) =>
    ca.store.commitRevocation({
      revocation: {
        serialNumber,
        reasonCode: 1,
        reason: '',
        revokedAt: ca.clock.now(),
        provisionerId: '',
        mutualTls: false,
      },
      audit: {
        at: ca.clock.now(),
        action: 'revoke',
        serialNumber,
        provisionerId: '',
        requestId: 'r',
      },
    })

  test('is good until it is revoked', async () => {
    const leaf = await issueLeaf(ca)
    expect(await signWith(leaf, own)).toHaveProperty('certificate')
    await revoke(leaf.certificate.serialNumber)
    expect(await refusalOf(signWith(leaf, own))).toEqual({
      code: 'credential_revoked',
      message: `the certificate that signs the token, with serial number ${leaf.certificate.serialNumber}, is revoked`,
    })
  })

  test.each(['memory', 'sqlite'] as const)(
    'gives one certificate for a token, on %s',
    async (kind) => {
      const kept = kind === 'sqlite' ? store : createMemoryStore()
      const here = ca.again({ store: kept, startedAt: new Date(0), provisioners: ownProvisioner() })
      const oneTimeToken = await x5cToken(ca, await issueLeaf(ca), own)
      const certificationRequest = await sharedRequest()
      const calls = Array.from({ length: 20 }, () =>
        here.sign({ oneTimeToken, certificationRequest, requestId: 'r' }),
      )
      const refused = (await Promise.allSettled(calls)).flatMap((each) =>
        each.status === 'rejected' ? [each.reason.code] : [],
      )
      expect(refused).toEqual(Array.from({ length: 19 }, () => 'token_already_used'))
    },
  )

  test('is told by the record where its issuing key is one of the past', async () => {
    const leaf = await issueLeaf(ca)
    await revoke(leaf.certificate.serialNumber)
    const later = await createPki('Later')
    const authority = ca.again({
      issuer: later.issuer,
      roots: [later.root],
      provisioners: ownProvisioner(),
    })
    const oneTimeToken = await x5cToken(ca, leaf, own)
    const certificationRequest = await sharedRequest()
    const call = authority.sign({ oneTimeToken, certificationRequest, requestId: 'r' })
    expect((await refusalOf(call)).code).toBe('credential_revoked')
  })

  test('is refused when it is revoked after the last look, by the unit of work', async () => {
    const leaf = await issueLeaf(ca)
    const oneTimeToken = await x5cToken(ca, leaf, own)
    const certificationRequest = await sharedRequest()
    const { serialNumber } = leaf.certificate
    const request = { oneTimeToken, certificationRequest, requestId: 'r' }
    const late: Store = {
      ...observeStore(store, () => undefined),
      commitIssuance: async (unit) => {
        await revoke(serialNumber)
        return store.commitIssuance(unit)
      },
    }
    const before = await store.countCertificates()
    const provisioners = ownProvisioner()
    expect(await refusalOf(ca.again({ store: late, provisioners }).sign(request))).toEqual({
      code: 'credential_revoked',
      message: `the certificate that signs the token, with serial number ${serialNumber}, is revoked`,
    })
    expect(await store.countCertificates()).toBe(before)
  })

  test('is no predecessor of what it vouches for', async () => {
    const { certificate } = await signWith(await issueLeaf(ca), own)
    const record = await ca.store.findCertificate(certificate.serialNumber)
    expect(record).toHaveProperty('serialNumber', certificate.serialNumber)
    expect(record).not.toHaveProperty('predecessor')
  })

  test('is worth nothing below an authority that was issued here and is revoked', async () => {
    const { intermediate, issuer } = await createIntermediate(ca.pki.rootIssuer, 'Sub CA')
    const leaf = await issueCredential({ intermediate, issuer })
    expect(await signWith(leaf, own)).toHaveProperty('certificate')
    await revoke(intermediate.serialNumber)
    expect(await refusalOf(signWith(leaf, own))).toEqual({
      code: 'credential_revoked',
      message: `the certificate that signs the token stands below one with serial number ${intermediate.serialNumber}, which is revoked`,
    })
  })

  test('does not lend its serial number to one from elsewhere', async () => {
    await revoke(credential.certificate.serialNumber)
    expect(await signWith(credential)).toHaveProperty('certificate')
  })
})

describe('a chain that is made to waste time', () => {
  test('is given up after sixteen signatures', async () => {
    // Eight authorities of one name, each signed by the next in a circle: any could be the issuer of any.
    const keys = await Promise.all(Array.from({ length: 8 }, () => generatePrivateKey()))
    const signers = keys.map((key) => createSigner(key))
    const circle = await Promise.all(
      signers.map((signer, index) => certifyNamesake(signer, signers[(index + 1) % 8] ?? signer)),
    )
    const [first] = circle
    if (first === undefined) throw new Error('no authority')
    const issuer = { certificate: first, signer: signers[0] ?? corp.issuer.signer }
    const { key, certificate } = await issueCredential({ issuer, intermediate: first })
    const call = signWith({ key, chain: [certificate, ...circle] })
    await expect(call).rejects.toMatchObject({
      code: 'credential_untrusted',
      detail: 'verification takes more than 16 signatures',
    })
  })

  async function certifyNamesake(subject: Signer, issuer: Signer): Promise<Certificate> {
    const name = createName({ commonName: 'Namesake CA' })
    const { validity } = corp.root
    const describe = (signer: Signer) => ({
      subject: name,
      subjectAltNames: [],
      subjectPublicKeyInfo: spkiOf(signer),
      validity,
    })
    const ambient = { now: ca.clock.now, random }
    const certificate = await issueRoot(describe(issuer), { type: 'root' }, issuer, ambient)
    const profile = { type: 'intermediate' } as const
    return issue(describe(subject), profile, { certificate, signer: issuer }, ambient)
  }
})

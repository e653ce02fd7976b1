import type { RevokeRequest } from '@mayfly/authority-core'
import type { Store } from '@mayfly/db-adapters'
import { openSqliteStore } from '@mayfly/db-adapters/sqlite'
import type { OneTimeTokenOptions } from '@mayfly/jwt-tokens'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  createPki,
  createRequest,
  createTestAuthority,
  type Pki,
  type TestAuthority,
} from './support/authority.ts'
import { createFolder, type Folder } from './support/folder.ts'
import { issueLeaf, type Leaf, shown } from './support/leaf.ts'
import { refusalOf } from './support/refusal.ts'

let folder: Folder
let store: Store
let pki: Pki
let ca: TestAuthority
let leaf: Leaf

beforeAll(async () => {
  folder = await createFolder()
  store = await openSqliteStore({ path: folder.file('ca.sqlite') })
  pki = await createPki()
})
afterAll(async () => {
  await store.close()
  await folder[Symbol.asyncDispose]()
})
beforeEach(async () => {
  ca = await createTestAuthority({ pki, store })
  leaf = await issueLeaf(ca)
})

describe('revoke', () => {
  test('by token keeps who, why, when and until when', async () => {
    const { serialNumber, validity } = leaf.certificate
    expect(await revoke({ reasonCode: 1, reason: 'stolen' })).toEqual({
      serialNumbers: [serialNumber],
    })
    expect(await ca.store.findRevocation(serialNumber)).toMatchObject({
      reasonCode: 1,
      reason: 'stolen',
      revokedAt: ca.clock.now(),
      expiresAt: validity.notAfter,
      provisionerId: `admin:${ca.provisionerKey.publicJwk.kid}`,
      mutualTls: false,
      tokenId: expect.anything(),
    })
  })

  test('by the certificate itself', async () => {
    await revoke({ credential: shown(leaf) })
    const { serialNumber, validity } = leaf.certificate
    const record = await ca.store.findRevocation(serialNumber)
    expect(record).toMatchObject({ mutualTls: true, expiresAt: validity.notAfter })
    expect(record?.tokenId).toBeUndefined()
  })

  test('takes serial numbers that were never issued here', async () => {
    await revoke({ serialNumber: 998n })
    const record = await ca.store.findRevocation(998n)
    expect(record).toMatchObject({ serialNumber: 998n })
    expect(record?.expiresAt).toBeUndefined()
  })

  test('keeps the beginning of a long reason', async () => {
    await revoke({ reason: 'x'.repeat(100_000) })
    const record = await ca.store.findRevocation(leaf.certificate.serialNumber)
    expect(record?.reason).toBe('x'.repeat(1000))
  })

  test.each([
    ['negative', -1n],
    ['of 101 octets', 2n ** 800n],
  ])('takes no serial number that is %s', async (_, serialNumber) => {
    await expect(revoke({ serialNumber })).rejects.toThrow(TypeError)
  })

  test('leaves renewals alone unless asked', async () => {
    const renewed = await renewal(leaf)
    await revoke({})
    expect(await ca.store.findRevocation(renewed.certificate.serialNumber)).toBeUndefined()
  })

  test.each(['token', 'certificate'])(
    'with renewals takes descendants and siblings by key, by %s',
    async (kind) => {
      const renewed = await renewal(leaf)
      const grandchild = await renewal(renewed)
      const csr = await createRequest()
      const rekeyed = await ca.authority.rekey({
        credential: shown(grandchild),
        certificationRequest: csr,
        requestId: 'r',
      })
      const credential = kind === 'token' ? undefined : shown(leaf)
      const { serialNumbers } = await revoke({
        withRenewals: true,
        ...(credential === undefined ? {} : { credential }),
      })
      const kin = [leaf, renewed, grandchild, rekeyed].map(
        ({ certificate }) => certificate.serialNumber,
      )
      expect(serialNumbers[0]).toBe(leaf.certificate.serialNumber)
      expect(new Set(serialNumbers)).toEqual(new Set(kin))
    },
  )
})

describe('revoke refuses', () => {
  test('a second time, with either credential', async () => {
    await revoke({})
    const { serialNumber } = leaf.certificate
    const refusal = {
      code: 'already_revoked',
      message: `certificate with serial number '${serialNumber}' is already revoked`,
    }
    expect(await refusalOf(revoke({}))).toEqual(refusal)
    expect(await refusalOf(revoke({ credential: shown(leaf) }))).toEqual(refusal)
  })

  test('a token for another serial number, which is not spent', async () => {
    const token = await revocationToken({ subject: '999' })
    expect(
      await refusalOf(revoke({ serialNumber: 998n, credential: { kind: 'token', token } })),
    ).toEqual({
      code: 'serial_mismatch',
      message: 'request serial number "998" and token subject "999" do not match',
    })
    await revoke({ serialNumber: 999n, credential: { kind: 'token', token } })
    expect(
      (await refusalOf(revoke({ serialNumber: 999n, credential: { kind: 'token', token } }))).code,
    ).toBe('token_already_used')
  })

  test('a certificate for another serial number', async () => {
    const { serialNumber } = leaf.certificate
    expect(await refusalOf(revoke({ serialNumber: 1n, credential: shown(leaf) }))).toEqual({
      code: 'serial_mismatch',
      message: `request serial number "1" and certificate serial number "${serialNumber}" do not match`,
    })
  })

  test.each<[string, Partial<OneTimeTokenOptions>, string]>([
    ['for signing', { audience: 'https://ca.internal/1.0/sign' }, 'token_audience_mismatch'],
    ['of another authority', { audience: 'https://other/1.0/revoke' }, 'provisioner_not_found'],
    ['without a subject', { subject: '' }, 'token_subject_missing'],
  ])('a token %s', async (_, options, code) => {
    const token = await revocationToken(options)
    expect((await refusalOf(revoke({ credential: { kind: 'token', token } }))).code).toBe(code)
  })

  test('an expired certificate as a credential', async () => {
    ca.clock.advance(3601)
    expect((await refusalOf(revoke({ credential: shown(leaf) }))).code).toBe('certificate_expired')
  })

  test('a certificate of another root as a credential', async () => {
    const other = await createTestAuthority({ pki: await createPki() })
    const stranger = await issueLeaf(other)
    const { serialNumber } = stranger.certificate
    const call = revoke({ serialNumber, credential: shown(stranger) })
    expect((await refusalOf(call)).code).toBe('certificate_untrusted')
  })

  test.each([-1, 11, 1.5, Number.NaN])('the reason code %d', async (reasonCode) => {
    expect(await refusalOf(revoke({ reasonCode }))).toEqual({
      code: 'reason_code_out_of_bounds',
      message: 'reasonCode out of bounds',
    })
  })

  test('where nothing is kept, and only to those who may ask', async () => {
    const forgetful = await createTestAuthority({ pki })
    const issued = await issueLeaf(forgetful)
    const request = {
      serialNumber: issued.certificate.serialNumber,
      reasonCode: 0,
      reason: '',
      withRenewals: false,
      requestId: 'r',
    }
    const allowed = forgetful.authority.revoke({ ...request, credential: shown(issued) })
    expect((await refusalOf(allowed)).code).toBe('revocation_unsupported')
    const refused = forgetful.authority.revoke({
      ...request,
      credential: { kind: 'token', token: 'x' },
    })
    expect((await refusalOf(refused)).code).toBe('token_malformed')
  })
})

async function revoke(members: Partial<RevokeRequest>) {
  const serialNumber = members.serialNumber ?? leaf.certificate.serialNumber
  const credential = members.credential ?? {
    kind: 'token',
    token: await revocationToken({ subject: String(serialNumber) }),
  }
  return ca.authority.revoke({
    reasonCode: 0,
    reason: '',
    withRenewals: false,
    requestId: 'request-3',
    ...members,
    serialNumber,
    credential,
  })
}

function revocationToken(options: Partial<OneTimeTokenOptions>): Promise<string> {
  return ca.token({
    subject: String(leaf.certificate.serialNumber),
    audience: 'https://ca.internal/1.0/revoke',
    ...options,
  })
}

async function renewal(from: Parameters<typeof shown>[0]) {
  return ca.authority.renew({ credential: shown(from), requestId: 'r' })
}

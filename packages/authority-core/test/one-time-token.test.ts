import type { SignRequest } from '@mayfly/authority-core'
import { createMemoryStore } from '@mayfly/db-adapters'
import { openSqliteStore } from '@mayfly/db-adapters/sqlite'
import { generateProvisionerKey } from '@mayfly/jwt-tokens'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  createRequest,
  createTestAuthority,
  readProvisioners,
  sharedRequest,
  start,
  type TestAuthority,
} from './support/authority.ts'
import { createFolder } from './support/folder.ts'
import { claimsOf, forgeToken, mirrorSignature } from './support/forge.ts'
import { refusalOf } from './support/refusal.ts'

let ca: TestAuthority
beforeAll(async () => {
  ca = await createTestAuthority()
})

describe('one time', () => {
  const stores = [
    ['memory', async () => createMemoryStore()],
    ['sqlite', (path: string) => openSqliteStore({ path })],
  ] as const

  test.each(stores)('means one certificate for 200 callers at once, on %s', async (_, open) => {
    await using folder = await createFolder()
    await using store = await open(folder.file('ca.sqlite'))
    const here = await createTestAuthority({ pki: ca.pki, store })
    const oneTimeToken = await here.token()
    const calls = Array.from({ length: 200 }, () => here.sign({ oneTimeToken }))
    const outcomes = await Promise.allSettled(calls)
    const refused = outcomes.flatMap((each) =>
      each.status === 'rejected' ? [each.reason.code] : [],
    )
    expect(refused).toEqual(Array.from({ length: 199 }, () => 'token_already_used'))
    if (store.persistent) expect(await store.countCertificates()).toBe(1)
  })

  test.each([
    ['with jti', {}],
    ['without jti', { jti: undefined }],
  ])('holds for the mirrored signature of a token %s', async (_, change) => {
    const claims = { ...claimsOf(await ca.token()), ...change }
    const { publicJwk, privateJwk } = ca.provisionerKey
    const header = { alg: 'ES256', kid: publicJwk.kid, typ: 'JWT' }
    const token = forgeToken(header, claims, privateJwk)
    const outcomes = await Promise.allSettled(
      [token, mirrorSignature(token), token].map((oneTimeToken) => ca.sign({ oneTimeToken })),
    )
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect((await refusalOf(ca.sign({ oneTimeToken: mirrorSignature(token) }))).code).toBe(
      'token_already_used',
    )
  })

  test('does not confuse equal identifiers of two provisioners', async () => {
    const other = await generateProvisionerKey()
    const provisioners = readProvisioners([
      { type: 'JWK', name: 'admin', key: ca.provisionerKey.publicJwk },
      { type: 'JWK', name: 'other', key: other.publicJwk },
    ])
    const authority = ca.again({ provisioners })
    const random = () => new Uint8Array(32).fill(7)
    const one = await ca.token({ random })
    const two = await ca.token({ random, key: other.privateJwk, issuer: 'other' })
    for (const oneTimeToken of [one, two]) {
      expect(await authority.sign(await request({ oneTimeToken }))).toHaveProperty('certificate')
    }
  })

  test('is not lost by a refusal, nor taken by a forgery', async () => {
    const oneTimeToken = await ca.token()
    const other = await createRequest({ commonName: 'other' })
    const [header, payload, signature = ''] = oneTimeToken.split('.')
    const forged = `${header}.${payload}.${signature.slice(0, -2)}AA`
    expect((await refusalOf(ca.sign({ oneTimeToken: forged }))).code).toBe(
      'token_signature_invalid',
    )
    expect((await refusalOf(ca.sign({ oneTimeToken, certificationRequest: other }))).code).toBe(
      'name_mismatch',
    )
    expect((await refusalOf(ca.sign({ oneTimeToken, notAfter: '48h' }))).code).toBe(
      'lifetime_too_long',
    )
    expect(await ca.sign({ oneTimeToken })).toHaveProperty('certificate')
    expect(await refusalOf(ca.sign({ oneTimeToken }))).toEqual({
      code: 'token_already_used',
      message: 'token already used',
    })
  })
})

describe('a token from before the start', () => {
  const before = { now: () => at(-1) }

  test('is refused where spent tokens live in memory, compared at whole seconds', async () => {
    const oneTimeToken = await ca.token(before)
    expect(await refusalOf(ca.sign({ oneTimeToken }))).toEqual({
      code: 'token_before_start',
      message: 'token issued before the bootstrap of certificate authority',
    })
    const sameSecond = await ca.token({
      now: () => new Date(Math.floor(start.getTime() / 1000) * 1000),
    })
    expect(await ca.sign({ oneTimeToken: sameSecond })).toHaveProperty('certificate')
  })

  test('is told by its end when it does not say when it was issued', async () => {
    const { iat, ...claims } = claimsOf(await ca.token())
    const { publicJwk, privateJwk } = ca.provisionerKey
    const oneTimeToken = forgeToken({ alg: 'ES256', kid: publicJwk.kid }, claims, privateJwk)
    expect(iat).toBeTypeOf('number')
    expect((await refusalOf(ca.sign({ oneTimeToken }))).code).toBe('token_before_start')
  })

  test('is refused where it is from before the store was restored, whatever the operator says', async () => {
    const authority = ca.again({ disableIssuedAtCheck: true, restoredAt: at(1) })
    const oneTimeToken = await ca.token()
    await expect(authority.sign(await request({ oneTimeToken }))).rejects.toMatchObject({
      code: 'token_before_restore',
    })
    const before = ca.again({ restoredAt: at(-1) })
    expect(await before.sign(await request({ oneTimeToken }))).toHaveProperty('certificate')
  })

  test('is taken when the operator says so', async () => {
    const authority = ca.again({ disableIssuedAtCheck: true })
    const oneTimeToken = await ca.token(before)
    expect(await authority.sign(await request({ oneTimeToken }))).toHaveProperty('certificate')
  })

  test('is taken where the store remembers', async () => {
    await using folder = await createFolder()
    await using store = await openSqliteStore({ path: folder.file('ca.sqlite') })
    const kept = await createTestAuthority({ pki: ca.pki, store })
    const oneTimeToken = await kept.token(before)
    expect(await kept.sign({ oneTimeToken })).toHaveProperty('certificate')
  })
})

async function request(members: Partial<SignRequest> = {}): Promise<SignRequest> {
  return {
    certificationRequest: await sharedRequest(),
    oneTimeToken: members.oneTimeToken ?? (await ca.token()),
    requestId: 'request-1',
    ...members,
  }
}

function at(seconds: number): Date {
  return new Date(start.getTime() + seconds * 1000)
}

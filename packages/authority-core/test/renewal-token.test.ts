import type { KeyObject } from 'node:crypto'
import { createMemoryStore, type Store } from '@mayfly/db-adapters'
import { openSqliteStore } from '@mayfly/db-adapters/sqlite'
import { generatePrivateKey } from '@mayfly/keystore-hsm'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  createPki,
  createTestAuthority,
  type Pki,
  type TestAuthority,
  type TestAuthorityOptions,
} from './support/authority.ts'
import { createFolder, type Folder } from './support/folder.ts'
import { claimsOf, forgeToken, mirrorSignature } from './support/forge.ts'
import { issueLeaf, type Leaf, renewalToken } from './support/leaf.ts'
import { refusalOf } from './support/refusal.ts'

const day = 86_400

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
  ca = await create()
  leaf = await issueLeaf(ca)
})

describe('a renewal token', () => {
  test('renews a certificate while it is valid', async () => {
    const { certificate } = await renew(await renewalToken(ca, leaf))
    expect(certificate.subjectPublicKeyInfo).toEqual(leaf.certificate.subjectPublicKeyInfo)
  })

  test('renews an expired certificate where the claims allow it', async () => {
    ca.clock.advance(2 * day)
    const { certificate } = await renew(await renewalToken(ca, leaf))
    expect(certificate.validity.notAfter.getTime()).toBeGreaterThan(ca.clock.now().getTime())
  })

  test('works once, also with its mirrored signature', async () => {
    const { token } = await renewalToken(ca, leaf)
    const tokens = [token, mirrorSignature(token), token]
    const outcomes = await Promise.allSettled(
      tokens.map((each) => renew({ kind: 'token', token: each })),
    )
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    const again = await refusalOf(renew({ kind: 'token', token: mirrorSignature(token) }))
    expect(again.code).toBe('token_already_used')
  })

  test('does not spend the token of another holder, or of a provisioner, with the same jti', async () => {
    const other = await issueLeaf(ca)
    const oneTimeToken = await ca.token()
    const { jti } = claimsOf(oneTimeToken)
    for (const holder of [leaf, other]) {
      const credential = await renewalToken(ca, holder)
      const token = withClaims(credential.token, { jti }, holder.key)
      expect(await renew({ kind: 'token', token })).toHaveProperty('certificate')
      expect((await refusalOf(renew({ kind: 'token', token }))).code).toBe('token_already_used')
    }
    expect(await ca.sign({ oneTimeToken })).toHaveProperty('certificate')
  })

  test('is not spent by a refusal', async () => {
    const authority = ca.again({ provisioners: [] })
    const credential = await renewalToken(ca, leaf)
    const refused = authority.renew({ credential, requestId: 'r' })
    expect((await refusalOf(refused)).code).toBe('provisioner_not_found')
    expect(await renew(credential)).toHaveProperty('certificate')
  })

  test('may name the provisioner as its issuer, and needs no intermediate beyond ours', async () => {
    const credential = await renewalToken(ca, leaf, { chain: [leaf.certificate.der] })
    expect(await renew(credential)).toHaveProperty('certificate')
  })
})

describe('a renewal token is refused', () => {
  test('when it is expired', async () => {
    const credential = await renewalToken(ca, leaf)
    ca.clock.advance(361)
    expect(await refusalOf(renew(credential))).toEqual({
      code: 'renewal_token_invalid',
      message: 'error validating renew token: token is expired (exp)',
    })
  })

  test.each([
    [
      'is for another operation',
      { audience: 'https://ca.internal/1.0/sign' },
      'invalid audience claim (aud)',
    ],
    [
      'is for another authority',
      { audience: 'https://other/renew' },
      'invalid audience claim (aud)',
    ],
    ['is for another subject', { subject: 'other' }, 'invalid subject claim (sub)'],
    [
      'comes from the future',
      { now: () => new Date('2026-11-24T08:00:00Z') },
      'token not valid yet (nbf)',
    ],
  ])('when it %s', async (_, options, reason) => {
    expect(await refusalOf(renew(await renewalToken(ca, leaf, options)))).toEqual({
      code: 'renewal_token_invalid',
      message: `error validating renew token: ${reason}`,
    })
  })

  test("when another key than the certificate's signed it", async () => {
    const credential = await renewalToken(ca, leaf, { key: await generatePrivateKey() })
    expect((await refusalOf(renew(credential))).code).toBe('renewal_token_invalid')
  })

  test('when its certificate is of another root', async () => {
    const other = await create({ pki: await createPki() })
    const stranger = await issueLeaf(other)
    const { code } = await refusalOf(renew(await renewalToken(ca, stranger)))
    expect(code).toBe('certificate_untrusted')
  })

  test.each(['', 'x', 'a.b.c'])('when it is none: %j', async (token) => {
    expect((await refusalOf(renew({ kind: 'token', token }))).code).toBe('renewal_token_invalid')
  })

  test('when it carries no certificate', async () => {
    expect((await refusalOf(renew({ kind: 'token', token: await ca.token() }))).code).toBe(
      'renewal_token_invalid',
    )
  })

  test('when the certificate is revoked', async () => {
    const { serialNumber } = leaf.certificate
    const token = await ca.token({
      subject: String(serialNumber),
      audience: 'https://ca.internal/revoke',
    })
    await ca.authority.revoke({
      serialNumber,
      reasonCode: 0,
      reason: '',
      credential: { kind: 'token', token },
      withRenewals: false,
      requestId: 'r',
    })
    ca.clock.advance(day)
    expect((await refusalOf(renew(await renewalToken(ca, leaf)))).code).toBe('certificate_revoked')
  })
})

describe('renewal after expiry is refused', () => {
  const expired = {
    code: 'certificate_expired',
    message: 'certificate expired on 2026-11-23 09:00:00 +0000 UTC',
  }

  test('where the claims do not allow it', async () => {
    const strict = await create({ provisioner: {} })
    const old = await issueLeaf(strict)
    strict.clock.advance(3601)
    const credential = await renewalToken(strict, old)
    expect(await refusalOf(strict.authority.renew({ credential, requestId: 'r' }))).toEqual(expired)
  })

  test('more than thirty days later', async () => {
    ca.clock.advance(3600 + 30 * day + 1)
    expect(await refusalOf(renew(await renewalToken(ca, leaf)))).toEqual(expired)
  })

  test('beyond the bound of the configuration', async () => {
    ca.clock.advance(3600 + 61)
    const authority = ca.again({ renewalAfterExpirySeconds: 60 })
    const credential = await renewalToken(ca, leaf)
    expect(await refusalOf(authority.renew({ credential, requestId: 'r' }))).toEqual(expired)
  })

  test('where a store that remembers holds no such certificate', async () => {
    await using other = await openSqliteStore({ path: folder.file('other.sqlite') })
    ca.clock.advance(day)
    const authority = ca.again({ store: other })
    const credential = await renewalToken(ca, leaf)
    expect(await refusalOf(authority.renew({ credential, requestId: 'r' }))).toEqual(expired)
  })

  test('but not where nothing is remembered at all', async () => {
    ca.clock.advance(day)
    const authority = ca.again({ store: createMemoryStore() })
    const credential = await renewalToken(ca, leaf)
    expect(await authority.renew({ credential, requestId: 'r' })).toHaveProperty('certificate')
  })
})

async function create(options: TestAuthorityOptions = {}): Promise<TestAuthority> {
  const provisioner = { claims: { allowRenewalAfterExpiry: true } }
  return createTestAuthority({ pki, provisioner, store, ...options })
}

/** The same renewal token with other claims, signed anew. */
function withClaims(token: string, claims: Record<string, unknown>, key: KeyObject): string {
  const [header = ''] = token.split('.')
  const protectedHeader = JSON.parse(Buffer.from(header, 'base64url').toString())
  return forgeToken(protectedHeader, { ...claimsOf(token), ...claims }, key)
}

function renew(credential: { readonly kind: 'token'; readonly token: string }) {
  return ca.authority.renew({ credential, requestId: 'request-2' })
}

import { randomUUID } from 'node:crypto'
import { describeSpentToken } from '@mayfly/authority-core'
import { openSqliteStore } from '@mayfly/db-adapters/sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createPki, createTestAuthority, type TestAuthority } from './support/authority.ts'
import { createFolder, type Folder } from './support/folder.ts'
import { claimsOf, forgeToken, mirrorSignature } from './support/forge.ts'
import { issueLeaf, renewalToken } from './support/leaf.ts'
import { createX5cAuthority, issueCredential, x5cToken } from './support/x5c.ts'

let folder: Folder
let ca: TestAuthority
let x5c: TestAuthority
let corp: Awaited<ReturnType<typeof createPki>>

beforeAll(async () => {
  folder = await createFolder()
  corp = await createPki('Corp')
  const store = await openSqliteStore({ path: folder.file('ca.sqlite') })
  ca = await createTestAuthority({ store })
  x5c = await createX5cAuthority({ corp, stranger: await createPki('Stranger') }, {}, { store })
})

afterAll(async () => {
  await ca.store.close()
  await folder[Symbol.asyncDispose]()
})

describe('a token that was spent elsewhere', () => {
  test('is known by the identity that it is spent by here', async () => {
    const oneTimeToken = await ca.token()
    await ca.sign({ oneTimeToken })
    const known = describeSpentToken(oneTimeToken)
    expect(await isAnySpent(known?.ids)).toBe(true)
    expect(known?.expiresAt).toEqual(new Date(Number(claimsOf(oneTimeToken).exp) * 1000))
  })

  test('is known without jti, whichever of its two signatures it bears', async () => {
    const { jti: _, ...claims } = claimsOf(await ca.token())
    const oneTimeToken = forge(claims)
    await ca.sign({ oneTimeToken })
    expect(await isAnySpent(describeSpentToken(mirrorSignature(oneTimeToken))?.ids)).toBe(true)
  })

  test('is known when a certificate vouched for it', async () => {
    const oneTimeToken = await x5cToken(x5c, await issueCredential(corp))
    await x5c.sign({ oneTimeToken })
    expect(await isAnySpent(describeSpentToken(oneTimeToken)?.ids)).toBe(true)
  })

  test('is known when it renewed a certificate', async () => {
    const credential = await renewalToken(ca, await issueLeaf(ca))
    await ca.authority.renew({ credential, requestId: 'r' })
    expect(await isAnySpent(describeSpentToken(credential.token)?.ids)).toBe(true)
  })

  test.each([
    ['with white space', (token: string) => `\n ${token.replace('.', '\r\n.')}\n`],
    ['with padding', (token: string) => token.replaceAll('.', '==.')],
    ['with idle bits set', setIdleBits],
    ['as flattened JSON', (token: string) => JSON.stringify(flatten(token))],
    ['as general JSON', (token: string) => JSON.stringify(generalize(token))],
  ])('is known when it was handed in %s', async (_, disguise) => {
    const { jti: _jti, ...claims } = claimsOf(await ca.token())
    for (const oneTimeToken of [await ca.token(), forge({ ...claims, unique: randomUUID() })]) {
      await ca.sign({ oneTimeToken })
      expect(await isAnySpent(describeSpentToken(disguise(oneTimeToken))?.ids)).toBe(true)
    }
  })

  test('is another than the same jti of another provisioner', async () => {
    const oneTimeToken = await ca.token()
    const claims = { ...claimsOf(oneTimeToken), iss: 'another' }
    const ids = [oneTimeToken, forge(claims)].map((each) => describeSpentToken(each)?.ids)
    expect(ids[0]).not.toEqual(ids[1])
  })

  test.each(['', 'x', 'a.b.c', 'e30.e30.AA', '{', '{}', '{"signatures":[7]}'])(
    '%j is none',
    (text) => {
      expect(describeSpentToken(text)).toBeUndefined()
    },
  )

  test('is none that never expires, which nobody here takes', async () => {
    const { exp: _, ...claims } = claimsOf(await ca.token())
    expect(describeSpentToken(forge(claims))).toBeUndefined()
  })
})

function forge(claims: Record<string, unknown>): string {
  const key = ca.provisionerKey.privateJwk
  return forgeToken({ alg: 'ES256', kid: key.kid, typ: 'JWT' }, claims, key)
}

/** The last letter of the signature stands for fewer bits than it has: 64 octets leave four of them idle. */
function setIdleBits(token: string): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return `${token.slice(0, -1)}${letters[letters.indexOf(token.slice(-1)) + 1]}`
}

function flatten(token: string): object {
  const [header, payload, signature] = token.split('.')
  return { payload, Protected: header, signature }
}

function generalize(token: string): object {
  const [header, payload, signature] = token.split('.')
  return { payload, signatures: [{ protected: header, signature }] }
}

async function isAnySpent(ids: readonly Uint8Array[] = []): Promise<boolean> {
  const found = await Promise.all(ids.map((id) => ca.store.isTokenSpent(id)))
  return found.includes(true)
}

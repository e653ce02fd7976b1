import type { Store } from '@mayfly/db-adapters'
import { openSqliteStore } from '@mayfly/db-adapters/sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  createClock,
  createPki,
  createTestAuthority,
  type Pki,
  sharedRequest,
  type TestAuthority,
} from './support/authority.ts'
import { createFolder, type Folder } from './support/folder.ts'
import { issueLeaf, type Leaf, renewalToken, shown } from './support/leaf.ts'
import { refusalOf } from './support/refusal.ts'

const minute = 60
const hour = 60 * minute
const day = 24 * hour

/** What instances may be off, either way, and then some. */
const skews = [-5 * minute, 0, 5 * minute]
const rules = { certificatesSeconds: 0, renewalAfterExpirySeconds: 30 * day }

let folder: Folder
let pki: Pki

beforeAll(async () => {
  folder = await createFolder()
  pki = await createPki()
})
afterAll(() => folder[Symbol.asyncDispose]())

describe('pruning', () => {
  test('revives no token at instances whose clocks are five minutes off', async () => {
    for (const age of [0, 59, 61, 5 * minute, hour, day, day + 10 * minute, 3 * day]) {
      await using ca = await create(`token-${age}.sqlite`)
      const oneTimeToken = await ca.token()
      await ca.sign({ oneTimeToken })
      // Its end, five minutes after it was made, and so much more.
      ca.clock.advance(5 * minute + age)
      await ca.store.retention.prune({ rules })
      for (const skew of skews) {
        const { code } = await refusalOf(
          skewed(ca, skew).sign({
            certificationRequest: await sharedRequest(),
            oneTimeToken,
            requestId: 'r',
          }),
        )
        expect(['token_already_used', 'token_expired'], `${age} s, ${skew} s`).toContain(code)
      }
    }
  })

  test('makes no revoked certificate renewable, whenever it is done', async () => {
    const ages = [-10 * minute, 0, day, 30 * day - 1, 30 * day + 1, 31 * day - 1, 31 * day + 1]
    for (const age of [...ages, 400 * day]) {
      await using ca = await create(`revoked-${age}.sqlite`)
      const leaf = await issueLeaf(ca)
      await revoke(ca, leaf)
      ca.clock.advance(hour + age)
      const { counts } = await ca.store.retention.prune({ rules })
      expect(counts.certificates, `${age} s`).toBe(age > 31 * day ? 1 : 0)
      for (const skew of skews) {
        const { code } = await refusalOf(renew(ca, leaf, skew))
        expect(['certificate_revoked', 'certificate_expired'], `${age} s, ${skew} s`).toContain(
          code,
        )
      }
    }
  })

  test('takes no certificate that may still be renewed', async () => {
    for (const age of [-10 * minute, day, 30 * day - 6 * minute]) {
      await using ca = await create(`good-${age}.sqlite`)
      const leaf = await issueLeaf(ca)
      ca.clock.advance(hour + age)
      await ca.store.retention.prune({ rules })
      for (const skew of skews) {
        expect(await renew(ca, leaf, skew), `${age} s, ${skew} s`).toHaveProperty('certificate')
      }
    }
  })

  test('and then a longer time to renew makes none renewable that was revoked', async () => {
    await using ca = await create('longer.sqlite')
    const leaf = await issueLeaf(ca)
    await revoke(ca, leaf)
    ca.clock.advance(40 * day)
    await ca.store.retention.prune({ rules })
    const lenient = ca.again({ renewalAfterExpirySeconds: 400 * day })
    const credential = await renewalToken(ca, leaf)
    expect((await refusalOf(lenient.renew({ credential, requestId: 'r' }))).code).toBe(
      'certificate_expired',
    )
  })
})

/** An authority whose database has the clock of the test. */
async function create(name: string): Promise<TestAuthority & AsyncDisposable> {
  const clock = createClock()
  const store: Store = await openSqliteStore({
    path: folder.file(name),
    dangerouslyAllowUnsyncedCommits: true,
  })
  Object.defineProperty(store, 'readClock', { value: async () => clock.now() })
  const provisioner = { claims: { allowRenewalAfterExpiry: true } }
  const ca = await createTestAuthority({ pki, provisioner, store, clock })
  return { ...ca, [Symbol.asyncDispose]: () => store.close() }
}

function skewed(ca: TestAuthority, seconds: number): TestAuthority['authority'] {
  return ca.again({ now: () => new Date(ca.clock.now().getTime() + seconds * 1000) })
}

/** By a token of an instance whose clock is off as far, so that nothing else than the certificate is wrong. */
async function renew(ca: TestAuthority, leaf: Leaf, skew: number) {
  const now = () => new Date(ca.clock.now().getTime() + skew * 1000)
  const credential = await renewalToken(ca, leaf, { now })
  return skewed(ca, skew).renew({ credential, requestId: 'r' })
}

async function revoke(ca: TestAuthority, leaf: Leaf): Promise<void> {
  await ca.authority.revoke({
    serialNumber: leaf.certificate.serialNumber,
    credential: shown(leaf),
    requestId: 'r',
    reasonCode: 1,
    reason: '',
    withRenewals: false,
  })
}

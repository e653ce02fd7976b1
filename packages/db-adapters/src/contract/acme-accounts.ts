import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { AcmeExternalAccountKeyRecord } from '../acme-account.ts'
import type { AcmeStores } from './acme-contract.ts'
import {
  at,
  atOnce,
  buildAccount,
  buildNonce,
  buildOrder,
  createAccount,
  drawId,
  now,
  tally,
} from './acme-units.ts'

/** One account a key, whatever its callers do. */
export function describeAcmeAccounts(current: () => AcmeStores): void {
  describe('an account', () => {
    test('is found as it was made, by its id and by its key', async () => {
      const [store, other] = current()
      const account = await createAccount(store, {
        contacts: ['mailto:ünï@example.org', 'mailto:b@example.org'],
        locationPrefix: 'https://ca.internal/acme/acme/account/',
        termsOfServiceAgreedAt: now,
      })
      expect(await other.acme.findAccount(account.id)).toEqual(account)
      expect(await other.acme.findAccountByKey('acme', account.thumbprint)).toEqual(account)
      expect(await other.acme.findAccountByKey('other', account.thumbprint)).toBeUndefined()
      expect(await other.acme.findAccount(drawId())).toBeUndefined()
    })

    test('is made once of 50 that bring the same key, and the others are told which', async () => {
      const stores = current()
      const { thumbprint } = buildAccount()
      const accounts = Array.from({ length: 50 }, () => buildAccount({ thumbprint }))
      const outcomes = await atOnce(stores, 50, (store, index) =>
        store.acme.createAccount({
          account: accounts[index] ?? buildAccount(),
          nonce: buildNonce(),
        }),
      )
      expect(tally(outcomes)).toEqual({ created: 1, exists: 49 })
      const winner = accounts[outcomes.findIndex(({ status }) => status === 'created')]
      const told = outcomes.flatMap((each) => (each.status === 'exists' ? each.account : []))
      expect(told).toEqual(Array.from({ length: 49 }, () => winner))
    })

    test('is one a key at each provisioner', async () => {
      const [store] = current()
      const account = await createAccount(store)
      const there = buildAccount({ thumbprint: account.thumbprint, provisionerId: 'other' })
      expect(await store.acme.createAccount({ account: there })).toEqual({ status: 'created' })
    })

    test('gets new contacts, also those that it has', async () => {
      const [store, other] = current()
      const { id, ...account } = await createAccount(store)
      for (const contacts of [['mailto:new@example.org'], ['mailto:new@example.org'], []]) {
        const outcome = await store.acme.updateAccount({ id, contacts, nonce: buildNonce() })
        expect(outcome).toEqual({ status: 'updated' })
        expect(await other.acme.findAccount(id)).toEqual({ id, ...account, contacts })
      }
      const agreed = { id, termsOfServiceAgreedAt: at(5) }
      expect(await store.acme.updateAccount(agreed)).toEqual({ status: 'updated' })
      expect(await store.acme.findAccount(id)).toMatchObject(agreed)
      expect(await store.acme.updateAccount({ id })).toEqual({ status: 'updated' })
    })

    test('that 20 deactivate at once is deactivated by one, and changed by nobody after', async () => {
      const stores = current()
      const account = await createAccount(stores[0])
      const { id, thumbprint: from } = account
      const outcomes = await atOnce(stores, 20, (store) =>
        store.acme.deactivateAccount({ id, at: at(1), nonce: buildNonce() }),
      )
      expect(tally(outcomes)).toEqual({ deactivated: 1, account_not_valid: 19 })
      const { acme } = stores[1]
      expect(await acme.findAccount(id)).toMatchObject({
        status: 'deactivated',
        deactivatedAt: at(1),
      })
      const refused = { status: 'account_not_valid' }
      expect(await acme.updateAccount({ id, contacts: [] })).toEqual(refused)
      expect(await acme.createOrder(buildOrder(id))).toEqual(refused)
      const to = buildAccount()
      expect(await acme.changeAccountKey({ id, from, to })).toEqual({ status: 'account_changed' })
      const again = buildAccount({ thumbprint: from })
      expect(await acme.createAccount({ account: again })).toMatchObject({
        status: 'exists',
        account: { id, status: 'deactivated' },
      })
    })

    test('that orders while it is deactivated has each order whole or not', async () => {
      const stores = current()
      const { id } = await createAccount(stores[0])
      const units = Array.from({ length: 30 }, () => buildOrder(id))
      const [outcomes] = await Promise.all([
        atOnce(stores, 30, (store, index) =>
          store.acme.createOrder(units[index] ?? buildOrder(id)),
        ),
        stores[1].acme.deactivateAccount({ id, at: now, nonce: buildNonce() }),
      ])
      const found = await Promise.all(units.map(({ order }) => stores[2].acme.findOrder(order.id)))
      expect(found.map((view) => view?.authorizationIds.length)).toEqual(
        outcomes.map(({ status }) => (status === 'created' ? 1 : undefined)),
      )
      expect(await stores[2].acme.createOrder(buildOrder(id))).toEqual({
        status: 'account_not_valid',
      })
    })
  })

  describe('the key of an account', () => {
    test('is changed by one of 20 at once', async () => {
      const stores = current()
      const { id, thumbprint: from } = await createAccount(stores[0])
      const keys = Array.from({ length: 20 }, () => buildAccount())
      const outcomes = await atOnce(stores, 20, (store, index) =>
        store.acme.changeAccountKey({
          id,
          from,
          to: keys[index] ?? buildAccount(),
          nonce: buildNonce(),
        }),
      )
      expect(tally(outcomes)).toEqual({ changed: 1, account_changed: 19 })
      const winner = keys[outcomes.findIndex(({ status }) => status === 'changed')]
      expect(await stores[1].acme.findAccount(id)).toMatchObject({
        publicKey: winner?.publicKey,
        thumbprint: winner?.thumbprint,
      })
      expect(await stores[1].acme.findAccountByKey('acme', from)).toBeUndefined()
    })

    test('that many want, new accounts and old ones, is that of one', async () => {
      const stores = current()
      const olds = await Promise.all(Array.from({ length: 10 }, () => createAccount(stores[0])))
      const wanted = buildAccount()
      const outcomes = await atOnce(stores, 20, async (store, index) => {
        const old = olds[index]
        if (old !== undefined) {
          return store.acme.changeAccountKey({ id: old.id, from: old.thumbprint, to: wanted })
        }
        const account = buildAccount({ thumbprint: wanted.thumbprint })
        return store.acme.createAccount({ account, nonce: buildNonce() })
      })
      const holder = await stores[0].acme.findAccountByKey('acme', wanted.thumbprint)
      const won = outcomes.filter(({ status }) => status === 'changed' || status === 'created')
      expect(won).toHaveLength(1)
      for (const outcome of outcomes) {
        if (outcome.status === 'key_taken') expect(outcome.accountId).toBe(holder?.id)
        if (outcome.status === 'exists') expect(outcome.account.id).toBe(holder?.id)
      }
    })

    test('is not changed to the one that it is', async () => {
      const [store] = current()
      const account = await createAccount(store)
      const change = { id: account.id, from: account.thumbprint, to: account }
      expect(await store.acme.changeAccountKey(change)).toEqual({
        status: 'key_taken',
        accountId: account.id,
      })
    })
  })

  test('accounts are listed by parts, each once', async () => {
    const stores = current()
    const provisionerId = drawId()
    const made = await atOnce(stores, 23, (store) => createAccount(store, { provisionerId }))
    const seen: string[] = []
    for (let after: string | undefined; ; ) {
      const part = await stores[1].acme.listAccounts({
        provisionerId,
        limit: 10,
        ...(after === undefined ? {} : { after }),
      })
      seen.push(...part.map(({ id }) => id))
      after = part.at(-1)?.id
      if (part.length < 10) break
    }
    expect(seen).toHaveLength(23)
    expect(new Set(seen)).toEqual(new Set(made.map(({ id }) => id)))
  })

  describe('an external account key', () => {
    test('is found, listed and removed, once', async () => {
      const [store, other] = current()
      const provisionerId = drawId()
      const key = buildKey({ provisionerId, reference: 'web team', names: ['*.web.internal'] })
      expect(await store.acme.createExternalAccountKey(key)).toBe('created')
      expect(await other.acme.createExternalAccountKey(key)).toBe('exists')
      const namesake = buildKey({ provisionerId, reference: 'web team' })
      expect(await other.acme.createExternalAccountKey(namesake)).toBe('exists')
      const whole = { ...key, maximumAccounts: 1, accountCount: 0 }
      expect(await other.acme.findExternalAccountKey(key.id)).toEqual(whole)
      expect(await other.acme.listExternalAccountKeys({ provisionerId, limit: 10 })).toEqual([
        whole,
      ])
      expect(await other.acme.removeExternalAccountKey(key.id)).toBe(true)
      expect(await store.acme.removeExternalAccountKey(key.id)).toBe(false)
      expect(await store.acme.findExternalAccountKey(key.id)).toBeUndefined()
    })

    test.each([1, 3])('of %i accounts binds so many of 12 that use it at once', async (limit) => {
      const stores = current()
      const key = buildKey({ maximumAccounts: limit })
      await stores[0].acme.createExternalAccountKey(key)
      const accounts = Array.from({ length: 12 }, () =>
        buildAccount({ externalAccountKeyId: key.id }),
      )
      const outcomes = await atOnce(stores, 12, (store, index) =>
        store.acme.createAccount({
          account: accounts[index] ?? buildAccount(),
          nonce: buildNonce(),
        }),
      )
      expect(tally(outcomes)).toEqual({ created: limit, external_account_key_used: 12 - limit })
      const bound = await stores[1].acme.findExternalAccountKey(key.id)
      expect(bound).toMatchObject({ accountCount: limit, boundAt: now })
      expect(bound).not.toHaveProperty('hmacKey')
      const found = await Promise.all(accounts.map(({ id }) => stores[2].acme.findAccount(id)))
      expect(found.map((account) => account?.externalAccountKeyId)).toEqual(
        outcomes.map(({ status }) => (status === 'created' ? key.id : undefined)),
      )
    })

    test('keeps its secret while there is room, and is not used up by an account that exists', async () => {
      const [store] = current()
      const key = buildKey({ maximumAccounts: 2 })
      await store.acme.createExternalAccountKey(key)
      const externalAccountKeyId = key.id
      const first = await createAccount(store, { externalAccountKeyId })
      const same = buildAccount({ externalAccountKeyId, thumbprint: first.thumbprint })
      expect(await store.acme.createAccount({ account: same })).toMatchObject({ status: 'exists' })
      expect(await store.acme.findExternalAccountKey(key.id)).toMatchObject({
        accountCount: 1,
        hmacKey: key.hmacKey,
      })
    })

    test.each([
      ['that was never made', undefined],
      ['of another provisioner', buildKey({ provisionerId: 'other' })],
    ])('%s binds nobody', async (_, key) => {
      const [store] = current()
      if (key) await store.acme.createExternalAccountKey(key)
      const account = buildAccount({ externalAccountKeyId: key?.id ?? drawId() })
      expect(await store.acme.createAccount({ account })).toEqual({
        status: 'external_account_key_used',
      })
      expect(await store.acme.findAccount(account.id)).toBeUndefined()
    })
  })
}

function buildKey(
  fields: Partial<AcmeExternalAccountKeyRecord> = {},
): AcmeExternalAccountKeyRecord {
  return {
    id: drawId(),
    provisionerId: '',
    hmacKey: new Uint8Array(randomBytes(32)),
    createdAt: now,
    ...fields,
  }
}

import { createMemoryStore, type IssuanceUnit, type Store } from '@mayfly/db-adapters'
import {
  buildIssuance,
  buildRevision,
  buildRevocation,
  tokenContract,
} from '@mayfly/db-adapters/contract'
import { describe, expect, test } from 'vitest'

tokenContract('a store in memory', createMemoryStore)

describe('createMemoryStore', () => {
  test('keeps no certificate, and says so', async () => {
    const store = createMemoryStore()
    const unit = buildIssuance()
    expect(await store.commitIssuance(unit)).toEqual({ status: 'committed' })
    expect(store.persistent).toBe(false)
    expect(await store.findCertificate(unit.certificate.serialNumber)).toBeUndefined()
    expect(await store.findRevocation(unit.certificate.serialNumber)).toBeUndefined()
    expect(await store.findStanding(unit.certificate.serialNumber)).toEqual({
      record: undefined,
      isRevoked: false,
    })
    expect(await store.listCertificates({ limit: 10 })).toEqual([])
    expect(await store.countCertificates()).toBe(0)
  })

  test('refuses to revoke', async () => {
    const store = createMemoryStore()
    await expect(store.commitRevocation(buildRevocation(1n))).rejects.toMatchObject({
      code: 'store_unsupported',
    })
  })

  test('shares nothing with others, and says so', async () => {
    const store = createMemoryStore()
    const { revisions, leases } = store
    for (const call of [
      revisions.findCurrentNumber(),
      revisions.findRevision(1),
      revisions.listRevisions({ limit: 1 }),
      revisions.commitRevision(buildRevision(1)),
      leases.acquireLease({ name: 'retention', holder: 'h', lifetimeMilliseconds: 1000 }),
      leases.releaseLease({ name: 'retention', holder: 'h', fence: 1, expiresAt: new Date(0) }),
      leases.listLeases(),
      store.readClock(),
    ]) {
      await expect(call).rejects.toMatchObject({ code: 'store_unsupported' })
    }
  })

  test('refuses everything once closed', async () => {
    const store = createMemoryStore()
    await store.close()
    for (const call of [store.ping(), store.commitIssuance(buildIssuance())]) {
      await expect(call).rejects.toMatchObject({ code: 'store_closed' })
    }
  })

  test.each([
    { laterMinutes: 5, spent: true, why: 'it has not expired' },
    { laterMinutes: 15, spent: true, why: 'a clock may be set back' },
    { laterMinutes: 16, spent: false, why: 'it expired more than ten minutes ago' },
  ])(
    'remembers a token for $laterMinutes minutes: $spent, $why',
    async ({ laterMinutes, spent }) => {
      const store = createMemoryStore()
      await useAt(store, { tokenId: tokenId(1), minute: 0 })
      await useAt(store, { tokenId: tokenId(2), minute: laterMinutes })
      expect(await store.isTokenSpent(tokenId(1))).toBe(spent)
    },
  )

  test('refuses further tokens when it is full, until some expire', async () => {
    const store = createMemoryStore({ maximumSpentTokens: 3 })
    for (const n of [1, 2, 3]) await useAt(store, { tokenId: tokenId(n), minute: 0 })
    await expect(useAt(store, { tokenId: tokenId(4), minute: 1 })).rejects.toMatchObject({
      code: 'store_full',
    })
    expect(await store.isTokenSpent(tokenId(1))).toBe(true)
    expect(await useAt(store, { tokenId: tokenId(1), minute: 1 })).toMatchObject({
      status: 'token_spent',
    })
    expect(await useAt(store, { tokenId: tokenId(4), minute: 30 })).toEqual({ status: 'committed' })
  })

  test('does not forget, or keep for ever, by an invalid date', async () => {
    const store = createMemoryStore()
    await useAt(store, { tokenId: tokenId(1), minute: 0 })
    await expect(useAt(store, { tokenId: tokenId(2), minute: Number.NaN })).rejects.toThrow(
      TypeError,
    )
    expect(await store.isTokenSpent(tokenId(1))).toBe(true)
    expect(await store.isTokenSpent(tokenId(2))).toBe(false)
  })
})

/** Uses a token of five minutes, issued and used `minute` minutes after the beginning. */
async function useAt(
  store: Store,
  { tokenId, minute }: { tokenId: Uint8Array; minute: number },
): ReturnType<Store['commitIssuance']> {
  const at = new Date(Date.parse('2030-01-01T00:00:00Z') + minute * 60_000)
  const expiresAt = new Date(at.getTime() + 5 * 60_000)
  const unit: IssuanceUnit = buildIssuance({ claim: { kind: 'token', tokenId, expiresAt } })
  return store.commitIssuance({ ...unit, audit: { ...unit.audit, at } })
}

function tokenId(n: number): Uint8Array {
  return new Uint8Array(32).fill(n)
}

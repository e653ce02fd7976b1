import { describe, expect, test } from 'vitest'
import type { CertificateRecord } from '../certificate-record.ts'
import type { RevocationRecord } from '../revocation-record.ts'
import type { Store } from '../store.ts'
import type { ContractStore } from './contract-store.ts'
import { buildIssuance, buildRevocation, buildToken } from './units.ts'

/** A revocation is kept for ever as it was first made, with all that it takes along. */
export function describeRevocation(current: () => ContractStore): void {
  describe('a revocation', () => {
    test.each<[string, Partial<RevocationRecord>]>([
      [
        'with all that may be known',
        { expiresAt: new Date('2030-01-02T00:00:00Z'), mutualTls: true },
      ],
      ['by a token', { tokenId: new Uint8Array(32).fill(9) }],
      ['without a reason', { reason: '', reasonCode: 0 }],
      ['with a reason beyond ASCII', { reason: 'ключ украден 🔑' }],
    ])('is found as it was made: %s', async (_, fields) => {
      const { store } = current()
      const unit = buildRevocation(0x1234n)
      const revocation = { ...unit.revocation, ...fields }
      expect(await store.findRevocation(0x1234n)).toBeUndefined()
      await store.commitRevocation({ ...unit, revocation })
      expect(await store.findRevocation(0x1234n)).toEqual(revocation)
    })

    test('of a certificate that the store does not hold is kept', async () => {
      const { store } = current()
      expect(await store.commitRevocation(buildRevocation(0x1234n))).toEqual({
        status: 'revoked',
        serialNumbers: [0x1234n],
      })
    })

    test('is not changed by a second one, whose token stays unspent', async () => {
      const { store, countAuditEntries } = current()
      const first = buildRevocation(0x1234n)
      await store.commitRevocation(first)
      const token = buildToken()
      const second = buildRevocation(0x1234n, { token })
      expect(await store.commitRevocation(second)).toEqual({ status: 'already_revoked' })
      expect(await store.findRevocation(0x1234n)).toEqual(first.revocation)
      expect(await store.isTokenSpent(token.tokenId)).toBe(false)
      expect(await countAuditEntries()).toBe(1)
    })

    test('spends its token, which is good for nothing else then', async () => {
      const { store, countAuditEntries } = current()
      const token = buildToken()
      await store.commitRevocation(buildRevocation(1n, { token }))
      expect(await store.isTokenSpent(token.tokenId)).toBe(true)
      const again = await store.commitRevocation(buildRevocation(2n, { token }))
      expect(again).toEqual({ status: 'token_spent' })
      const unit = buildIssuance({ claim: { kind: 'token', ...token } })
      expect(await store.commitIssuance(unit)).toEqual({
        status: 'token_spent',
        spentBy: undefined,
      })
      expect(await store.findRevocation(2n)).toBeUndefined()
      expect(await countAuditEntries()).toBe(1)
    })

    test('asked for by 50 callers at once is made once', async () => {
      const { store } = current()
      const outcomes = await Promise.all(
        Array.from({ length: 50 }, () => store.commitRevocation(buildRevocation(5n))),
      )
      expect(outcomes.filter(({ status }) => status === 'revoked')).toHaveLength(1)
      expect(outcomes.filter(({ status }) => status === 'already_revoked')).toHaveLength(49)
    })

    test('that cannot be kept leaves its token unspent', async () => {
      const { store } = current()
      const token = buildToken()
      const unit = buildRevocation(5n, { token })
      const revocation = { ...unit.revocation, revokedAt: new Date(Number.NaN) }
      await expect(store.commitRevocation({ ...unit, revocation })).rejects.toThrow(TypeError)
      expect(await store.isTokenSpent(token.tokenId)).toBe(false)
      expect(await store.findRevocation(5n)).toBeUndefined()
    })
  })

  describe('a revocation with renewals', () => {
    test('without renewals leaves a renewal alone', async () => {
      const { store } = current()
      const first = await issue(store)
      const renewal = await issue(store, { predecessor: first.serialNumber })
      await store.commitRevocation(buildRevocation(first.serialNumber))
      expect(await store.findRevocation(renewal.serialNumber)).toBeUndefined()
    })

    test('takes all descendants and all of the key with their descendants, and nothing else', async () => {
      const { store, countAuditEntries } = current()
      const ancestor = await issue(store)
      const asked = await issue(store, { predecessor: ancestor.serialNumber })
      const renewed = await issue(store, { predecessor: asked.serialNumber })
      const rekeyed = await issue(store, { predecessor: renewed.serialNumber })
      const fork = await issue(store, { predecessor: asked.serialNumber })
      const sameKey = await issue(store, { publicKeySha256: asked.publicKeySha256 })
      const ofSameKey = await issue(store, { predecessor: sameKey.serialNumber })
      const sibling = await issue(store, { predecessor: ancestor.serialNumber })
      const stranger = await issue(store)

      const unit = buildRevocation(asked.serialNumber, { withRenewals: {} })
      const outcome = await store.commitRevocation(unit)

      const taken = [renewed, rekeyed, fork, sameKey, ofSameKey].map(serialNumberOf)
      if (outcome.status !== 'revoked') throw new Error(outcome.status)
      expect(outcome.serialNumbers[0]).toBe(asked.serialNumber)
      expect(new Set(outcome.serialNumbers)).toEqual(new Set([asked.serialNumber, ...taken]))
      expect(outcome.serialNumbers).toHaveLength(6)
      for (const serialNumber of taken) {
        expect(await store.findRevocation(serialNumber)).toEqual({
          ...unit.revocation,
          serialNumber,
          expiresAt: asked.notAfter,
        })
      }
      for (const { serialNumber } of [ancestor, sibling, stranger]) {
        expect(await store.findRevocation(serialNumber)).toBeUndefined()
      }
      expect(await countAuditEntries()).toBe(9 + 6)
    })

    test('finds the kin of a certificate that the store does not hold', async () => {
      const { store } = current()
      const publicKeySha256 = new Uint8Array(32).fill(3)
      const sameKey = await issue(store, { publicKeySha256 })
      const renewal = await issue(store, { predecessor: 0x1234n })
      const outcome = await store.commitRevocation(
        buildRevocation(0x1234n, { withRenewals: { publicKeySha256 } }),
      )
      if (outcome.status !== 'revoked') throw new Error(outcome.status)
      expect(outcome.serialNumbers[0]).toBe(0x1234n)
      expect(new Set(outcome.serialNumbers.slice(1))).toEqual(
        new Set([sameKey, renewal].map(serialNumberOf)),
      )
    })

    test('skips what was revoked before, and still reaches what descends from it', async () => {
      const { store } = current()
      const first = await issue(store)
      const second = await issue(store, { predecessor: first.serialNumber })
      const third = await issue(store, { predecessor: second.serialNumber })
      await store.commitRevocation(buildRevocation(second.serialNumber))
      await store.commitRevocation(buildRevocation(first.serialNumber))

      const unit = buildRevocation(first.serialNumber, { withRenewals: {} })
      expect(await store.commitRevocation(unit)).toEqual({
        status: 'revoked',
        serialNumbers: [third.serialNumber],
      })
      expect(await store.commitRevocation(unit)).toEqual({ status: 'already_revoked' })
    })

    test('ends in a circle of predecessors', async () => {
      const { store } = current()
      await issue(store, { serialNumber: 1n, predecessor: 2n })
      await issue(store, { serialNumber: 2n, predecessor: 1n })
      const unit = buildRevocation(1n, { withRenewals: {} })
      expect(await store.commitRevocation(unit)).toEqual({
        status: 'revoked',
        serialNumbers: [1n, 2n],
      })
    })
  })
}

async function issue(
  store: Store,
  fields: Partial<CertificateRecord> = {},
): Promise<CertificateRecord> {
  const { predecessor } = fields
  const unit = buildIssuance({
    claim: predecessor === undefined ? { kind: 'none' } : { kind: 'renewal', predecessor },
    certificate: fields,
  })
  expect(await store.commitIssuance(unit)).toEqual({ status: 'committed' })
  return unit.certificate
}

function serialNumberOf({ serialNumber }: CertificateRecord): bigint {
  return serialNumber
}

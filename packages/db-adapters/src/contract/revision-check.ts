import { describe, expect, test } from 'vitest'
import type { IssuanceUnit } from '../issuance-unit.ts'
import type { Store } from '../store.ts'
import type { ContractStore } from './contract-store.ts'
import { buildIssuance, buildRevision, buildRevocation, buildToken } from './units.ts'

/** What was judged by a configuration that is no longer in force does not come to stand. */
export function describeRevisionCheck(current: () => ContractStore): void {
  describe('a unit that names the revision it was judged by', () => {
    test('is committed while that is the newest', async () => {
      const { store } = current()
      expect(await store.commitIssuance(judgedBy(0))).toEqual({ status: 'committed' })
      await store.revisions.commitRevision(buildRevision(1))
      await store.revisions.commitRevision(buildRevision(2))
      const unit = judgedBy(2)
      expect(await store.commitIssuance(unit)).toEqual({ status: 'committed' })
      const { serialNumber } = unit.certificate
      const renewal = buildIssuance({ claim: { kind: 'renewal', predecessor: serialNumber } })
      expect(await store.commitIssuance({ ...renewal, revision: 2 })).toEqual({
        status: 'committed',
      })
      const revocation = { ...buildRevocation(serialNumber), revision: 2 }
      expect(await store.commitRevocation(revocation)).toMatchObject({ status: 'revoked' })
    })

    test('is not, and leaves no trace, when it is another', async () => {
      const { store, countAuditEntries } = current()
      await store.revisions.commitRevision(buildRevision(1))
      await store.revisions.commitRevision(buildRevision(2))
      const others = [
        { revision: 0, why: 'there was none yet' },
        { revision: 1, why: 'a newer one stands' },
        { revision: 3, why: 'it is not there' },
      ]
      for (const { revision, why } of others) {
        const token = buildToken()
        const issuance = { ...buildIssuance({ claim: { kind: 'token', ...token } }), revision }
        const revocation = { ...buildRevocation(77n, { token, withRenewals: {} }), revision }
        const changed = { status: 'configuration_changed' }
        expect(await store.commitIssuance(issuance), why).toEqual(changed)
        expect(await store.commitRevocation(revocation), why).toEqual(changed)
        expect(await store.isTokenSpent(token.tokenId)).toBe(false)
      }
      expect(await store.findRevocation(77n)).toBeUndefined()
      expect(await store.countCertificates()).toBe(0)
      expect(await countAuditEntries()).toBe(0)
    })

    test('has its own outcome among many that name others, or none', async () => {
      const { store, countAuditEntries } = current()
      await store.revisions.commitRevision(buildRevision(1))
      await store.revisions.commitRevision(buildRevision(2))
      const units = Array.from({ length: 40 }, (_, index) => {
        return index % 4 === 3 ? buildIssuance() : judgedBy(index % 4)
      })
      const outcomes = await Promise.all(units.map((unit) => store.commitIssuance(unit)))
      expect(outcomes.map(({ status }) => status)).toEqual(
        units.map(({ revision = 2 }) => {
          return revision === 2 ? 'committed' : 'configuration_changed'
        }),
      )
      expect(await store.countCertificates()).toBe(20)
      expect(await countAuditEntries()).toBe(20)
    })

    test('and begins after a newer one was acknowledged is never committed', async () => {
      const { store, openAnother } = current()
      const admin = await openAnother()
      const stores = [store, await openAnother(), admin]
      for (let newest = 1; newest <= 8; newest++) {
        let isAcknowledged = false
        let late = 0
        const told: { readonly wasLate: boolean; readonly status: string }[] = []
        const issuers = Array.from({ length: 24 }, async (_, index) => {
          while (late < 60) {
            const wasLate = isAcknowledged
            if (wasLate) late++
            const status = await commitOne(stores[index % 3] ?? store, newest - 1, index)
            told.push({ wasLate, status })
          }
        })
        await expect.poll(() => told.length, { interval: 1 }).toBeGreaterThan(24)
        expect(await admin.revisions.commitRevision(buildRevision(newest))).toEqual({
          status: 'committed',
        })
        isAcknowledged = true
        await Promise.all(issuers)
        expect(told.some(({ status }) => status === 'committed')).toBe(true)
        const lateOnes = told.filter(({ wasLate }) => wasLate)
        expect(lateOnes.map(({ status }) => status)).toEqual(
          Array(lateOnes.length).fill('configuration_changed'),
        )
      }
    })
  })
}

function judgedBy(revision: number): IssuanceUnit {
  return { ...buildIssuance(), revision }
}

/** Issues, renews or revokes, one as often as the other. */
async function commitOne(store: Store, revision: number, turn: number): Promise<string> {
  const { certificate } = buildIssuance()
  const predecessor = certificate.serialNumber
  switch (turn % 3) {
    case 0:
      return (await store.commitIssuance(judgedBy(revision))).status
    case 1: {
      const unit = buildIssuance({ claim: { kind: 'renewal', predecessor } })
      return (await store.commitIssuance({ ...unit, revision })).status
    }
    default: {
      const { status } = await store.commitRevocation({ ...buildRevocation(predecessor), revision })
      return status === 'revoked' ? 'committed' : status
    }
  }
}

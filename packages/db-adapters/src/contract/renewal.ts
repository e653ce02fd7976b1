import { describe, expect, test } from 'vitest'
import type { Store } from '../store.ts'
import type { ContractStore } from './contract-store.ts'
import { buildIssuance, buildRevocation, buildToken } from './units.ts'

/** A revocation comes before a renewal or sees it; nothing slips between. */
export function describeRenewal(current: () => ContractStore): void {
  describe('a renewal', () => {
    test('of a revoked certificate is refused, and spends no token', async () => {
      const { store, countAuditEntries } = current()
      const serialNumber = await issue(store)
      await store.commitRevocation(buildRevocation(serialNumber))
      const token = buildToken()
      const unit = buildIssuance({ claim: { kind: 'renewal', predecessor: serialNumber, token } })
      expect(await store.commitIssuance(unit)).toEqual({ status: 'predecessor_revoked' })
      expect(await store.isTokenSpent(token.tokenId)).toBe(false)
      expect(await store.findCertificate(unit.certificate.serialNumber)).toBeUndefined()
      expect(await countAuditEntries()).toBe(2)
    })

    test('of a certificate that the store does not hold is recorded', async () => {
      const { store } = current()
      const unit = buildIssuance({ claim: { kind: 'renewal', predecessor: 0x1234n } })
      expect(await store.commitIssuance(unit)).toEqual({ status: 'committed' })
    })

    test('may be one of many of the same predecessor', async () => {
      const { store } = current()
      const predecessor = await issue(store)
      const outcomes = await Promise.all(Array.from({ length: 5 }, () => renew(store, predecessor)))
      expect(outcomes.map(({ status }) => status)).toEqual(Array(5).fill('committed'))
    })

    test('racing with a revocation from elsewhere is refused or revoked with it', async () => {
      const { store, openAnother } = current()
      const other = await openAnother()
      for (let round = 0; round < 40; round++) {
        const serialNumber = await issue(store)
        const [renewal, revocation] = await Promise.all([
          renew(store, serialNumber),
          other.commitRevocation(buildRevocation(serialNumber, { withRenewals: {} })),
        ])
        expect(revocation.status).toBe('revoked')
        const revoked = (await store.findRevocation(renewal.serialNumber)) !== undefined
        expect(renewal.status).toBe(revoked ? 'committed' : 'predecessor_revoked')
      }
    })

    test('is never committed after the revocation was acknowledged', async () => {
      const { store, openAnother } = current()
      const other = await openAnother()
      for (let round = 0; round < 20; round++) {
        const serialNumber = await issue(store)
        const revocation = other.commitRevocation(buildRevocation(serialNumber))
        const before = Array.from({ length: 3 }, () => renew(store, serialNumber))
        await revocation
        const after = await Promise.all(Array.from({ length: 3 }, () => renew(store, serialNumber)))
        await Promise.all(before)
        expect(after.map(({ status }) => status)).toEqual(Array(3).fill('predecessor_revoked'))
      }
    })
  })
}

async function issue(store: Store): Promise<bigint> {
  const unit = buildIssuance()
  await store.commitIssuance(unit)
  return unit.certificate.serialNumber
}

async function renew(
  store: Store,
  predecessor: bigint,
): Promise<{ status: string; serialNumber: bigint }> {
  const unit = buildIssuance({ claim: { kind: 'renewal', predecessor } })
  const { status } = await store.commitIssuance(unit)
  return { status, serialNumber: unit.certificate.serialNumber }
}

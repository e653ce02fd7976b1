import type { Lease, Store } from '@mayfly/db-adapters'
import { buildIssuance, buildRevocation } from '@mayfly/db-adapters/contract'
import { describe, expect, test } from 'vitest'
import { findPlaces } from '../support/places.ts'

const day = 86_400_000
const rules = { certificatesSeconds: 90 * 86_400, renewalAfterExpirySeconds: 30 * 86_400 }
const count = process.env.MAYFLY_TEST_LONG === '1' ? 5_000 : 200

const places = await findPlaces()

describe('a storm of those who prune, issue, renew and revoke', () => {
  test.for(places)('loses nothing on $kind', async ({ missing, create }, { skip }) => {
    if (missing !== undefined) skip(missing)
    await using place = await create()
    const stores = [await place.open(), await place.open(), await place.open()]
    const [store] = stores
    if (store === undefined) throw new Error('there are three')
    const now = (await store.readClock()).getTime()

    const old = await inParts(count, () => issue(stores, now - 200 * day))
    const lately = await inParts(count / 4, () => issue(stores, now - 20 * day))
    const revoked = new Set<bigint>()
    const revoke = async (serialNumber: bigint): Promise<void> => {
      const unit = buildRevocation(serialNumber, { withRenewals: {} })
      const { status } = await pick(stores).commitRevocation({
        ...unit,
        revocation: { ...unit.revocation, revokedAt: new Date(now) },
      })
      if (status === 'revoked') revoked.add(serialNumber)
    }
    await inParts(count / 4, (index) => revoke(old[index * 2] ?? 0n))

    let isDone = false
    const pruners = stores.map(async (each, index) => {
      const counts: number[] = []
      while (!isDone) {
        const lease = await takeLease(each, `node-${index}`)
        if (lease === undefined) continue
        const { counts: deleted } = await each.retention.prune({
          rules,
          lease,
          batchSize: 17,
          pauseMilliseconds: 0,
        })
        counts.push(deleted.certificates)
        await each.leases.releaseLease(lease)
      }
      return counts
    })
    const fresh = await inParts(count / 4, async (index) => {
      const serial = await issue(stores, now + day, lately[index])
      if (index % 3 === 0) await revoke(serial)
      if (index % 3 === 1) await revoke(lately[index] ?? 0n)
      return serial
    })
    isDone = true
    const pruned = (await Promise.all(pruners)).flat().reduce((sum, each) => sum + each, 0)
    await store.retention.prune({ rules, pauseMilliseconds: 0 })

    expect(pruned).toBeGreaterThan(0)
    expect(await store.countCertificates()).toBe(lately.length + fresh.length)
    for (const serial of [...lately, ...fresh]) {
      expect(await store.findCertificate(serial)).toBeDefined()
    }
    // None of them is a day old.
    for (const serial of revoked) expect(await store.findRevocation(serial)).toBeDefined()
  })
})

/** A few at a time, each told its number. */
async function inParts<T>(total: number, work: (index: number) => Promise<T>): Promise<T[]> {
  const results: T[] = []
  for (let from = 0; from < total; from += 100) {
    const part = Array.from({ length: Math.min(100, total - from) }, (_, index) =>
      work(from + index),
    )
    results.push(...(await Promise.all(part)))
  }
  return results
}

async function issue(
  stores: readonly Store[],
  notAfter: number,
  predecessor?: bigint,
): Promise<bigint> {
  const unit = buildIssuance({
    certificate: { notAfter: new Date(notAfter), issuedAt: new Date(notAfter - day) },
    ...(predecessor === undefined ? {} : { claim: { kind: 'renewal', predecessor } }),
  })
  const { status } = await pick(stores).commitIssuance(unit)
  expect(status).toBe('committed')
  return unit.certificate.serialNumber
}

let turn = 0

function pick(stores: readonly Store[]): Store {
  turn += 1
  const store = stores[turn % stores.length]
  if (store === undefined) throw new Error('there are stores')
  return store
}

function takeLease(store: Store, holder: string): Promise<Lease | undefined> {
  return store.leases.acquireLease({ name: 'retention', holder, lifetimeMilliseconds: 10_000 })
}

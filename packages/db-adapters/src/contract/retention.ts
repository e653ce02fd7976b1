import { beforeEach, describe, expect, test } from 'vitest'
import type { RetentionRules } from '../retention/retention-store.ts'
import type { Store } from '../store.ts'
import type { ContractStore } from './contract-store.ts'
import { buildIssuance, buildRevocation, buildToken } from './units.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

const rules: RetentionRules = {
  certificatesSeconds: (90 * day) / 1000,
  renewalAfterExpirySeconds: (30 * day) / 1000,
}

/** What is kept, and what is let go of, by the clock of the database. */
export function describeRetention(current: () => ContractStore): void {
  describe('retention', () => {
    let now: number
    beforeEach(async () => {
      now = (await current().store.readClock()).getTime()
    })

    test('keeps a spent token until a day after the last instance has let go of it', async () => {
      const { store } = current()
      const ages = [-hour, 0, day, day + minute - 20_000, day + minute + 1, 400 * day]
      const tokens = ages.map((age) => ({ ...buildToken(), expiresAt: new Date(now - age) }))
      await Promise.all(tokens.map((token) => issue(store, { notAfter: now + day, token })))
      const { counts } = await store.retention.prune({ rules })
      expect(counts).toEqual({ ...none, spentTokens: 2 })
      const kept = await Promise.all(tokens.map(({ tokenId }) => store.isTokenSpent(tokenId)))
      expect(kept).toEqual([true, true, true, true, false, false])
    })

    test.each([
      { more: {}, kept: [-day, 89 * day, 90 * day - 20_000], gone: [90 * day + 1, 400 * day] },
      {
        more: { certificatesSeconds: 0 },
        kept: [30 * day + 1, 31 * day - 20_000],
        gone: [31 * day + 1],
      },
      {
        more: { renewalAfterExpirySeconds: 100 * 86_400 },
        kept: [100 * day, 101 * day - 20_000],
        gone: [101 * day + 1],
      },
    ])(
      'keeps a certificate and its revocation while it may be asked for: $more',
      async ({ more, kept, gone }) => {
        const { store } = current()
        const serials = await Promise.all(
          [...kept, ...gone].map(async (age) => {
            const serial = await issue(store, { notAfter: now - age })
            await revoke(store, serial, { revokedAt: now - age - day })
            return serial
          }),
        )
        const { counts } = await store.retention.prune({ rules: { ...rules, ...more } })
        expect(counts).toMatchObject({ certificates: gone.length, revocations: gone.length })
        for (const [index, serial] of serials.entries()) {
          const isKept = index < kept.length
          expect((await store.findCertificate(serial)) !== undefined).toBe(isKept)
          expect((await store.findRevocation(serial)) !== undefined).toBe(isKept)
        }
      },
    )

    test('judges a revocation without a certificate by what is known of its end', async () => {
      const { store } = current()
      const revocations = [
        { why: 'it was made today', ended: 200 * day, revoked: day - minute, isKept: true },
        { why: 'nobody can renew it', ended: 200 * day, revoked: day + 1, isKept: false },
        { why: 'somebody might', ended: 31 * day, revoked: 300 * day, isKept: true },
        { why: 'its end is not known', ended: undefined, revoked: 7000 * day, isKept: true },
        { why: 'no issuer lasts so long', ended: undefined, revoked: 7500 * day, isKept: false },
      ]
      for (const [index, { ended, revoked }] of revocations.entries()) {
        await revoke(store, BigInt(index), {
          revokedAt: now - revoked,
          ...(ended === undefined ? {} : { expiresAt: now - ended }),
        })
      }
      expect((await store.retention.prune({ rules })).counts.revocations).toBe(2)
      for (const [index, { why, isKept }] of revocations.entries()) {
        const found = await store.findRevocation(BigInt(index))
        expect(found !== undefined, why).toBe(isKept)
      }
    })

    test('a revocation made today outlives its certificate, and goes by itself later', async () => {
      const { store } = current()
      const serial = await issue(store, { notAfter: now - 300 * day })
      await revoke(store, serial, { revokedAt: now - hour, expiresAt: now - 300 * day })
      expect((await store.retention.prune({ rules })).counts).toMatchObject({
        certificates: 1,
        revocations: 0,
      })
      expect(await store.findCertificate(serial)).toBeUndefined()
      expect(await store.findRevocation(serial)).toBeDefined()
    })

    test('a revocation whose certificate stands stays, whatever it says of its end', async () => {
      const { store } = current()
      const serial = await issue(store, { notAfter: now - day })
      await revoke(store, serial, { revokedAt: now - 500 * day, expiresAt: now - 400 * day })
      expect((await store.retention.prune({ rules })).counts).toMatchObject({ revocations: 0 })
      expect(await store.findRevocation(serial)).toBeDefined()
    })

    test('audit entries stay, unless they are given a time', async () => {
      const { store, countAuditEntries } = current()
      for (const age of [400, 300, 200, 100]) {
        await issue(store, { notAfter: now + day, issuedAt: now - age * day })
      }
      expect((await store.retention.prune({ rules })).counts.auditEntries).toBe(0)
      const timed = { ...rules, auditSeconds: (250 * day) / 1000 }
      expect((await store.retention.prune({ rules: timed, batchSize: 1 })).counts).toMatchObject({
        auditEntries: 2,
      })
      expect(await countAuditEntries()).toBe(2)
    })

    test('goes in small steps, each told, and counts the same beforehand', async () => {
      const { store } = current()
      await fill(store, now)
      const due = await store.retention.countDue(rules)
      expect(due).toEqual({ ...none, certificates: 7, revocations: 3, spentTokens: 7 })
      const told: number[] = []
      const { status, counts } = await store.retention.prune({
        rules,
        batchSize: 2,
        pauseMilliseconds: 0,
        onProgress: (sofar) => told.push(sofar.certificates + sofar.spentTokens),
      })
      expect({ status, counts }).toEqual({ status: 'done', counts: due })
      expect(told.slice(0, 4)).toEqual([2, 4, 6, 7])
      expect(await store.countCertificates()).toBe(5)
      expect(await store.retention.countDue(rules)).toEqual(none)
    })

    test('stops between two steps when it is told to', async () => {
      const { store } = current()
      await fill(store, now)
      const stop = new AbortController()
      const { status, counts } = await store.retention.prune({
        rules,
        batchSize: 2,
        pauseMilliseconds: 0,
        signal: stop.signal,
        onProgress: () => stop.abort(),
      })
      expect({ status, counts }).toEqual({ status: 'stopped', counts: { ...none, spentTokens: 2 } })
    })

    test('deletes nothing under a lease that has ended, was released or is another’s', async () => {
      const { store } = current()
      await fill(store, now)
      const wish = { name: 'retention', holder: 'first', lifetimeMilliseconds: 60_000 }
      const lease = await store.leases.acquireLease(wish)
      if (lease === undefined) throw new Error('the lease is free')
      await store.leases.releaseLease(lease)
      const lost = { status: 'lease_lost', counts: none }
      expect(await store.retention.prune({ rules, lease })).toEqual(lost)
      const next = await store.leases.acquireLease({ ...wish, holder: 'second' })
      expect(await store.retention.prune({ rules, lease })).toEqual(lost)
      expect(await store.retention.prune({ rules, lease: { name: 'other', fence: 1 } })).toEqual(
        lost,
      )
      expect(await store.countCertificates()).toBe(12)
      if (next === undefined) throw new Error('the lease is free')
      const { status, counts } = await store.retention.prune({ rules, lease: next })
      expect(status).toBe('done')
      expect(counts.certificates).toBe(7)
    })

    test('several prune at once beside those who issue, revoke and ask', async () => {
      const { store, openAnother } = current()
      const stores = [store, await openAnother(), await openAnother()]
      const old = await Promise.all(
        Array.from({ length: 60 }, () => issue(store, { notAfter: now - 200 * day })),
      )
      await Promise.all(
        old.slice(0, 20).map((serial) => revoke(store, serial, { revokedAt: now - 201 * day })),
      )
      const results = await Promise.all([
        ...stores.map((each) =>
          each.retention.prune({ rules, batchSize: 7, pauseMilliseconds: 0 }),
        ),
        ...stores.map(async (each) => {
          const serials = await Promise.all(
            Array.from({ length: 15 }, () => issue(each, { notAfter: now + day })),
          )
          await Promise.all(serials.map((serial) => revoke(each, serial, { revokedAt: now })))
          return undefined
        }),
      ])
      const counts = results.flatMap((result) => result?.counts ?? [])
      expect(counts.reduce((sum, { certificates }) => sum + certificates, 0)).toBe(60)
      expect(counts.reduce((sum, { revocations }) => sum + revocations, 0)).toBe(20)
      expect(await store.countCertificates()).toBe(45)
    })

    test('refuses numbers by which everything would be due', async () => {
      const { store } = current()
      for (const wrong of [
        { ...rules, certificatesSeconds: -1 },
        { ...rules, renewalAfterExpirySeconds: Number.NaN },
        { ...rules, auditSeconds: Number.POSITIVE_INFINITY },
      ]) {
        await expect(store.retention.prune({ rules: wrong })).rejects.toThrow(TypeError)
        await expect(store.retention.countDue(wrong)).rejects.toThrow(TypeError)
      }
    })

    test('statistics tell rows, octets, span and growth', async () => {
      const { store } = current()
      await fill(store, now)
      await issue(store, { notAfter: now + day, issuedAt: now - 10 * minute })
      await revoke(store, 5n, { revokedAt: now - 5 * minute })
      const { tables, growth, bytesPerCertificate, at } = await store.statistics.readStatistics()
      expect(Math.abs(at.getTime() - now)).toBeLessThan(minute)
      const find = (name: string) => tables.find((each) => each.name.endsWith(name))
      expect(find('certificates')).toMatchObject({
        rows: 13,
        isEstimated: false,
        ordering: 'not_after',
        newest: new Date(now + day),
      })
      expect(find('certificates')?.tableBytes).toBeGreaterThan(4096)
      expect(find('spent_tokens')?.rows).toBe(13)
      expect(find('audit')).toMatchObject({ rows: 18, ordering: 'at' })
      expect(bytesPerCertificate).toBeGreaterThan(700)
      expect(growth.lastHour).toEqual({ issued: 1, revoked: 1 })
      expect(growth.lastDay.issued).toBe(1)
    })
  })
}

const none = {
  certificates: 0,
  revocations: 0,
  spentTokens: 0,
  auditEntries: 0,
  spentNonces: 0,
  orders: 0,
}

interface IssuedAt {
  readonly notAfter: number
  readonly issuedAt?: number
  readonly token?: ReturnType<typeof buildToken>
}

async function issue(store: Store, fields: IssuedAt): Promise<bigint> {
  const { notAfter, issuedAt = notAfter - day } = fields
  const token = fields.token ?? { ...buildToken(), expiresAt: new Date(notAfter) }
  const unit = buildIssuance({
    claim: { kind: 'token', ...token },
    certificate: { notAfter: new Date(notAfter), issuedAt: new Date(issuedAt) },
  })
  expect(await store.commitIssuance(unit)).toEqual({ status: 'committed' })
  return unit.certificate.serialNumber
}

async function revoke(
  store: Store,
  serialNumber: bigint,
  { revokedAt, expiresAt }: { readonly revokedAt: number; readonly expiresAt?: number },
): Promise<void> {
  const unit = buildRevocation(serialNumber)
  const outcome = await store.commitRevocation({
    ...unit,
    revocation: {
      ...unit.revocation,
      revokedAt: new Date(revokedAt),
      ...(expiresAt === undefined ? {} : { expiresAt: new Date(expiresAt) }),
    },
    audit: { ...unit.audit, at: new Date(revokedAt) },
  })
  expect(outcome.status).toBe('revoked')
}

/** Seven certificates that are due, three of them revoked, and five that are not, one of them revoked. */
async function fill(store: Store, now: number): Promise<void> {
  for (let index = 0; index < 7; index++) {
    const notAfter = now - (100 + index) * day
    const serial = await issue(store, { notAfter })
    if (index < 3) await revoke(store, serial, { revokedAt: notAfter, expiresAt: notAfter })
  }
  for (let index = 0; index < 5; index++) {
    const notAfter = now - index * hour
    const serial = await issue(store, { notAfter, issuedAt: now - 2 * day })
    if (index === 0) await revoke(store, serial, { revokedAt: now - 2 * day })
  }
}

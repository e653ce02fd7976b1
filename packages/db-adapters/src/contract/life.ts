import { describe, expect, test } from 'vitest'
import type { ContractStore } from './contract-store.ts'
import { buildIssuance, buildRevocation, buildToken } from './units.ts'

/** What was acknowledged outlives the process; what is closed stays closed. */
export function describeLife(current: () => ContractStore): void {
  describe('a store', () => {
    test('is persistent and can be pinged', async () => {
      const { store } = current()
      expect(store.persistent).toBe(true)
      await store.ping()
    })

    test('keeps everything when it is closed and opened again', async () => {
      const { store, reopen } = current()
      const token = buildToken()
      const unit = buildIssuance({ claim: { kind: 'token', ...token } })
      const { serialNumber } = unit.certificate
      await store.commitIssuance(unit)
      await store.commitRevocation(buildRevocation(serialNumber))

      const again = await reopen()
      expect(await again.countCertificates()).toBe(1)
      expect((await again.findCertificate(serialNumber))?.names).toEqual(unit.certificate.names)
      expect(await again.findRevocation(serialNumber)).toMatchObject({ reasonCode: 1 })
      expect(await again.isTokenSpent(token.tokenId)).toBe(true)
      const retry = buildIssuance({ claim: { kind: 'token', ...token } })
      expect(await again.commitIssuance(retry)).toMatchObject({ status: 'token_spent' })
    })

    test('completes what it accepted before it closes', async () => {
      const { store, reopen } = current()
      const commits = Array.from({ length: 300 }, () => store.commitIssuance(buildIssuance()))
      await store.close()
      const outcomes = await Promise.all(commits)
      expect(outcomes.every(({ status }) => status === 'committed')).toBe(true)
      expect(await (await reopen()).countCertificates()).toBe(300)
    })

    test('that is closed refuses everything but to be closed', async () => {
      const { store } = current()
      await store.close()
      await store.close()
      for (const call of [
        store.commitIssuance(buildIssuance()),
        store.commitRevocation(buildRevocation(1n)),
        store.findCertificate(1n),
        store.findRevocation(1n),
        store.isTokenSpent(new Uint8Array(32)),
        store.listCertificates({ limit: 1 }),
        store.countCertificates(),
        store.revisions.findCurrentNumber(),
        store.leases.listLeases(),
        store.readClock(),
        store.ping(),
      ]) {
        await expect(call).rejects.toMatchObject({ code: 'store_closed' })
      }
    })

    test('opened many times at once is one store', async () => {
      const { store, openAnother } = current()
      const others = await Promise.all(Array.from({ length: 4 }, openAnother))
      const claim = { kind: 'token', ...buildToken() } as const
      const outcomes = await Promise.all(
        [store, ...others].flatMap((each) =>
          Array.from({ length: 10 }, () => each.commitIssuance(buildIssuance({ claim }))),
        ),
      )
      expect(outcomes.filter(({ status }) => status === 'committed')).toHaveLength(1)
      const counts = await Promise.all([store, ...others].map((each) => each.countCertificates()))
      expect(counts).toEqual([1, 1, 1, 1, 1])
    })

    test('lists every certificate once, part by part', async () => {
      const { store } = current()
      const units = Array.from({ length: 25 }, () => buildIssuance())
      units.push(buildIssuance({ certificate: { serialNumber: 1n } }))
      units.push(buildIssuance({ certificate: { serialNumber: 0x0100n } }))
      await Promise.all(units.map((unit) => store.commitIssuance(unit)))
      const listed: bigint[] = []
      for (;;) {
        const after = listed.at(-1)
        const part = await store.listCertificates({
          limit: 10,
          ...(after === undefined ? {} : { after }),
        })
        listed.push(...part.map(({ serialNumber }) => serialNumber))
        if (part.length < 10) break
      }
      const issued = units.map(({ certificate }) => certificate.serialNumber)
      expect(listed).toHaveLength(27)
      expect(new Set(listed)).toEqual(new Set(issued))
    })

    test('goes on listing after a certificate that is there no more', async () => {
      const { store } = current()
      await store.commitIssuance(buildIssuance({ certificate: { serialNumber: 9n } }))
      const part = await store.listCertificates({ after: 5n, limit: 10 })
      expect(part.map(({ serialNumber }) => serialNumber)).toEqual([9n])
    })
  })
}

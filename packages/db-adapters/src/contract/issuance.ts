import { describe, expect, test } from 'vitest'
import type { CertificateRecord } from '../certificate-record.ts'
import type { ContractStore } from './contract-store.ts'
import { buildIssuance, buildToken } from './units.ts'

/** All of an issuance or nothing, and kept as it was given. */
export function describeIssuance(current: () => ContractStore): void {
  describe('an issuance', () => {
    test('is found as it was recorded, as soon as it is acknowledged', async () => {
      const { store } = current()
      const { certificate, ...unit } = buildIssuance()
      expect(await store.findCertificate(certificate.serialNumber)).toBeUndefined()
      await store.commitIssuance({ ...unit, certificate })
      expect(plain(await store.findCertificate(certificate.serialNumber))).toEqual(
        plain(certificate),
      )
    })

    test('needs no claim', async () => {
      const { store, countAuditEntries } = current()
      const unit = buildIssuance({ claim: { kind: 'none' } })
      expect(await store.commitIssuance(unit)).toEqual({ status: 'committed' })
      expect(await countAuditEntries()).toBe(1)
    })

    test.each<[string, Partial<CertificateRecord>]>([
      ['a serial number of one octet', { serialNumber: 1n }],
      ['a serial number of 20 octets', { serialNumber: (1n << 159n) - 1n }],
      [
        'names beyond ASCII',
        { subject: 'Прóва 証明書 🔐', names: ['dns:bücher.example', 'uri:x"\\\n'] },
      ],
      ['no name at all', { subject: '', names: [] }],
      [
        'names by the thousand',
        { names: Array.from({ length: 5000 }, (_, n) => `dns:h${n}.internal`) },
      ],
      ['a large certificate', { der: new Uint8Array(300_000).map((_, index) => index) }],
      [
        'a time before 1970 and one in 9999',
        { notBefore: new Date(-1), notAfter: new Date('9999-12-31T23:59:59Z') },
      ],
      ['a predecessor', { predecessor: 1n << 120n }],
    ])('keeps %s', async (_, fields) => {
      const { store } = current()
      const unit = buildIssuance({ certificate: fields })
      expect(await store.commitIssuance(unit)).toEqual({ status: 'committed' })
      const found = await store.findCertificate(unit.certificate.serialNumber)
      expect(plain(found)).toEqual(plain(unit.certificate))
    })

    test('keeps the octets of a window on a larger buffer, and no others', async () => {
      const { store } = current()
      const der = new Uint8Array(10_000).map((_, index) => index).subarray(300, 900)
      const unit = buildIssuance({ certificate: { der } })
      await store.commitIssuance(unit)
      const found = await store.findCertificate(unit.certificate.serialNumber)
      expect(plain(found)).toEqual(plain(unit.certificate))
    })

    test('whose token is lost leaves no certificate and no audit entry', async () => {
      const { store, countAuditEntries } = current()
      const claim = { kind: 'token', ...buildToken() } as const
      const units = Array.from({ length: 20 }, () => buildIssuance({ claim }))
      const outcomes = await Promise.all(units.map((unit) => store.commitIssuance(unit)))
      const found = await Promise.all(
        units.map(({ certificate }) => store.findCertificate(certificate.serialNumber)),
      )
      expect(found.map((record) => record !== undefined)).toEqual(
        outcomes.map(({ status }) => status === 'committed'),
      )
      expect(await store.countCertificates()).toBe(1)
      expect(await countAuditEntries()).toBe(1)
    })

    test('with a serial number that is taken leaves the token unspent and the first certificate', async () => {
      const { store, countAuditEntries } = current()
      const first = buildIssuance()
      await store.commitIssuance(first)
      const token = buildToken()
      const second = buildIssuance({
        claim: { kind: 'token', ...token },
        certificate: { serialNumber: first.certificate.serialNumber },
      })
      expect(await store.commitIssuance(second)).toEqual({ status: 'serial_taken' })
      expect(await store.isTokenSpent(token.tokenId)).toBe(false)
      expect(plain(await store.findCertificate(first.certificate.serialNumber))).toEqual(
        plain(first.certificate),
      )
      expect(await countAuditEntries()).toBe(1)
    })

    test('that cannot be kept fails alone, and its neighbours are committed', async () => {
      const { store, countAuditEntries } = current()
      const token = buildToken()
      const bad = buildIssuance({
        claim: { kind: 'token', ...token },
        certificate: { notAfter: new Date(Number.NaN) },
      })
      const good = Array.from({ length: 10 }, () => buildIssuance())
      const results = await Promise.allSettled(
        [...good.slice(0, 5), bad, ...good.slice(5)].map((unit) => store.commitIssuance(unit)),
      )
      expect(results.map(({ status }) => status === 'fulfilled')).toEqual(
        Array.from({ length: 11 }, (_, index) => index !== 5),
      )
      expect(results[5]).toMatchObject({ reason: expect.any(TypeError) })
      expect(await store.isTokenSpent(token.tokenId)).toBe(false)
      expect(await store.countCertificates()).toBe(10)
      expect(await countAuditEntries()).toBe(10)
    })
  })
}

/** Octets compare by their values, whatever class holds them. */
function plain(record: CertificateRecord | undefined): unknown {
  return record && { ...record, der: hex(record.der), publicKeySha256: hex(record.publicKeySha256) }
}

function hex(octets: Uint8Array): string {
  return Buffer.from(octets).toString('hex')
}

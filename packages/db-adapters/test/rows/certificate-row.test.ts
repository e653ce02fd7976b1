import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeCertificateRow, parseCertificateRow } from '../../src/rows/certificate-row.ts'

const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const time = fc.date({ noInvalidDate: true })
const serialNumber = fc.bigInt({ min: 0n, max: (1n << 160n) - 1n })

const record = fc.record(
  {
    serialNumber,
    der: fc.uint8Array({ minLength: 1 }),
    subject: fc.string({ unit: 'binary' }),
    names: fc.array(fc.string({ unit: 'binary' })),
    publicKeySha256: octets(32),
    predecessor: serialNumber,
    provisionerId: fc.string(),
    provisionerName: fc.string(),
    provisionerType: fc.string(),
    profile: fc.string(),
    notBefore: time,
    notAfter: time,
    issuedAt: time,
  },
  {
    requiredKeys: [
      'serialNumber',
      'der',
      'subject',
      'names',
      'publicKeySha256',
      'provisionerId',
      'provisionerName',
      'provisionerType',
      'profile',
      'notBefore',
      'notAfter',
      'issuedAt',
    ],
  },
)

describe('a certificate row', () => {
  test('is parsed to the record that it was encoded from', () => {
    fc.assert(
      fc.property(record, (certificate) => {
        expect(parseCertificateRow(encodeCertificateRow(certificate))).toEqual(certificate)
      }),
    )
  })

  test.each(['{', '"dns:a"', '[1]', 'null', ''])('with the names %j is corrupt', (names) => {
    fc.assert(
      fc.property(record, (certificate) => {
        const row = { ...encodeCertificateRow(certificate), names }
        expect(() => parseCertificateRow(row)).toThrow(
          expect.objectContaining({ code: 'store_corrupt' }),
        )
      }),
      { numRuns: 5 },
    )
  })
})

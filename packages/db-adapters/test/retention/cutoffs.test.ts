import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cutoffsAt } from '../../src/retention/cutoffs.ts'

const minute = 60_000
const day = 24 * 60 * minute
const now = Date.UTC(2030, 0, 1)

const rules = fc.record({
  certificatesSeconds: fc.integer({ min: 0, max: 400 * 86_400 }),
  renewalAfterExpirySeconds: fc.integer({ min: 0, max: 400 * 86_400 }),
})
/** An instance whose clock is off by five minutes at most; far beyond that it is not ready. */
const skew = fc.integer({ min: -5 * minute, max: 5 * minute })
const age = fc.integer({ min: -day, max: 900 * day })

describe('what is due', () => {
  test('is no token that an instance with a wrong clock still accepts', () => {
    fc.assert(
      fc.property(rules, skew, fc.integer({ min: -day, max: 3 * day }), (given, wrong, ended) => {
        const expiresAt = now - ended
        const isDue = expiresAt < cutoffsAt(new Date(now), given).tokenExpiresAt
        const isAccepted = now + wrong <= expiresAt + minute
        expect(isDue && isAccepted).toBe(false)
      }),
    )
  })

  test('is no revocation of a certificate that an instance with a wrong clock still renews', () => {
    fc.assert(
      fc.property(rules, skew, age, (given, wrong, ended) => {
        const notAfter = now - ended
        const isDue = notAfter < cutoffsAt(new Date(now), given).notAfter
        const isRenewed = now + wrong <= notAfter + given.renewalAfterExpirySeconds * 1000
        expect(isDue && isRenewed).toBe(false)
      }),
    )
  })

  test('is no revocation of a certificate of unknown end that lasts as long as its issuer', () => {
    fc.assert(
      fc.property(rules, skew, (given, wrong) => {
        const { endUnknown } = cutoffsAt(new Date(now), given)
        const revokedAt = endUnknown - 1
        // Issued before it was revoked, for ten years.
        const notAfter = revokedAt + 3650 * day
        expect(now + wrong).toBeGreaterThan(notAfter + given.renewalAfterExpirySeconds * 1000)
      }),
    )
  })

  test('is no audit entry unless they are given a time', () => {
    const given = { certificatesSeconds: 0, renewalAfterExpirySeconds: 0 }
    expect(cutoffsAt(new Date(now), given).auditAt).toBeUndefined()
    expect(cutoffsAt(new Date(now), { ...given, auditSeconds: 60 }).auditAt).toBe(now - minute)
  })
})

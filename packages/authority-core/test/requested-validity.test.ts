import type { SignRequest } from '@mayfly/authority-core'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  createTestAuthority,
  sharedRequest,
  start,
  type TestAuthority,
} from './support/authority.ts'
import { refusalOf } from './support/refusal.ts'

type Bounds = Pick<SignRequest, 'notBefore' | 'notAfter'>

let ca: TestAuthority
beforeAll(async () => {
  ca = await createTestAuthority()
})

/** The clock stands at 08:00:00.5; certificates know whole seconds. */
const minute = 60
const hour = 3600
const day = 86_400

describe('the validity of a certificate', () => {
  test.each<[string, Bounds, number, number]>([
    ['begins a minute ago and lasts 24 hours from now', {}, -minute, day],
    ['takes empty texts for none', { notBefore: '', notAfter: '' }, -minute, day],
    ['counts notAfter from now, not from the backdated start', { notAfter: '1h' }, -minute, hour],
    ['is not backdated when it has a start of its own', { notBefore: '-2h' }, -2 * hour, 22 * hour],
    ['counts notAfter from notBefore', { notBefore: '5h', notAfter: '1h' }, 5 * hour, 6 * hour],
    ['may begin later', { notBefore: '72h' }, 72 * hour, 72 * hour + day],
    [
      'takes times',
      { notBefore: '2026-11-23T09:00:00Z', notAfter: '2026-11-23T11:30:00+01:00' },
      hour,
      2.5 * hour,
    ],
    ['takes dates', { notAfter: new Date('2026-11-23T09:00:00Z') }, -minute, hour],
    ['may be a backdate shorter than the minimum', { notAfter: '4m' }, -minute, 4 * minute],
    ['may be a backdate longer than the maximum', { notAfter: '24h' }, -minute, day],
  ])('%s', async (_, bounds, notBefore, notAfter) => {
    const { certificate } = await ca.sign(bounds)
    expect(secondsFromStart(certificate.validity.notBefore)).toBe(notBefore)
    expect(secondsFromStart(certificate.validity.notAfter)).toBe(notAfter)
  })

  test.each<[string, Bounds, string, string]>([
    [
      'too short',
      { notAfter: '1m' },
      'lifetime_too_short',
      'requested duration of 2m0s is less than the authorized minimum certificate duration of 5m0s',
    ],
    [
      'too long',
      { notAfter: '48h' },
      'lifetime_too_long',
      'requested duration of 48h1m0s is more than the authorized maximum certificate duration of 24h1m0s',
    ],
    [
      'a second too long',
      { notAfter: '24h0m1s' },
      'lifetime_too_long',
      'requested duration of 24h1m1s is more than the authorized maximum certificate duration of 24h1m0s',
    ],
    [
      'in the past',
      { notAfter: '2020-01-01T00:00:00Z' },
      'validity_in_the_past',
      'notAfter cannot be in the past; na=2020-01-01 00:00:00 +0000 UTC',
    ],
    [
      'inverted',
      { notBefore: '5h', notAfter: '-1h' },
      'validity_inverted',
      'notAfter cannot be before notBefore; na=2026-11-23 12:00:00 +0000 UTC, nb=2026-11-23 13:00:00 +0000 UTC',
    ],
    ['no time', { notAfter: 'tomorrow' }, 'time_malformed', 'error decoding json'],
    ['in days', { notAfter: '1d' }, 'time_malformed', 'error decoding json'],
    ['no date', { notBefore: new Date(Number.NaN) }, 'time_malformed', 'error decoding json'],
    [
      'beyond what a date can be',
      { notAfter: '999999999999h' },
      'time_malformed',
      'error decoding json',
    ],
  ])('is refused when %s', async (_, bounds, code, message) => {
    expect(await refusalOf(ca.sign(bounds))).toEqual({ code, message })
  })

  test('is told to the log in its beginning when it is long', async () => {
    await expect(ca.sign({ notAfter: '1h'.repeat(100_000) })).rejects.toMatchObject({
      code: 'time_malformed',
      detail: `"${'1h'.repeat(50)}…" is neither an RFC 3339 time nor a duration`,
    })
  })

  test('is within the claims, whatever is asked', async () => {
    const offset = fc.integer({ min: -100_000, max: 200_000 }).map((seconds) => `${seconds}s`)
    const bounds = fc.record({ notBefore: fc.option(offset, { nil: '' }), notAfter: offset })
    await fc.assert(
      fc.asyncProperty(bounds, async (each) => {
        const issued = await ca.sign(each).catch(() => undefined)
        if (issued === undefined) return
        const { notBefore, notAfter } = issued.certificate.validity
        const seconds = secondsFromStart(notAfter) - secondsFromStart(notBefore)
        expect(seconds).toBeLessThanOrEqual(day + minute)
        expect(seconds).toBeGreaterThanOrEqual(5 * minute)
        expect(secondsFromStart(notAfter)).toBeGreaterThanOrEqual(0)
      }),
    )
  })

  test('follows the backdate of the configuration', async () => {
    const authority = ca.again({ backdateSeconds: 0 })
    const { certificate } = await authority.sign(await request())
    expect(secondsFromStart(certificate.validity.notBefore)).toBe(0)
    const { message } = await refusalOf(authority.sign({ ...(await request()), notAfter: '24h1s' }))
    expect(message).toMatch(/maximum certificate duration of 24h0m0s$/)
  })

  test("follows the provisioner's own claims", async () => {
    const short = await createTestAuthority({
      pki: ca.pki,
      provisioner: { claims: { maxTLSCertDuration: '1h', defaultTLSCertDuration: '30m' } },
    })
    const { certificate } = await short.sign()
    expect(secondsFromStart(certificate.validity.notAfter)).toBe(hour / 2)
    expect((await refusalOf(short.sign({ notAfter: '2h' }))).code).toBe('lifetime_too_long')
  })
})

async function request(): Promise<SignRequest> {
  return {
    certificationRequest: await sharedRequest(),
    oneTimeToken: await ca.token(),
    requestId: 'request-1',
  }
}

function secondsFromStart(time: Date): number {
  return (time.getTime() - Math.floor(start.getTime() / 1000) * 1000) / 1000
}

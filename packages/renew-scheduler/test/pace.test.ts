import { CaClientError } from '@mayfly/ca-client'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { benchStart, createDaemonBench } from './support/daemon-bench.ts'
import { backdate } from './support/virtual-ca.ts'

const second = 1000
const minute = 60 * second
const year = 365 * 24 * 60 * minute
const runs = process.env.MAYFLY_TEST_LONG === undefined ? 15 : 1000
const mostAttempts = 40

/** From a minute to ten years, each magnitude as often. */
const lifetimes = fc
  .double({ min: 0, max: 1, noNaN: true })
  .map((share) => Math.round(minute * ((10 * year) / minute) ** share))
const shares = fc.double({ min: 0, max: 3, noNaN: true })
const wishes = fc.record(
  { expiresIn: shares, renewPeriod: fc.oneof(shares, fc.constant(0), fc.constant(-1)) },
  { requiredKeys: [] },
)
const octets = fc.infiniteStream(fc.integer({ min: 0, max: 255 }))
const jumps = fc.array(
  fc.record({
    after: fc.double({ min: 0, max: 1, noNaN: true }),
    by: fc.double({ min: -3, max: 3, noNaN: true }),
  }),
  { maxLength: 4 },
)
const outcomes = fc.array(fc.boolean(), { maxLength: 20 })

interface Moment {
  readonly elapsed: number
  readonly wall: number
  readonly hasRenewed: boolean
}

/** Lets a daemon work for some lifetimes, or forty attempts, and tells when those were. */
async function watch(
  lifetime: number,
  wish: { readonly expiresIn?: number; readonly renewPeriod?: number },
  clockJumps: readonly { readonly after: number; readonly by: number }[],
  failures: readonly boolean[],
  drawn: Iterator<number>,
) {
  const random = (length: number) => Uint8Array.from({ length }, () => drawn.next().value ?? 0)
  await using bench = await createDaemonBench(lifetime, random)
  const { clock, ca } = bench
  const attempts: Moment[] = []
  const pending = [...failures]
  ca.onRequest = () => {
    if (pending.shift() === true) throw new CaClientError('unreachable', 'not now')
  }
  const period = wish.renewPeriod === undefined ? undefined : wish.renewPeriod * lifetime
  let hasExpired = false
  const { end } = bench.start({
    key: bench.privateKey,
    expiresInMilliseconds: wish.expiresIn === undefined ? undefined : wish.expiresIn * lifetime,
    renewPeriodMilliseconds: period,
    // As many looks in a lifetime of years as in one of an hour.
    lookEveryMilliseconds: Math.max(minute, lifetime / 50),
    onEvent: ({ type }: { readonly type: string }) => {
      if (type === 'expired') hasExpired = true
      if (type !== 'failed' && type !== 'renewed') return
      const wall = clock.now().getTime() - benchStart.getTime()
      attempts.push({ elapsed: clock.elapsed, wall, hasRenewed: type === 'renewed' })
      if (attempts.length === mostAttempts) ending = end()
    },
  })
  let ending: Promise<void> | undefined
  for (const { after, by } of clockJumps) {
    await clock.runUntil(clock.elapsed + after * lifetime)
    clock.jump(by * lifetime)
  }
  await clock.runUntil(clock.elapsed + 3 * lifetime)
  await ending
  return { attempts, hasExpired, period }
}

/** By the clock on the wall or by what has really gone by: a daemon cannot know better. */
function gapsOf(moments: readonly Moment[]): readonly number[] {
  return moments.slice(1).map(({ elapsed, wall }, index) => {
    const before = moments[index]
    return before === undefined ? 0 : Math.max(elapsed - before.elapsed, wall - before.wall)
  })
}

test('renewals are a tenth of the lifetime apart, whatever options, clock and CA do', async () => {
  const property = fc.asyncProperty(
    lifetimes,
    wishes,
    jumps,
    outcomes,
    octets,
    async (lifetime, wish, clockJumps, failures, drawn) => {
      const { attempts, period } = await watch(lifetime, wish, clockJumps, failures, drawn)
      const tenth = (lifetime + backdate) / 10
      // A period that is asked for may be shorter, down to a second.
      const gap = Math.min(tenth, Math.max(second, period ?? tenth))
      for (const actual of gapsOf(attempts.filter(({ hasRenewed }) => hasRenewed))) {
        expect(actual).toBeGreaterThanOrEqual(gap - second)
      }
      // After a failure the next attempt is four fifths of a minute off, or of a tenth of a short lifetime.
      const pause = 0.8 * Math.min(minute, tenth)
      gapsOf(attempts).forEach((actual, index) => {
        const least = attempts[index]?.hasRenewed === true ? gap - second : pause - second
        expect(actual).toBeGreaterThanOrEqual(least)
      })
    },
  )
  await fc.assert(property, { numRuns: runs })
})

test('no certificate ends while the CA answers and clocks go right', async () => {
  const property = fc.asyncProperty(lifetimes, wishes, octets, async (lifetime, wish, drawn) => {
    const { attempts, hasExpired } = await watch(lifetime, wish, [], [], drawn)
    expect(hasExpired).toBe(false)
    expect(attempts.every(({ hasRenewed }) => hasRenewed)).toBe(true)
    expect(attempts.length).toBeGreaterThanOrEqual(2)
  })
  await fc.assert(property, { numRuns: runs })
})

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createDaemonBench, type DaemonBench } from './support/daemon-bench.ts'

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour
/** Two thirds of a lifetime that began a minute before. */
const twoThirds = ((day + minute) * 2) / 3 - minute
/** As often as a daemon looks that nobody tells otherwise. */
const looking = { lookEveryMilliseconds: undefined }

let bench: DaemonBench
beforeEach(async () => {
  bench = await createDaemonBench()
})
afterEach(() => bench[Symbol.asyncDispose]())

describe('a clock', () => {
  test('that leaps ahead, as when a laptop slept, is noticed within a minute', async () => {
    bench.start(looking)
    await bench.clock.runUntil(hour)
    bench.clock.jump(20 * hour)
    await bench.clock.runUntil(hour + minute)
    // The CA’s clock is right: what it gives looks old, and is left to rest for a tenth of its lifetime.
    expect(bench.types()).toEqual(['scheduled', 'renewed'])
    expect(bench.events[1]).toMatchObject({ nextInMilliseconds: (day + minute) / 10 })
  })

  test.each([-hour, -10 * hour, -400 * day])(
    'that is set back by %d ms puts nothing off',
    async (jump) => {
      bench.start()
      await bench.clock.runUntil(hour)
      bench.clock.jump(jump)
      await bench.clock.runUntil(twoThirds)
      expect(bench.types()).toEqual(['scheduled', 'renewed'])
      expect(bench.events[1]?.elapsed).toBe(twoThirds)
    },
  )

  test('that is behind takes a certificate which is not yet valid for new', async () => {
    bench.clock.jump(-400 * day)
    bench.start()
    await bench.clock.runUntil(26 * hour)
    expect(bench.events[0]).toMatchObject({ inMilliseconds: ((day + minute) * 2) / 3 })
    expect(bench.types().slice(1)).toEqual(['renewed'])
  })
})

describe('what would let it wait for nothing, over and over, is refused:', () => {
  test.each<[object, string]>([
    [{ expiresInMilliseconds: Number.NaN }, 'expiresInMilliseconds is NaN'],
    [{ renewPeriodMilliseconds: Number.NaN }, 'renewPeriodMilliseconds is NaN'],
    [{ renewPeriodMilliseconds: Number.POSITIVE_INFINITY }, 'renewPeriodMilliseconds is Infinity'],
    [{ lookEveryMilliseconds: Number.NaN }, 'lookEveryMilliseconds is NaN'],
    [{ lookEveryMilliseconds: 0 }, 'lookEveryMilliseconds is 0'],
    [{ lookEveryMilliseconds: -1 }, 'lookEveryMilliseconds is -1'],
    [{ clock: { now: () => new Date(Number.NaN) } }, 'the clock tells no time'],
  ])('%j', (options, message) => {
    expect(() => bench.start(options)).toThrow(TypeError)
    expect(() => bench.start(options)).toThrow(message)
  })

  test('a clock that tells no time any more stands still, and the waits count', async () => {
    let isBroken = false
    const clock = {
      now: () => (isBroken ? new Date(Number.NaN) : bench.clock.now()),
      wait: bench.clock.wait,
    }
    const { daemon } = bench.start({ clock })
    await bench.clock.runUntil(hour)
    isBroken = true
    await bench.clock.runUntil(twoThirds)
    expect(bench.types()).toEqual(['scheduled', 'renewed'])
    bench.ca.isDown = true
    daemon.renewNow()
    await bench.clock.runUntil(twoThirds + minute)
    expect(bench.types().slice(2)).toEqual(['failed', 'failed'])
    expect(daemon.status()).toMatchObject({ state: 'retrying' })
  })
})

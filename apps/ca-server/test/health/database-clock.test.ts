import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { type DatabaseClock, watchDatabaseClock } from '../../src/health/database-clock.ts'

/** Two clocks that run apart, and a way between them that takes its time. */
class Fixture {
  readonly lines: string[] = []
  readonly clock: DatabaseClock
  /** Milliseconds that this machine is ahead. */
  ahead: number
  roundTripMilliseconds = 0
  isGone = false
  looks = 0
  isCancelled = false
  #ring: (() => void) | undefined
  #elapsed = 0

  constructor(kind: 'postgresql' | 'sqlite' = 'postgresql', ahead = 0) {
    this.ahead = ahead
    this.clock = watchDatabaseClock({
      store: { kind, readClock: () => this.#readClock() },
      log: (line) => this.lines.push(line),
      now: () => new Date(this.#elapsed + this.ahead),
      monotonicMilliseconds: () => this.#elapsed,
      setTimer: (callback, milliseconds) => {
        expect(milliseconds).toBe(10_000)
        this.#ring = callback
        return () => {
          this.isCancelled = true
        }
      },
    })
  }

  async #readClock(): Promise<Date> {
    this.looks += 1
    // The answer is read on the way, at its worst just before it comes back.
    const read = new Date(this.#elapsed)
    this.#elapsed += this.roundTripMilliseconds
    if (this.isGone) throw new Error('gone')
    return read
  }

  async lookAgain(): Promise<void> {
    await setImmediate()
    this.#ring?.()
    await setImmediate()
  }
}

test.each([
  { ahead: 0, refusal: undefined },
  { ahead: 30_000, refusal: undefined },
  { ahead: -30_000, refusal: undefined },
  { ahead: 30_100, refusal: "this machine's clock is 30.1 s ahead of the database's" },
  { ahead: -300_000, refusal: "this machine's clock is 300.0 s behind the database's" },
])('of $ahead ms it says: $refusal', async ({ ahead, refusal }) => {
  const { clock, lines } = new Fixture('postgresql', ahead)
  await setImmediate()
  expect(clock.offsetSeconds).toBe(ahead / 1000)
  if (refusal === undefined) clock.assertClose()
  else expect(() => clock.assertClose()).toThrow(refusal)
  expect(lines).toEqual(
    refusal === undefined ? [] : [`clock: ${refusal}: not ready until that is mended`],
  )
})

test('it looks every ten seconds, and tells each change once', async () => {
  const fixture = new Fixture()
  for (const ahead of [0, 40_000, 41_000, 42_000, 29_000, 0]) {
    fixture.ahead = ahead
    await fixture.lookAgain()
  }
  expect(fixture.lines).toEqual([
    "clock: this machine's clock is 40.0 s ahead of the database's: not ready until that is mended",
    "clock: this machine's clock is 29.0 s ahead of the database's: near enough again",
  ])
  fixture.clock.assertClose()
})

test('what is lost on the way counts for nobody', async () => {
  const fixture = new Fixture()
  fixture.roundTripMilliseconds = 12_000
  fixture.ahead = 29_000
  await fixture.lookAgain()
  expect(fixture.clock.offsetSeconds).toBe(35)
  fixture.clock.assertClose()
})

test('a database that does not answer changes nothing', async () => {
  const fixture = new Fixture()
  fixture.ahead = 40_000
  await fixture.lookAgain()
  fixture.isGone = true
  fixture.ahead = 0
  await fixture.lookAgain()
  expect(() => fixture.clock.assertClose()).toThrow('40.0 s')
  fixture.isGone = false
  await fixture.lookAgain()
  fixture.clock.assertClose()
})

test('a database in a file has no clock of its own', async () => {
  const { clock, looks } = new Fixture('sqlite', 86_400_000)
  await setImmediate()
  expect([looks, clock.offsetSeconds]).toEqual([0, undefined])
  clock.assertClose()
})

test('it ends when it is told to', async () => {
  const fixture = new Fixture()
  await setImmediate()
  fixture.clock.stop()
  expect(fixture.isCancelled).toBe(true)
})

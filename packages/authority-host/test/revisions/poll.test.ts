import { expect, test } from 'vitest'
import { startPoll } from '../../src/revisions/poll.ts'

/** Timers that go off by hand. */
function createTimers(): {
  readonly pauses: number[]
  setTimer(callback: () => void, milliseconds: number): () => void
  fire(): Promise<void>
} {
  const pauses: number[] = []
  let due: (() => void) | undefined
  return {
    pauses,
    setTimer: (callback, milliseconds) => {
      expect(due).toBeUndefined()
      pauses.push(milliseconds)
      due = callback
      return () => {
        due = undefined
      }
    },
    fire: async () => {
      const callback = due
      due = undefined
      callback?.()
      // The look and what comes after it.
      for (let turn = 0; turn < 5; turn += 1) await Promise.resolve()
    },
  }
}

test('a poll looks four times a second, seldom while looks fail, and as before when they work', async () => {
  const timers = createTimers()
  let isBroken = false
  const look = async (): Promise<void> => {
    if (isBroken) throw new Error('away')
  }
  startPoll({ look, setTimer: timers.setTimer, random: () => new Uint8Array([0]) })
  await timers.fire()
  isBroken = true
  for (let turn = 0; turn < 5; turn += 1) await timers.fire()
  isBroken = false
  await timers.fire()
  expect(timers.pauses).toEqual([250, 250, 500, 1000, 2000, 2000, 2000, 250])
})

test('a poll never looks twice at once, and not at all once it is stopped', async () => {
  const timers = createTimers()
  const gate = Promise.withResolvers<void>()
  let looks = 0
  const poll = startPoll({
    look: () => {
      looks += 1
      return gate.promise
    },
    setTimer: timers.setTimer,
    random: () => new Uint8Array([255]),
  })
  await timers.fire()
  await timers.fire()
  expect(looks).toBe(1)
  poll.stop()
  gate.resolve()
  await timers.fire()
  await timers.fire()
  expect(looks).toBe(1)
  expect(timers.pauses).toEqual([200])
})

import { createSystemClock } from '@mayfly/renew-scheduler'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Starts a wait and tells whether it has ended. */
function wait(milliseconds: number, signal: AbortSignal = new AbortController().signal) {
  const state = { isOver: false }
  void createSystemClock()
    .wait(milliseconds, signal)
    .then(() => {
      state.isOver = true
    })
  return state
}

test('waits longer than a timer can', async () => {
  const year = 365 * 86_400_000
  const state = wait(year)
  await vi.advanceTimersByTimeAsync(year - 1)
  expect(state.isOver).toBe(false)
  await vi.advanceTimersByTimeAsync(1)
  expect(state.isOver).toBe(true)
})

test.each([0, -1])('does not wait for %d ms', async (milliseconds) => {
  const state = wait(milliseconds)
  await vi.advanceTimersByTimeAsync(0)
  expect(state.isOver).toBe(true)
})

test('ends a wait when told to, and leaves no timer', async () => {
  const ending = new AbortController()
  const state = wait(86_400_000, ending.signal)
  const before = wait(86_400_000, AbortSignal.abort())
  await vi.advanceTimersByTimeAsync(0)
  expect([state.isOver, before.isOver]).toEqual([false, true])
  ending.abort()
  await vi.advanceTimersByTimeAsync(0)
  expect(state.isOver).toBe(true)
  expect(vi.getTimerCount()).toBe(0)
})

test('tells the time of this machine', () => {
  vi.setSystemTime(new Date('2026-11-23T08:00:00Z'))
  expect(createSystemClock().now()).toEqual(new Date('2026-11-23T08:00:00Z'))
})

import { describe, expect, test } from 'vitest'
import { startRenewalTimer } from '../../src/https/serving-certificate.ts'

const hour = 3_600_000
const minute = 60_000
const start = Date.UTC(2026, 10, 23)
const validityFrom = (time: number) => ({
  notBefore: new Date(time - minute),
  notAfter: new Date(time + 24 * hour),
})

/** Timers that fire when the clock is told to pass them. */
function createWorld(renew: (now: number) => Promise<void> = async () => undefined) {
  let time = start
  let pending: { at: number; callback: () => void } | undefined
  const renewals: number[] = []
  const failures: unknown[] = []
  const timer = startRenewalTimer({
    validity: validityFrom(start),
    renew: async () => {
      renewals.push(time - start)
      await renew(time)
      return validityFrom(time)
    },
    onFailure: (error) => failures.push(error),
    now: () => new Date(time),
    random: (length) => new Uint8Array(length),
    setTimer: (callback, milliseconds) => {
      pending = { at: time + milliseconds, callback }
      return () => {
        pending = undefined
      }
    },
  })
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve))
  return {
    timer,
    renewals,
    failures,
    isArmed: () => pending !== undefined,
    jump: (milliseconds: number) => {
      time += milliseconds
    },
    pass: async (milliseconds: number) => {
      const end = time + milliseconds
      while (pending !== undefined && pending.at <= end) {
        const { at, callback } = pending
        pending = undefined
        time = Math.max(time, at)
        callback()
        await settle()
      }
      time = Math.max(time, end)
    },
  }
}

describe('the renewal of the serving certificate', () => {
  test('comes when a third of its life is left', async () => {
    const world = createWorld()
    await world.pass(16 * hour - 1)
    expect(world.renewals).toEqual([])
    await world.pass(1)
    expect(world.renewals).toEqual([16 * hour])
    await world.pass(16 * hour)
    expect(world.renewals).toEqual([16 * hour, 32 * hour])
  })

  test('comes within a minute after the machine slept past it', async () => {
    const world = createWorld()
    world.jump(20 * hour)
    await world.pass(minute)
    expect(world.renewals).toHaveLength(1)
  })

  test('is tried again after a fortieth of the life, and told', async () => {
    let failing = true
    const world = createWorld(async () => {
      if (failing) throw new Error('no')
    })
    await world.pass(16 * hour)
    expect(world.failures).toEqual([new Error('no')])
    failing = false
    await world.pass(36 * minute)
    expect(world.renewals).toEqual([16 * hour, 16 * hour + 36 * minute])
    expect(world.failures).toHaveLength(1)
  })

  test('ends when it is stopped', async () => {
    const world = createWorld()
    world.timer.stop()
    expect(world.isArmed()).toBe(false)
  })
})

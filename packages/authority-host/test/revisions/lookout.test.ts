import { describe, expect, test } from 'vitest'
import { createLookout } from '../../src/revisions/lookout.ts'

describe('a lookout', () => {
  test('serves all who ask before a look begins by one', async () => {
    let looks = 0
    const lookout = createLookout(
      async () => {
        looks += 1
      },
      { gapMilliseconds: 0 },
    )
    await Promise.all([lookout(), lookout(), lookout()])
    expect(looks).toBe(1)
  })

  test('begins another one for whoever asks while one runs, and never two at once', async () => {
    let running = 0
    let looks = 0
    const gate = Promise.withResolvers<void>()
    const lookout = createLookout(
      async () => {
        running += 1
        looks += 1
        expect(running).toBe(1)
        await gate.promise
        running -= 1
      },
      { gapMilliseconds: 0 },
    )
    const first = lookout()
    await expect.poll(() => looks).toBe(1)
    const later = [lookout(), lookout()]
    expect(looks).toBe(1)
    gate.resolve()
    await Promise.all([first, ...later])
    expect(looks).toBe(2)
  })

  test('tells each of those it served how the look failed, and goes on', async () => {
    let isBroken = true
    const lookout = createLookout(
      async () => {
        if (isBroken) throw new Error('away')
      },
      { gapMilliseconds: 0 },
    )
    const asked = await Promise.allSettled([lookout(), lookout()])
    expect(asked.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    isBroken = false
    await expect(lookout()).resolves.toBeUndefined()
  })

  test('looks a few times a second at most, however many ask', async () => {
    const begun: number[] = []
    const lookout = createLookout(async () => void begun.push(performance.now()), {
      gapMilliseconds: 30,
    })
    for (let turn = 0; turn < 4; turn += 1) await Promise.all([lookout(), lookout(), lookout()])
    expect(begun).toHaveLength(4)
    // Timers may fire a millisecond early.
    for (const [index, time] of begun.slice(1).entries()) {
      expect(time - (begun[index] ?? 0)).toBeGreaterThanOrEqual(28)
    }
  })
})

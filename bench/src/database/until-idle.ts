import { setTimeout } from 'node:timers/promises'

/** Waits, for two minutes at most, until a server uses next to no time: it goes on writing what it was given long after. */
export async function untilIdle(cpuMilliseconds: () => number): Promise<void> {
  for (let second = 0; second < 120; second += 2) {
    const before = cpuMilliseconds()
    await setTimeout(2000)
    if (cpuMilliseconds() - before < 40) return
  }
}

/** Lets so many tasks run at once; the others wait in line. */
export function createTurns(maximum: number): (task: () => Promise<void>) => Promise<void> {
  const waiting: (() => void)[] = []
  let free = maximum
  return async (task) => {
    if (free > 0) free -= 1
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      await task()
    } finally {
      const next = waiting.shift()
      if (next === undefined) free += 1
      else next()
    }
  }
}

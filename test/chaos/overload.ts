import type { Instance } from './instance.ts'
import type { Recorder } from './recorder.ts'

/**
 * Notes when the machine itself is late: what instances then owe within a time, they cannot be held to. Nothing else is
 * forgiven.
 */
export function watchOverload(
  instances: readonly Instance[],
  recorder: Recorder,
  now: () => number,
): { end(): void; readonly times: number } {
  const names = instances.map(({ name }) => name)
  let expected = now() + intervalMilliseconds
  let times = 0
  const timer = setInterval(() => {
    const late = now() - expected
    expected = now() + intervalMilliseconds
    if (late < lateMilliseconds) return
    times += 1
    recorder.disrupt(names, { since: late })()
  }, intervalMilliseconds)
  return {
    end: () => clearInterval(timer),
    get times() {
      return times
    },
  }
}

const intervalMilliseconds = 50
const lateMilliseconds = 200

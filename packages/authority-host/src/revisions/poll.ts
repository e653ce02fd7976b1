/** Calls back after some milliseconds; returns what ends that. */
export type SetTimer = (callback: () => void, milliseconds: number) => () => void

/** What is done again and again. */
export interface PollOptions {
  readonly look: () => Promise<unknown>
  readonly setTimer: SetTimer
  readonly random: (length: number) => Uint8Array
}

/**
 * Looks four times a second until it is stopped, one look after the other. While looks fail, as they do without a database,
 * the pauses grow to two seconds.
 */
export function startPoll({ look, setTimer, random }: PollOptions): { stop(): void } {
  let pause = shortestPause
  let isStopped = false
  let cancel = arm()

  function arm(): () => void {
    return setTimer(() => void turn(), withJitter(pause, random))
  }

  async function turn(): Promise<void> {
    try {
      await look()
      pause = shortestPause
    } catch {
      // Whoever looks tells of it.
      pause = Math.min(pause * 2, longestPause)
    }
    if (!isStopped) cancel = arm()
  }

  return {
    stop: () => {
      isStopped = true
      cancel()
    },
  }
}

const shortestPause = 250
const longestPause = 2000

/** Between four fifths and the whole, so that instances that were started together do not ask together. */
function withJitter(milliseconds: number, random: PollOptions['random']): number {
  const [octet = 0] = random(1)
  return milliseconds * (1 - octet / 255 / 5)
}

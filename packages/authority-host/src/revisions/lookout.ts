import { setTimeout } from 'node:timers/promises'

/** Asks for a look; resolves when one that began after the call has ended, and rejects as that one does. */
export type Lookout = () => Promise<void>

/**
 * Makes one look serve all who ask meanwhile. Looks never overlap, and begin no sooner than `gapMilliseconds` after one
 * another, however often they are asked for.
 */
export function createLookout(
  look: () => Promise<void>,
  { gapMilliseconds }: { readonly gapMilliseconds: number },
): Lookout {
  let running: Promise<void> = Promise.resolve()
  let next: Promise<void> | undefined
  let begunAt = Number.NEGATIVE_INFINITY

  async function begin(): Promise<void> {
    // How it ended was told to those who asked for it.
    await running.catch(() => undefined)
    const pause = begunAt + gapMilliseconds - performance.now()
    if (pause > 0) await setTimeout(pause)
    begunAt = performance.now()
    next = undefined
    running = look()
    await running
  }

  return () => {
    next ??= begin()
    return next
  }
}

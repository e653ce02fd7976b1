import type { Disruption, Operation, Span } from './history.ts'

/** Notes what was done, when it began and ended, and what came of it. */
export interface Recorder {
  /** Does something and says when. */
  time<Given>(deed: () => Promise<Given>): Promise<{ readonly given: Given; readonly span: Span }>
  /** Adds what is worded at the end, when all logs are read; `undefined` is left out. */
  add(word: () => Operation | undefined): void
  /** From now, or so many milliseconds ago, until the returned function is called, and for a while longer. */
  disrupt(instances: readonly string[], options?: { readonly since: number }): () => void
  /** All that was done. */
  close(): {
    readonly operations: readonly Operation[]
    readonly disruptions: readonly Disruption[]
  }
}

/** What an instance may take to be itself again. */
const recoveryMilliseconds = 2000

/** `now` is a monotonic clock in milliseconds. */
export function createRecorder(now: () => number): Recorder {
  const words: (() => Operation | undefined)[] = []
  const disruptions: { instance: string; begin: number; end: number }[] = []
  return {
    time: async (deed) => {
      const begin = now()
      const given = await deed()
      return { given, span: { begin, end: now() } }
    },
    add: (word) => {
      words.push(word)
    },
    disrupt: (instances, { since } = { since: 0 }) => {
      const begin = now() - since
      const own = instances.map((instance) => ({ instance, begin, end: Number.POSITIVE_INFINITY }))
      disruptions.push(...own)
      return () => {
        for (const each of own) each.end = now() + recoveryMilliseconds
      }
    },
    close: () => ({ operations: words.flatMap((word) => word() ?? []), disruptions }),
  }
}

/** Told to end by a signal. */
class Interruption extends Error {
  override readonly name = 'Interruption'
}

/** Resolves as `work` does, or rejects with an {@link Interruption} when the process is told to end meanwhile. */
export type OrInterrupted = <T>(work: Promise<T>) => Promise<T>

/**
 * Takes over the signals that would end the process at once, so that servers, databases and folders of a measurement go
 * on the way out. What is under way goes on until `process.exit`.
 */
export function watchInterruption(): OrInterrupted {
  const { promise, reject } = Promise.withResolvers<never>()
  promise.catch(() => undefined)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => reject(new Interruption(`ended by ${signal}`)))
  }
  return (work) => Promise.race([work, promise])
}

/** Says on stderr why a command ended, unless it is an error of its own, which is thrown on. */
export function endWith(error: unknown): void {
  const isInterrupted = error instanceof Interruption
  if (!isInterrupted && !(error instanceof TypeError)) throw error
  process.stderr.write(`bench: ${error.message}\n`)
  if (isInterrupted) process.exit(1)
  process.exitCode = 1
}

/** Tells the time and waits; {@link createSystemClock} is the real one. */
export interface Clock {
  now(): Date
  /** Resolves after so many milliseconds, or as soon as `signal` is aborted; never rejects. */
  wait(milliseconds: number, signal: AbortSignal): Promise<void>
}

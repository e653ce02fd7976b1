import type { SetTimer } from '../https/serving-certificate.ts'
import type { LineWriter } from '../log/line-writer.ts'

/** The signals that the server heeds. */
export type SignalName = 'SIGINT' | 'SIGTERM' | 'SIGHUP'

/** Where signals arrive; `process` is one. */
export interface SignalSource {
  on(signal: SignalName, listener: () => void): unknown
  off(signal: SignalName, listener: () => void): unknown
}

/** The world outside the server: streams, environment, signals, terminal, clock, randomness. */
export interface Io {
  readonly stdout: { write(text: string): unknown }
  /** Everything that is told beside results: both logs and what went wrong. */
  readonly stderr: Pick<LineWriter, 'write' | 'findDelay'>
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly signals: SignalSource
  readonly platform: { readonly platform: string; readonly arch: string }
  readonly hostName: string
  readonly processId: number
  readonly now: () => Date
  /** Milliseconds of a clock that is never set. */
  readonly monotonicMilliseconds: () => number
  readonly random: (length: number) => Uint8Array
  readonly setTimer: SetTimer
  /**
   * Asks a person at the terminal for a password, which is not shown.
   *
   * @throws {ServerError} `terminal_unavailable`.
   */
  askPassword(prompt: string): Promise<string>
}

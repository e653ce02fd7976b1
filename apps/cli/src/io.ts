import type { Readable, Writable } from 'node:stream'
import type { Terminal } from './terminal/terminal.ts'

/** The world outside a command: streams, environment, terminal, clock, randomness, processes. */
export interface Io {
  readonly stdin: Readable
  readonly stdout: Writable
  readonly stderr: Writable
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly now: () => Date
  readonly random: (length: number) => Uint8Array
  /**
   * The terminal for questions: standard input if it is one, else `/dev/tty`; the same at each call.
   *
   * @throws {CommandError} `terminal_unavailable` where there is none.
   */
  openTerminal(): Promise<Terminal>
  /** Runs a program with our own streams and returns its exit status. */
  execute(program: string, words: readonly string[], options?: ExecuteOptions): Promise<number>
  /** Sends the signal with number `signal` to the process `pid`. */
  sendSignal(pid: number, signal: number): void
}

/** How {@link Io.execute} runs a program. */
export interface ExecuteOptions {
  /** What the program prints goes to standard error, where it does not mix with results. */
  readonly outputTo?: 'stderr'
  /** Once aborted, the program has five seconds to end by itself; then it gets SIGTERM, and two seconds later SIGKILL. */
  readonly stop?: AbortSignal | undefined
}

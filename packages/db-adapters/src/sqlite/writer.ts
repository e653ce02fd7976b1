import type { UnitMessage, UnitResult } from './unit-message.ts'
import type { WriterOptions } from './writer-message.ts'
import { WriterThread } from './writer-thread.ts'

/** The writer of one database file: a thread, and a new one whenever the last has died. */
export class Writer {
  readonly #options: WriterOptions
  #thread: WriterThread | undefined

  constructor(options: WriterOptions) {
    this.#options = options
  }

  /** Starts the thread, unless it runs. Not to be called twice at once. */
  async start(): Promise<WriterThread> {
    if (this.#thread?.alive) return this.#thread
    this.#thread = await WriterThread.start(this.#options)
    return this.#thread
  }

  /** Commits a batch whose oldest unit has waited so long already. Not to be called twice at once. */
  async commit(
    units: readonly UnitMessage[],
    waitedMilliseconds: number,
  ): Promise<readonly UnitResult[]> {
    const thread = await this.start()
    const { busyTimeoutMilliseconds } = this.#options
    return thread.commit(units, Math.max(0, busyTimeoutMilliseconds - waitedMilliseconds))
  }

  /** Ends the thread. Nothing may be under way. */
  async close(): Promise<void> {
    await this.#thread?.close()
  }
}

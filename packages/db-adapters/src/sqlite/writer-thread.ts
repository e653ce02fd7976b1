import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { StoreError, type StoreErrorCode } from '../errors.ts'
import { parseFailure, type UnitMessage, type UnitResult } from './unit-message.ts'
import type { WriterAnswer, WriterOptions, WriterRequest } from './writer-message.ts'

/** This end of the writer's thread. It keeps the process alive only while it is asked something. */
export class WriterThread {
  readonly #worker: Worker
  readonly #ended: Promise<void>
  #asked: PromiseWithResolvers<WriterAnswer> | undefined
  #cause: unknown
  #alive = true

  /**
   * Starts a thread and opens its database.
   *
   * @throws {StoreError} as `openSqliteStore`.
   */
  static async start(options: WriterOptions): Promise<WriterThread> {
    const thread = new WriterThread(options)
    const answer = await thread.#answer('store_unavailable')
    if (answer.kind === 'failed') {
      await thread.#ended
      throw parseFailure(answer.failure)
    }
    return thread
  }

  private constructor(options: WriterOptions) {
    this.#worker = new Worker(writerUrl, {
      name: 'sqlite-writer',
      workerData: options,
      ...execArgvOfThread(process.execArgv),
    })
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#ended = promise
    this.#worker.on('message', (answer: WriterAnswer) => this.#settle(answer))
    this.#worker.on('error', (error) => {
      this.#cause = error
    })
    this.#worker.on('exit', () => {
      this.#alive = false
      this.#asked?.reject(this.#cause)
      resolve()
    })
  }

  /** Whether it may be asked. A thread that died is not used again. */
  get alive(): boolean {
    return this.#alive
  }

  /**
   * Commits a batch; see `CommitBatch`.
   *
   * @throws {StoreError} `commit_uncertain` when the thread dies over it; its connection is closed by then.
   */
  async commit(
    units: readonly UnitMessage[],
    waitMilliseconds: number,
  ): Promise<readonly UnitResult[]> {
    this.#worker.ref()
    this.#tell({ kind: 'commit', units, waitMilliseconds })
    const answer = await this.#answer('commit_uncertain')
    return answer.kind === 'committed' ? answer.results : []
  }

  /** Closes the database and ends the thread. Nothing may be under way. */
  async close(): Promise<void> {
    if (!this.#alive) return
    this.#worker.ref()
    this.#tell({ kind: 'close' })
    await this.#ended
  }

  #tell(request: WriterRequest): void {
    this.#worker.postMessage(request)
  }

  /** Resolves with the next answer, or rejects with `code` if the thread ends instead. */
  async #answer(code: StoreErrorCode): Promise<WriterAnswer> {
    this.#asked = Promise.withResolvers<WriterAnswer>()
    try {
      return await this.#asked.promise
    } catch (cause) {
      const reason = cause instanceof Error ? `: ${cause.message}` : ''
      const message = `the thread that writes the database ended unexpectedly${reason}`
      throw new StoreError(code, message, { cause, hint: 'try again' })
    }
  }

  #settle(answer: WriterAnswer): void {
    if (answer.kind !== 'failed') this.#worker.unref()
    this.#asked?.resolve(answer)
    this.#asked = undefined
  }
}

/**
 * Left to itself a thread takes over the options of its process, those that none may be started with included (of
 * memory, say). Only one must not reach it, for it is refused where a file is run.
 */
function execArgvOfThread(execArgv: readonly string[]): { execArgv?: string[] } {
  return execArgv.some((option) => option.startsWith('--input-type')) ? { execArgv: [] } : {}
}

/**
 * Beside this file, with its extension, whatever that is: `.ts` among the sources, `.js` in this
 * package's `dist`, `.mjs` in the flat `dist` of an application that bundles this package.
 */
const writerUrl = new URL(`./sqlite-writer${extname(import.meta.url)}`, import.meta.url)

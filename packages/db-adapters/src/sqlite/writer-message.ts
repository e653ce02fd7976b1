import type { BatchTarget } from './batch.ts'
import type { Failure, UnitMessage, UnitResult } from './unit-message.ts'
import type { WriterDatabaseOptions } from './writer-database.ts'

/** What the writer's thread is started with. */
export type WriterOptions = WriterDatabaseOptions & BatchTarget

/** What the writer's thread is asked, one thing at a time. */
export type WriterRequest =
  | {
      readonly kind: 'commit'
      readonly units: readonly UnitMessage[]
      /** How long it may wait for other writers, from when it hears of it. */
      readonly waitMilliseconds: number
    }
  /** Answered by the thread's end. */
  | { readonly kind: 'close' }

/** What the writer's thread answers; `ready` or `failed` once, when it has started. */
export type WriterAnswer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'committed'; readonly results: readonly UnitResult[] }

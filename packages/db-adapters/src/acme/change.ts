import { StoreError } from '../errors.ts'
import type { SqlStatement, SqlTarget, StatementResult } from '../sql/sql-target.ts'
import type { NonceSpent } from './account-store.ts'
import type { AcmeNonce } from './nonce-store.ts'
import type { AcmeNonces } from './nonces.ts'

/** A change, with what must hold for it. */
interface Change {
  readonly script: readonly SqlStatement[]
  readonly nonce: AcmeNonce | undefined
  /** Tells, when the answer to a commit was lost, whether what was to be written stands. It may say no where it has changed. */
  isWritten(): Promise<boolean>
}

/** How a change ended. */
type ChangeOutcome =
  /** One result a statement; none when it is only known that all of it was written. */
  | { readonly status: 'committed'; readonly results: readonly StatementResult[] }
  /** `unmet` is the statement that has missed what it expects, by its place; none where a key was taken. The nonce is not spent. */
  | { readonly status: 'refused'; readonly unmet: number | undefined }
  | NonceSpent

/** Makes changes, each in one transaction with the nonce that it spends. */
export interface ChangeMaker {
  /**
   * Makes a change. When the answer to a commit is lost the change is made again, which waits for the first one to end:
   * then its nonce is spent, or what it found is changed, and {@link Change.isWritten} says by whom.
   *
   * @throws {StoreError}
   */
  commit(change: Change): Promise<ChangeOutcome>

  /** Spends the nonce of a change that was refused, and returns the outcome to tell. */
  refuse<Outcome>(nonce: AcmeNonce | undefined, outcome: Outcome): Promise<NonceSpent | Outcome>
}

/** Creates a {@link ChangeMaker}. */
export function createChangeMaker(target: SqlTarget, nonces: AcmeNonces): ChangeMaker {
  return {
    async commit({ script, nonce, isWritten }) {
      const spending = nonce === undefined ? [] : [nonces.spending(nonce)]
      let lost: unknown
      for (let attempt = 0; attempt < maximumAttempts; attempt++) {
        try {
          const outcome = await target.write([...spending, ...script], { inOneTrip: true })
          if (outcome.status === 'committed') {
            return { status: 'committed', results: outcome.results.slice(spending.length) }
          }
          if (lost !== undefined && (await isWritten())) return { status: 'committed', results: [] }
          if (outcome.status === 'key_taken') return { status: 'refused', unmet: undefined }
          const unmet = outcome.results.length - 1 - spending.length
          if (unmet >= 0) return { status: 'refused', unmet }
          // By another, or by what was written and changed since.
          if (lost !== undefined) throw lost
          return nonceSpent
        } catch (error) {
          if (!isUncertain(error)) throw lost ?? error
          lost = error
        }
      }
      throw lost
    },

    async refuse(nonce, outcome) {
      if (nonce === undefined || (await nonces.spendNonce(nonce))) return outcome
      return nonceSpent
    },
  }
}

const maximumAttempts = 3

const nonceSpent: NonceSpent = { status: 'nonce_spent' }

function isUncertain(error: unknown): boolean {
  return error instanceof StoreError && error.code === 'commit_uncertain'
}

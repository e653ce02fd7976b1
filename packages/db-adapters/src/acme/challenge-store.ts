import type { AcmeAuthorizationRecord, AcmeChallengeRecord, AcmeProblem } from '../acme-order.ts'
import type { NonceSpent, Spending } from './account-store.ts'

/** A challenge and what it is under; as they are in the records. */
export interface AcmeChallengeReference {
  readonly id: string
  readonly authorizationId: string
  readonly orderId: string
}

/** One attempt at a challenge. */
export interface AcmeAttempt extends AcmeChallengeReference {
  /** Which attempt it is, as {@link AcmeChallengeStore.beginChallenge} has said. */
  readonly attempt: number
  /** What was done, for whoever reads the challenge, in compact JSON. */
  readonly trace?: string
}

/** `overtaken` when the attempt is not the one that is under way: nothing was written. */
export type AcmeAttemptOutcome = 'recorded' | 'overtaken'

/**
 * The challenges of ACME, RFC 8555 §7.1.6: each change is written with all that follows from it, in one transaction. Those
 * under one order come one after the other, wherever they are made.
 */
export interface AcmeChallengeStore {
  /**
   * Begins an attempt: `pending` becomes `processing`. Of all who begin one at the same moment one is told `started`. An
   * attempt whose deadline has passed (its instance is gone) is taken over, and can record nothing from then on.
   * The authorization and the order must be pending and not have expired.
   */
  beginChallenge(
    change: AcmeChallengeReference & {
      readonly at: Date
      /** How long the attempt may take before another is begun in its place. */
      readonly deadlineMilliseconds: number
    } & Spending,
  ): Promise<
    | { readonly status: 'started'; readonly attempt: number }
    /** Another attempt is under way, or there is nothing more to prove. */
    | { readonly status: 'not_pending' }
    | NonceSpent
  >

  /**
   * Ends the attempt well: the challenge becomes valid, and its authorization if it is pending; the order becomes ready if
   * it is pending and all of its authorizations are valid. May be said again.
   */
  completeChallenge(
    change: AcmeAttempt & { readonly validatedAt: Date },
  ): Promise<AcmeAttemptOutcome>

  /** Ends the attempt badly: the challenge becomes invalid, and at once its authorization and order if they are pending. */
  failChallenge(
    change: AcmeAttempt & {
      readonly problem: AcmeProblem
      /** What the order says of it; the same where it is left out. */
      readonly orderProblem?: AcmeProblem
    },
  ): Promise<AcmeAttemptOutcome>

  /** Goes on with the attempt: it stays `processing`, tells the problem so far, and has until `deadline`. */
  retryChallenge(
    change: AcmeAttempt & { readonly problem: AcmeProblem; readonly deadline: Date },
  ): Promise<AcmeAttemptOutcome>

  /** Returns challenges whose attempt has not ended by its deadline: their instance is gone. */
  findStalledChallenges(question: {
    readonly at: Date
    readonly limit: number
  }): Promise<readonly AcmeStalledChallenge[]>
}

/** A challenge to be begun anew. */
export interface AcmeStalledChallenge extends AcmeChallengeReference {
  readonly accountId: AcmeAuthorizationRecord['accountId']
  readonly provisionerId: string
  readonly type: AcmeChallengeRecord['type']
}

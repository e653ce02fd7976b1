import type { AcmeIdentifier, AcmeProblem } from '@mayfly/db-adapters'

/** One attempt to prove that an account controls an identifier (RFC 8555 §8). */
export interface ValidationAttempt {
  /** Such as `http-01`. */
  readonly type: string
  /** Of a wildcard, the name without `*.`. */
  readonly identifier: AcmeIdentifier
  readonly wildcard: boolean
  readonly token: string
  /** RFC 8555 §8.1. */
  readonly keyAuthorization: string
  /** Where the account is: dns-account-01 and dns-persist-01 name it. */
  readonly accountUrl: string
  /** Which attempt it is at this challenge, from 1. */
  readonly number: number
  /** Ends the attempt when the server stops or its time is over. */
  readonly signal: AbortSignal
}

/** How an attempt ended. */
export type ValidationOutcome =
  | { readonly status: 'valid'; readonly trace?: string }
  | {
      readonly status: 'invalid'
      readonly problem: AcmeProblem
      /** Whether another attempt may end better: a connection that failed, not an answer that is wrong. */
      readonly isRetryable: boolean
      /** What was done, in compact JSON. */
      readonly trace?: string
    }

/** Looks at the world outside. */
export interface ValidationPort {
  validate(attempt: ValidationAttempt): Promise<ValidationOutcome>
}

import type { AcmeProblem } from '@mayfly/db-adapters'
import { AcmeError, type AcmeErrorCode, errorNamespace } from './errors.ts'

/** A problem document, RFC 7807 as RFC 8555 §6.7 uses it. */
export interface ProblemDocument extends AcmeProblem {
  readonly status: number
  /** With `badSignatureAlgorithm`. */
  readonly algorithms?: readonly string[]
}

/** The document that tells a client why it was refused. */
export function problemDocumentOf(error: AcmeError): ProblemDocument {
  return {
    ...problemOf(error),
    status: error.status,
    ...(error.algorithms === undefined ? {} : { algorithms: error.algorithms }),
  }
}

/** A problem as it is kept with an order or a challenge. */
function problemOf(error: AcmeError): AcmeProblem {
  const { code, message, hint, subproblems } = error
  return {
    type: errorNamespace + code,
    detail: hint === undefined ? message : `${message}. ${hint}`,
    ...(subproblems.length === 0 ? {} : { subproblems }),
  }
}

/** The URN of a code, for a subproblem. */
export function problemType(code: AcmeErrorCode): string {
  return errorNamespace + code
}

/** What a client is told when nothing that it did is the cause: the cause itself is for the log. */
export function internalProblem(error: unknown, requestId: string): AcmeError {
  const isStoreAway = error instanceof Error && error.name === 'StoreError' && !isCorrupt(error)
  return isStoreAway
    ? new AcmeError('serverInternal', `the database cannot be used now (request ${requestId})`, {
        cause: error,
        status: 503,
        retryAfterSeconds: 5,
      })
    : new AcmeError('serverInternal', `the server had an internal error (request ${requestId})`, {
        cause: error,
      })
}

function isCorrupt(error: Error): boolean {
  return 'code' in error && error.code === 'store_corrupt'
}

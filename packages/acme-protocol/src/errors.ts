import type { AcmeProblem } from '@mayfly/db-adapters'

/**
 * The error types of RFC 8555 §6.7, of RFC 9773 §7.4 (`alreadyReplaced`) and of draft-ietf-acme-profiles
 * (`invalidProfile`), without `urn:ietf:params:acme:error:`.
 */
export type AcmeErrorCode =
  | 'accountDoesNotExist'
  | 'alreadyReplaced'
  | 'alreadyRevoked'
  | 'badCSR'
  | 'badNonce'
  | 'badPublicKey'
  | 'badRevocationReason'
  | 'badSignatureAlgorithm'
  | 'caa'
  | 'compound'
  | 'connection'
  | 'dns'
  | 'externalAccountRequired'
  | 'incorrectResponse'
  | 'invalidContact'
  | 'invalidProfile'
  | 'malformed'
  | 'orderNotReady'
  | 'rateLimited'
  | 'rejectedIdentifier'
  | 'serverInternal'
  | 'tls'
  | 'unauthorized'
  | 'unsupportedContact'
  | 'unsupportedIdentifier'
  | 'userActionRequired'

/** One part of an error that is about one identifier, RFC 8555 §6.7.1. */
export type AcmeSubproblem = NonNullable<AcmeProblem['subproblems']>[number]

/** What an {@link AcmeError} says beside its code and its message. */
export interface AcmeErrorOptions {
  readonly cause?: unknown
  /** What the client can do about it; a part of the problem's `detail`. */
  readonly hint?: string
  /** HTTP status, where it is not the usual one of the code. */
  readonly status?: number
  readonly subproblems?: readonly AcmeSubproblem[]
  /** When to try again. */
  readonly retryAfterSeconds?: number
  /** With `badSignatureAlgorithm`: what is allowed (RFC 8555 §6.2). */
  readonly algorithms?: readonly string[]
  /** A URL that goes with it: of the account that has the key (RFC 8555 §7.3.5). */
  readonly location?: string
  /** With status 405: the methods that are allowed. */
  readonly allow?: readonly string[]
}

/**
 * Thrown when a request is refused; a port throws it too, to tell the client a refusal of its own. The client is told all
 * of its words: they hold no secret.
 */
export class AcmeError extends Error {
  override readonly name = 'AcmeError'
  readonly code: AcmeErrorCode
  readonly hint: string | undefined
  readonly status: number
  readonly subproblems: readonly AcmeSubproblem[]
  readonly retryAfterSeconds: number | undefined
  readonly algorithms: readonly string[] | undefined
  readonly location: string | undefined
  readonly allow: readonly string[] | undefined

  constructor(code: AcmeErrorCode, message: string, options: AcmeErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : {})
    this.code = code
    this.hint = options.hint
    this.status = options.status ?? statusByCode[code]
    this.subproblems = options.subproblems ?? []
    this.retryAfterSeconds = options.retryAfterSeconds
    this.algorithms = options.algorithms
    this.location = options.location
    this.allow = options.allow
  }
}

/** What stands before the code in a problem's `type`. */
export const errorNamespace = 'urn:ietf:params:acme:error:'

/** RFC 8555 §6.2, §7.3.6 and §7.4 say some of them; step-ca the others. */
const statusByCode: Readonly<Record<AcmeErrorCode, number>> = {
  accountDoesNotExist: 400,
  alreadyReplaced: 409,
  alreadyRevoked: 400,
  badCSR: 400,
  badNonce: 400,
  badPublicKey: 400,
  badRevocationReason: 400,
  badSignatureAlgorithm: 400,
  caa: 403,
  compound: 400,
  connection: 400,
  dns: 400,
  externalAccountRequired: 400,
  incorrectResponse: 403,
  invalidContact: 400,
  invalidProfile: 400,
  malformed: 400,
  orderNotReady: 403,
  rateLimited: 429,
  rejectedIdentifier: 400,
  serverInternal: 500,
  tls: 400,
  unauthorized: 401,
  unsupportedContact: 400,
  unsupportedIdentifier: 400,
  userActionRequired: 403,
}

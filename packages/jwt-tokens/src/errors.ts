import { showMessage } from './internal/show-text.ts'

/** Tells one refusal from another; stable across versions, unlike messages. */
export type TokenErrorCode =
  | 'key_decryption_failed'
  | 'key_malformed'
  | 'key_not_found'
  | 'option_invalid'
  | 'token_algorithm_not_allowed'
  | 'token_audience_mismatch'
  | 'token_claim_malformed'
  | 'token_claim_missing'
  | 'token_expired'
  | 'token_issued_in_the_future'
  | 'token_issuer_mismatch'
  | 'token_lifetime_too_long'
  | 'token_malformed'
  | 'token_not_yet_valid'
  | 'token_provisioner_unknown'
  | 'token_reused'
  | 'token_signature_invalid'
  | 'token_subject_mismatch'
  | 'token_subject_missing'

/**
 * Thrown when a token may not be used, or a key can neither be read nor used. What its words quote
 * of a token is fit for a terminal and a log.
 */
export class TokenError extends Error {
  override readonly name = 'TokenError'
  readonly code: TokenErrorCode
  /** What the caller can do about it, in words fit to be shown. */
  readonly hint: string | undefined

  constructor(
    code: TokenErrorCode,
    message: string,
    options: { readonly cause?: unknown; readonly hint?: string } = {},
  ) {
    super(showMessage(message), 'cause' in options ? { cause: options.cause } : {})
    this.code = code
    this.hint = options.hint === undefined ? undefined : showMessage(options.hint)
  }
}

import { showMessage } from './internal/show-text.ts'

/** Tells apart what a {@link ProfileError} is about; stable, so callers may branch on it. */
export type ProfileErrorCode =
  | 'certificate_malformed'
  | 'certificate_request_malformed'
  | 'certificate_request_signature_invalid'
  | 'algorithm_unsupported'
  | 'key_unsupported'
  | 'key_too_weak'
  | 'name_invalid'
  | 'validity_invalid'
  | 'profile_violated'
  | 'authority_not_allowed'
  | 'issuer_unfit'
  | 'signature_invalid'
  | 'pem_malformed'
  | 'path_invalid'

/**
 * Thrown when a certificate, a request or a part of one cannot be read, issued or trusted. What its
 * words quote of them is fit for a terminal and a log.
 */
export class ProfileError extends Error {
  override readonly name: string = 'ProfileError'
  readonly code: ProfileErrorCode
  /** What the caller can do about it, in words fit to be shown. */
  readonly hint: string | undefined

  constructor(
    code: ProfileErrorCode,
    message: string,
    options: { cause?: unknown; hint?: string } = {},
  ) {
    super(showMessage(message), options)
    this.code = code
    this.hint = options.hint === undefined ? undefined : showMessage(options.hint)
  }
}

import { showMessage } from './internal/show-text.ts'

/** Tells one refusal from another; stable across versions, unlike messages. */
export type KeystoreErrorCode =
  | 'key_malformed'
  | 'key_decryption_failed'
  | 'key_type_unsupported'
  | 'key_too_weak'
  | 'key_file_unreadable'
  | 'key_file_exists'
  | 'key_file_unwritable'
  | 'password_missing'
  | 'password_file_unreadable'

/**
 * Thrown when a private key or a password cannot be read, used or written. Never holds a secret; what
 * its words quote of a file is fit for a terminal and a log.
 */
export class KeystoreError extends Error {
  override readonly name = 'KeystoreError'
  readonly code: KeystoreErrorCode
  /** What the caller can do about it, in words fit to be shown. */
  readonly hint: string | undefined

  constructor(
    code: KeystoreErrorCode,
    message: string,
    options: { cause?: unknown; hint?: string } = {},
  ) {
    super(showMessage(message), options)
    this.code = code
    this.hint = options.hint === undefined ? undefined : showMessage(options.hint)
  }
}

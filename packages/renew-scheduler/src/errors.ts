export type RenewalErrorCode =
  | 'certificate_unreadable'
  | 'certificate_unwritable'
  | 'key_unwritable'
  /** Key and certificate do not belong together. */
  | 'key_differs'
  /** What the CA sent cannot take the old certificate's place. */
  | 'renewed_names_differ'
  | 'renewed_key_differs'
  | 'renewed_certificate_expired'
  /** Another program renews the same file just now. */
  | 'renewal_under_way'
  /** The file is in the keeper's care already. */
  | 'already_kept'

/** Thrown when a certificate cannot be renewed for a reason of its own; the CA's reasons are `CaClientError`. */
export class RenewalError extends Error {
  override readonly name = 'RenewalError'
  readonly code: RenewalErrorCode

  constructor(code: RenewalErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options)
    this.code = code
  }
}

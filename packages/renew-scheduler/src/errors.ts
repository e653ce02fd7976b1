export type RenewalErrorCode =
  | 'certificate_unreadable'
  | 'certificate_unwritable'
  /** What the CA sent cannot take the old certificate's place. */
  | 'renewed_names_differ'
  | 'renewed_certificate_expired'

/** Thrown when a certificate cannot be renewed for a reason of its own; the CA's reasons are `CaClientError`. */
export class RenewalError extends Error {
  override readonly name = 'RenewalError'
  readonly code: RenewalErrorCode

  constructor(code: RenewalErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options)
    this.code = code
  }
}

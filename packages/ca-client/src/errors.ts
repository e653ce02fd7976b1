export type CaClientErrorCode =
  /** No connection, or it was lost. */
  | 'unreachable'
  /** The server's certificate does not lead to a pinned root or is for another name, or TLS failed. */
  | 'tls_untrusted'
  | 'timeout'
  /** The certificate authority said no: `status`, and its own words in `message`. */
  | 'refused'
  /** An answer to a question about health alone: nothing can be issued now. */
  | 'not_ready'
  | 'malformed_answer'
  /** Another root than the fingerprint's came, or the fingerprint is none. */
  | 'root_mismatch'
  /** The CA's address, or that of the proxy. */
  | 'url_invalid'
  /** The private key is not that of the certificate it was given with. */
  | 'identity_invalid'

/** Thrown when the certificate authority cannot be asked, or does not give what was asked for. */
export class CaClientError extends Error {
  override readonly name = 'CaClientError'
  readonly code: CaClientErrorCode
  /** The HTTP status, where there was an answer. */
  readonly status: number | undefined
  /** The answer's `X-Request-Id`, by which the CA's log tells more. */
  readonly requestId: string | undefined
  /** Whether `message` is the CA's own, written for its users. */
  readonly friendly: boolean
  /** What can be done about it, in words fit to be shown; `undefined` where only the CA's operator can tell. */
  readonly hint: string | undefined

  constructor(
    code: CaClientErrorCode,
    message: string,
    options: {
      cause?: unknown
      status?: number
      requestId?: string | undefined
      hint?: string | undefined
    } = {},
  ) {
    super(withoutControls(message), options)
    this.code = code
    this.status = options.status
    this.requestId = options.requestId
    this.hint = options.hint
    this.friendly = code === 'refused'
  }
}

/**
 * A message goes to terminals, holds what the CA sent, and while roots are fetched that comes from anyone: characters that
 * steer a terminal, or turn the order in which text is read, are replaced.
 */
function withoutControls(text: string): string {
  return text.replace(/[\p{Cc}\p{Bidi_Control}]/gu, '\uFFFD')
}

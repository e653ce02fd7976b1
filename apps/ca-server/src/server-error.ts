/** What can keep the server from starting, or from taking over a new configuration. */
export type ServerErrorCode = 'tls_unsupported' | 'listen_failed' | 'terminal_unavailable'

/** Thrown when the server cannot do what its configuration or its operator asks. */
export class ServerError extends Error {
  override readonly name = 'ServerError'
  readonly code: ServerErrorCode
  /** What the operator can do about it, in words fit to be shown. */
  readonly hint: string | undefined

  constructor(
    code: ServerErrorCode,
    message: string,
    options: { cause?: unknown; hint?: string | undefined } = {},
  ) {
    super(message, options)
    this.code = code
    this.hint = options.hint
  }
}

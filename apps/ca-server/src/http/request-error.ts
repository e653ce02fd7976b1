/** What can be wrong with a request before the authority hears of it. */
export type RequestErrorCode =
  | 'body_malformed'
  | 'body_too_large'
  | 'body_interrupted'
  | 'limit_malformed'
  | 'client_certificate_missing'
  | 'client_certificate_malformed'
  | 'serial_number_missing'
  | 'serial_number_malformed'
  | 'reason_code_out_of_bounds'
  | 'revocation_not_passive'
  | 'revocation_credential_missing'
  | 'root_not_found'
  | 'encrypted_key_not_found'

/** Thrown when a request is refused by the server itself; `message` never holds a secret. */
export class RequestError extends Error {
  override readonly name = 'RequestError'
  readonly code: RequestErrorCode

  constructor(code: RequestErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options)
    this.code = code
  }
}

/** Why an authority refuses. Each is named for its refusal; the texts are step's where step has one. */
export type AuthorityErrorCode =
  // the request itself
  | 'csr_missing'
  | 'csr_malformed'
  | 'csr_signature_invalid'
  | 'key_unsupported'
  | 'key_not_allowed'
  | 'token_missing'
  | 'time_malformed'
  | 'reason_code_out_of_bounds'
  // the one-time token
  | 'provisioner_not_found'
  | 'provisioner_disabled'
  | 'token_before_start'
  | 'token_before_restore'
  | 'token_already_used'
  | 'cnf_malformed'
  | 'cnf_mismatch'
  // the certificate that signs a token
  | 'credential_untrusted'
  | 'credential_expired'
  | 'credential_revoked'
  // what is asked for
  | 'name_mismatch'
  | 'name_not_allowed'
  | 'name_constraint_violated'
  | 'validity_beyond_credential'
  | 'lifetime_too_long'
  | 'lifetime_too_short'
  | 'validity_in_the_past'
  | 'validity_inverted'
  // the provisioner's template
  | 'template_invalid'
  | 'template_failed'
  | 'template_result_malformed'
  | 'template_refused'
  | 'signature_algorithm_not_offered'
  // the certificate that is shown
  | 'certificate_untrusted'
  | 'certificate_not_yet_valid'
  | 'certificate_expired'
  | 'certificate_revoked'
  | 'renewal_disabled'
  | 'renewal_token_invalid'
  // revocation
  | 'serial_mismatch'
  | 'already_revoked'
  | 'revocation_unsupported'
  // the store
  | 'storage_failed'
  // the shared configuration
  | 'configuration_changed'

/**
 * Thrown when an authority refuses. `message` is the text of step-ca without its prefix, fit to be logged
 * and, where step shows it, to be shown; it never holds a token, a key or a password.
 */
export class AuthorityError extends Error {
  override readonly name = 'AuthorityError'
  readonly code: AuthorityErrorCode
  /** More than the message says, for the log only. */
  readonly detail: string | undefined
  /**
   * Where the rule stands that refuses, where one can be changed: a JSON path in `ca.json`
   * (`authority.provisioners[0].claims.maxTLSCertDuration`), or words.
   */
  readonly rule: string | undefined

  constructor(
    code: AuthorityErrorCode,
    message: string,
    options: { cause?: unknown; detail?: string; rule?: string } = {},
  ) {
    super(message, { cause: options.cause })
    this.code = code
    this.detail = options.detail
    this.rule = options.rule
  }
}

import { AuthorityError, type AuthorityErrorCode } from '@mayfly/authority-core'
import { StoreError, type StoreErrorCode } from '@mayfly/db-adapters'
import { TokenError, type TokenErrorCode } from '@mayfly/jwt-tokens'
import { ProfileError, type ProfileErrorCode } from '@mayfly/x509-profiles'
import type { Answer } from './answer.ts'
import { encodeJson } from './json.ts'
import { RequestError, type RequestErrorCode } from './request-error.ts'

/** Every code that a refusal of a request may carry. */
export type RefusalCode =
  | AuthorityErrorCode
  | TokenErrorCode
  | ProfileErrorCode
  | StoreErrorCode
  | RequestErrorCode

/**
 * How a refusal is told: its status and its text. `fixed` is the status's own sentence, `framed` puts the
 * error's message into the status's frame, `prefixed` into the frame without its end, `bare` is the message alone.
 */
export interface Rule {
  readonly status: number
  readonly text: 'fixed' | 'framed' | 'prefixed' | 'bare'
}

/** Translates any error into an answer; an unknown one is a plain 500 and its cause goes to the log only. */
export function answerError(error: unknown): Answer {
  const { status, message } = describeRefusal(error)
  const body = isIssuerMismatch(error)
    ? { type: 'unauthorized', detail: 'unauthorized', message }
    : { status, message }
  return {
    status,
    contentType: 'application/json',
    body: encodeJson(body),
    logFields: { error: explainError(error) },
  }
}

/** Says for the log what happened: the messages of an error and of its causes. */
export function explainError(error: unknown): string {
  const parts = new Set<string>()
  let current = error
  // Bounded, since a chain of causes may bite its tail.
  for (let depth = 0; depth < 8 && current !== undefined; depth += 1) {
    parts.add(current instanceof Error ? current.message : String(current))
    if (current instanceof AuthorityError) {
      if (current.detail) parts.add(current.detail)
      if (current.rule) parts.add(`refused by ${current.rule}`)
    }
    current = current instanceof Error ? current.cause : undefined
  }
  return [...parts].map(shorten).join(': ')
}

/** Names out of certificates and requests stand in messages, and nobody may fill the log with them. */
function shorten(text: string): string {
  return text.length <= maximumLoggedLength ? text : `${text.slice(0, maximumLoggedLength)}…`
}

const maximumLoggedLength = 2000

function describeRefusal(error: unknown): { status: number; message: string } {
  if (!isRefusal(error)) return { status: 500, message: fixedText(500) }
  const { status, text } = findRule(error)
  if (text === 'fixed') return { status, message: fixedText(status) }
  if (text === 'bare') return { status, message: error.message }
  const [before, after] = frames.get(status) ?? ['', '']
  return { status, message: `${before}${error.message}${text === 'prefixed' ? '' : after}` }
}

function findRule(error: Refusal): Rule {
  // What the store has to say is more exact than that storing failed.
  if (error.code === 'storage_failed' && error.cause instanceof StoreError) {
    return ruleByCode[error.cause.code]
  }
  return ruleByCode[error.code]
}

type Refusal = AuthorityError | TokenError | ProfileError | StoreError | RequestError

function isRefusal(error: unknown): error is Refusal {
  return (
    error instanceof AuthorityError ||
    error instanceof TokenError ||
    error instanceof ProfileError ||
    error instanceof StoreError ||
    error instanceof RequestError
  )
}

/** step-ca answers this one refusal in the shape of its administration interface. */
function isIssuerMismatch(error: unknown): boolean {
  return (
    error instanceof AuthorityError &&
    error.code === 'renewal_token_invalid' &&
    error.cause instanceof TokenError &&
    error.cause.code === 'token_issuer_mismatch'
  )
}

function fixedText(status: number): string {
  const sentence =
    sentences.get(status) ??
    `The certificate authority received an unexpected HTTP status code - '${status}'`
  return `${sentence}. Please see the certificate authority logs for more info.`
}

const sentences: ReadonlyMap<number, string> = new Map([
  [400, 'The request could not be completed; malformed or missing data'],
  [401, 'The request lacked necessary authorization to be completed'],
  [403, 'The request was forbidden by the certificate authority'],
  [404, 'The requested resource could not be found'],
  [500, 'The certificate authority encountered an Internal Server Error'],
  [501, 'The requested method is not implemented by the certificate authority'],
])

const frames: ReadonlyMap<number, readonly [string, string]> = new Map([
  [400, ['The request could not be completed: ', '.']],
  [401, ['The request lacked necessary authorization to be completed: ', '']],
  [403, ['The request was forbidden by the certificate authority: ', '.']],
  [413, ['The request could not be completed: ', '.']],
])

const badRequest: Rule = { status: 400, text: 'framed' }
const unauthorized: Rule = { status: 401, text: 'fixed' }
const forbidden: Rule = { status: 403, text: 'framed' }
const notFound: Rule = { status: 404, text: 'fixed' }
const internal: Rule = { status: 500, text: 'fixed' }
const notImplemented: Rule = { status: 501, text: 'fixed' }
const unavailable: Rule = { status: 503, text: 'fixed' }

/** One rule a code; the compiler asks for those that are missing. */
export const ruleByCode: Readonly<Record<RefusalCode, Rule>> = {
  // the request
  body_malformed: badRequest,
  body_too_large: { status: 413, text: 'framed' },
  body_interrupted: badRequest,
  limit_malformed: badRequest,
  client_certificate_missing: badRequest,
  client_certificate_malformed: unauthorized,
  serial_number_missing: badRequest,
  serial_number_malformed: badRequest,
  reason_code_out_of_bounds: badRequest,
  revocation_not_passive: notImplemented,
  revocation_credential_missing: badRequest,
  root_not_found: { status: 404, text: 'bare' },
  encrypted_key_not_found: notFound,

  // the authority
  csr_missing: badRequest,
  csr_malformed: badRequest,
  csr_signature_invalid: badRequest,
  key_unsupported: badRequest,
  key_not_allowed: forbidden,
  token_missing: badRequest,
  time_malformed: badRequest,
  provisioner_not_found: unauthorized,
  provisioner_disabled: { status: 401, text: 'bare' },
  token_before_start: unauthorized,
  token_before_restore: unauthorized,
  token_already_used: unauthorized,
  cnf_malformed: forbidden,
  cnf_mismatch: forbidden,
  credential_untrusted: unauthorized,
  credential_expired: unauthorized,
  credential_revoked: unauthorized,
  name_mismatch: forbidden,
  name_not_allowed: { status: 403, text: 'prefixed' },
  name_constraint_violated: { status: 403, text: 'bare' },
  validity_beyond_credential: forbidden,
  lifetime_too_long: forbidden,
  lifetime_too_short: forbidden,
  validity_in_the_past: badRequest,
  validity_inverted: badRequest,
  template_invalid: internal,
  template_failed: internal,
  template_result_malformed: { status: 500, text: 'bare' },
  template_refused: badRequest,
  signature_algorithm_not_offered: internal,
  certificate_untrusted: unauthorized,
  certificate_not_yet_valid: unauthorized,
  certificate_expired: { status: 401, text: 'framed' },
  certificate_revoked: unauthorized,
  renewal_disabled: unauthorized,
  renewal_token_invalid: { status: 401, text: 'bare' },
  serial_mismatch: forbidden,
  already_revoked: badRequest,
  revocation_unsupported: notImplemented,
  storage_failed: internal,
  configuration_changed: unavailable,

  // tokens
  token_malformed: unauthorized,
  token_algorithm_not_allowed: unauthorized,
  token_signature_invalid: unauthorized,
  token_expired: unauthorized,
  token_not_yet_valid: unauthorized,
  token_issued_in_the_future: unauthorized,
  token_issuer_mismatch: unauthorized,
  token_audience_mismatch: unauthorized,
  token_subject_missing: unauthorized,
  token_subject_mismatch: unauthorized,
  token_lifetime_too_long: unauthorized,
  token_claim_missing: unauthorized,
  token_claim_malformed: unauthorized,
  token_reused: unauthorized,
  token_provisioner_unknown: unauthorized,
  key_malformed: internal,
  key_decryption_failed: internal,
  key_not_found: internal,
  option_invalid: internal,

  // certificates
  certificate_malformed: unauthorized,
  certificate_request_malformed: badRequest,
  certificate_request_signature_invalid: badRequest,
  key_too_weak: forbidden,
  name_invalid: forbidden,
  validity_invalid: badRequest,
  profile_violated: forbidden,
  authority_not_allowed: forbidden,
  issuer_unfit: internal,
  algorithm_unsupported: internal,
  signature_invalid: internal,
  pem_malformed: badRequest,
  path_invalid: unauthorized,

  // the store
  store_unavailable: unavailable,
  store_unsupported: notImplemented,
  store_busy: unavailable,
  store_full: unavailable,
  store_read_only: unavailable,
  store_schema_newer: internal,
  store_corrupt: internal,
  store_not_empty: internal,
  backup_unfit: internal,
  commit_uncertain: unavailable,
  store_closed: unavailable,
}

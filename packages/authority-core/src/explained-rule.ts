import type { TokenErrorCode } from '@mayfly/jwt-tokens'
import type { ProfileErrorCode } from '@mayfly/x509-profiles'
import type { AuthorityErrorCode } from './errors.ts'

type Code = AuthorityErrorCode | TokenErrorCode | ProfileErrorCode

/** Returns where the rule stands behind a refusal that does not say so itself, for a provisioner whose JSON path is given. */
export function findRule(code: Code, provisionerPath = 'the provisioner'): string {
  const member = memberByCode.get(code)
  if (member !== undefined) return `${provisionerPath}.${member}`
  return ruleByCode.get(code) ?? 'built-in'
}

/** Members of the provisioner that decide. */
const memberByCode = new Map<Code, string>([
  ['template_failed', 'options.x509'],
  ['template_result_malformed', 'options.x509'],
  ['template_refused', 'options.x509'],
  ['signature_algorithm_not_offered', 'options.x509'],
  ['authority_not_allowed', 'mayfly.allowCertificateAuthority'],
])

const tokenTimes = 'built-in: times with a leeway of one minute'
const request = 'the certificate request'
const names = 'token claims sub and sans'
const credential = 'certificate in the token header (x5c)'

const ruleByCode = new Map<Code, string>([
  ['csr_missing', request],
  ['csr_malformed', request],
  ['csr_signature_invalid', request],
  ['key_unsupported', 'built-in: P-256, P-384, P-521, Ed25519, RSA'],
  ['key_not_allowed', 'built-in: RSA of 2048 bits and more'],
  ['key_too_weak', 'built-in: RSA of 2048 bits and more'],

  ['token_missing', 'the token'],
  ['token_malformed', 'the token'],
  ['token_claim_malformed', 'the token'],
  ['provisioner_not_found', 'authority.provisioners, by token claims iss and aud and header kid'],
  ['token_signature_invalid', 'signature of the token'],
  ['token_algorithm_not_allowed', 'token header alg, against the provisioner’s key'],
  ['key_malformed', 'key of the token'],
  ['token_issuer_mismatch', 'token claim iss'],
  ['token_audience_mismatch', 'token claim aud, against dnsNames'],
  ['token_subject_missing', 'token claim sub'],
  ['token_claim_missing', 'built-in: a token has to end (claim exp)'],
  ['token_expired', `token claim exp; ${tokenTimes}`],
  ['token_not_yet_valid', `token claim nbf; ${tokenTimes}`],
  ['token_issued_in_the_future', `token claim iat; ${tokenTimes}`],
  ['token_lifetime_too_long', 'mayfly.maximumTokenLifetime'],
  ['token_before_start', 'authority.disableIssuedAtCheck, and no db'],
  ['token_before_restore', 'built-in: a backup does not know what was spent after it was made'],
  ['token_already_used', 'built-in: one token, one certificate'],

  ['credential_untrusted', credential],
  ['credential_expired', credential],
  ['credential_revoked', 'built-in: what is revoked vouches for nothing'],

  ['cnf_malformed', 'token claim cnf'],
  ['cnf_mismatch', 'token claim cnf'],
  ['name_mismatch', names],
  ['name_invalid', names],
  ['name_constraint_violated', 'nameConstraints of a certificate in root or crt'],
  ['time_malformed', 'the times asked for'],
  ['validity_in_the_past', 'the times asked for'],
  ['validity_inverted', 'the times asked for'],
  ['validity_invalid', 'the times asked for'],
  ['profile_violated', 'built-in: what a certificate of a service may hold'],
  ['issuer_unfit', 'crt'],
])

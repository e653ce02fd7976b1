import { hash, timingSafeEqual } from 'node:crypto'
import {
  type CertificationRequest,
  ProfileError,
  type ProfileErrorCode,
  parseCertificationRequestPem,
  verifyCertificationRequest,
} from '@mayfly/x509-profiles'
import { AuthorityError, type AuthorityErrorCode } from './errors.ts'

/** How step words what is wrong with a request; what it has no words for keeps our own. */
const refusalByProfileError = new Map<ProfileErrorCode, [AuthorityErrorCode, string | undefined]>([
  ['certificate_request_malformed', ['csr_malformed', 'error decoding json']],
  ['pem_malformed', ['csr_malformed', 'error decoding json']],
  ['certificate_request_signature_invalid', ['csr_signature_invalid', 'invalid csr']],
  ['key_too_weak', ['key_not_allowed', undefined]],
  ['key_unsupported', ['key_unsupported', undefined]],
])

/** Longest PEM that is read, in characters: it is parsed before it is known who asks. */
const maximumLength = 128 * 1024

const weakRsaKey = 'certificate request RSA key must be at least 2048 bits (256 bytes)'

/**
 * Reads a certification request given as PEM, or takes one that is read already.
 *
 * @throws {AuthorityError} `csr_missing` or `csr_malformed`.
 */
export function readCertificationRequest(
  request: string | CertificationRequest,
): CertificationRequest {
  if (typeof request !== 'string') return request
  if (request === '') throw new AuthorityError('csr_missing', 'missing csr')
  if (request.length > maximumLength) {
    const detail = `the certificate request has ${request.length} characters, more than ${maximumLength}`
    throw new AuthorityError('csr_malformed', 'error decoding json', { detail })
  }
  return refusing(() => parseCertificationRequestPem(request))
}

/**
 * Verifies that who asks holds the private key, and that the key is strong enough to certify.
 *
 * @throws {AuthorityError} `csr_signature_invalid`, `key_not_allowed` or `key_unsupported`.
 */
export function verifyPossession(csr: CertificationRequest): void {
  refusing(() => verifyCertificationRequest(csr))
}

/**
 * Verifies that the request is the one that a token was made for, when the token says so (`cnf`, `x5rt#S256`).
 *
 * @throws {AuthorityError} `cnf_malformed` or `cnf_mismatch`.
 */
export function verifyConfirmation(
  csr: CertificationRequest,
  fingerprint: string | undefined,
): void {
  if (fingerprint === undefined || fingerprint === '') return
  if (!/^[A-Za-z0-9_-]{43}$/.test(fingerprint)) {
    throw new AuthorityError('cnf_malformed', 'error decoding fingerprint')
  }
  const actual = hash('sha256', csr.der, 'buffer')
  if (!timingSafeEqual(actual, Buffer.from(fingerprint, 'base64url'))) {
    throw new AuthorityError(
      'cnf_mismatch',
      `certificate request fingerprint does not match "${fingerprint}"`,
    )
  }
}

function refusing<Result>(work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof ProfileError)) throw error
    const refusal = refusalByProfileError.get(error.code)
    if (refusal === undefined) throw error
    const [code, text] = refusal
    const message = code === 'key_not_allowed' ? weakRsaKey : (text ?? error.message)
    throw new AuthorityError(code, message, { cause: error, detail: error.message })
  }
}

import { type CertificationRequest, createName, issue, leafProfile } from '@mayfly/x509-profiles'
import type { AuthorityState } from './authority-state.ts'
import {
  readCertificationRequest,
  verifyConfirmation,
  verifyPossession,
} from './certification-request.ts'
import { commitIssuance, type Issued } from './issuance.ts'
import { authorizeToken } from './one-time-token.ts'
import { grantNames } from './requested-names.ts'
import { chooseValidity, type TimeValue } from './requested-validity.ts'

/** What a client asks for with a one-time token. */
export interface SignRequest {
  /** PEM, or a request that was read already; its signature is verified in either case. */
  readonly certificationRequest: string | CertificationRequest
  readonly oneTimeToken: string
  readonly notBefore?: TimeValue
  readonly notAfter?: TimeValue
  /** The request's identifier, for the audit entry. */
  readonly requestId: string
}

/**
 * Issues a certificate for a one-time token. The token is spent in the transaction that stores the certificate:
 * a refused request spends nothing, and of all requests with one token at most one gets a certificate.
 */
export async function sign(state: AuthorityState, request: SignRequest): Promise<Issued> {
  const csr = readCertificationRequest(request.certificationRequest)
  const { provisioner, token, tokenId, expiresAt } = await authorizeToken(
    state,
    request.oneTimeToken,
    'sign',
  )
  verifyConfirmation(csr, token.claims.cnf?.['x5rt#S256'])
  verifyPossession(csr)
  const names = grantNames(csr, token.claims)
  const { claims } = provisioner
  const validity = chooseValidity(request, claims, {
    now: state.now(),
    backdateSeconds: state.backdateSeconds,
  })
  const certificate = await issue(
    {
      subject: createName({ ...state.subjectTemplate, commonName: names.subject }),
      subjectAltNames: names.subjectAltNames,
      subjectPublicKeyInfo: csr.subjectPublicKeyInfo,
      validity,
      ...(claims.disableSmallstepExtensions ? {} : { provisioner: provisioner.extension }),
    },
    leafProfile,
    state.issuer,
    state,
  )
  return commitIssuance(state, {
    certificate,
    claim: { kind: 'token', tokenId, expiresAt },
    provisioner,
    action: 'sign',
    requestId: request.requestId,
  })
}

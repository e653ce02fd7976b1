import { type Certificate, issue } from '@mayfly/x509-profiles'
import type { AuthorityState } from './authority-state.ts'
import { commitIssuance, type Issued } from './issuance.ts'
import { decide, type IssuanceDecision, type SignRequest } from './issuance-decision.ts'

/**
 * Issues a certificate for a one-time token. The token is spent in the transaction that stores the certificate:
 * a refused request spends nothing, and of all requests with one token at most one gets a certificate.
 */
export async function sign(state: AuthorityState, request: SignRequest): Promise<Issued> {
  const decision = await decide(state, request)
  const certificate = await issueDecided(state, decision)
  return commitIssuance(state, {
    certificate,
    claim: { kind: 'token', ...decision.claim },
    provisioner: decision.provisioner,
    action: 'sign',
    requestId: request.requestId,
  })
}

function issueDecided(
  state: AuthorityState,
  { certificationRequest, provisioner, contents, validity }: IssuanceDecision,
): Promise<Certificate> {
  const { subject, subjectAltNames, profile } = contents
  return issue(
    {
      subject,
      subjectAltNames,
      subjectPublicKeyInfo: certificationRequest.subjectPublicKeyInfo,
      validity,
      ...(provisioner.claims.disableSmallstepExtensions
        ? {}
        : { provisioner: provisioner.extension }),
    },
    profile,
    state.issuer,
    state,
  )
}

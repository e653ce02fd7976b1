import { type Certificate, issue, issueTemplated } from '@mayfly/x509-profiles'
import type { AuthorityState } from './authority-state.ts'
import { commitIssuance, type Issued } from './issuance.ts'
import { decide, type IssuanceDecision, type SignRequest } from './issuance-decision.ts'
import { wordUnissuable } from './leaf-contents.ts'

/**
 * Issues a certificate for a one-time token. The token is spent in the transaction that stores the certificate:
 * a refused request spends nothing, and of all requests with one token at most one gets a certificate.
 */
export async function sign(state: AuthorityState, request: SignRequest): Promise<Issued> {
  const decision = await decide(state, request)
  const certificate = await issueDecided(state, decision)
  return commitIssuance(state, {
    certificate,
    claim: decision.claim,
    provisioner: decision.provisioner,
    action: 'sign',
    requestId: request.requestId,
  })
}

/** Signs what was decided. */
export async function issueDecided(
  state: AuthorityState,
  { certificationRequest, provisioner, contents, validity }: IssuanceDecision,
): Promise<Certificate> {
  const { subjectPublicKeyInfo } = certificationRequest
  const { claims, extension } = provisioner
  const common = {
    subjectPublicKeyInfo,
    validity,
    ...(claims.disableSmallstepExtensions ? {} : { provisioner: extension }),
  }
  if (!('chosen' in contents)) {
    const { subject, subjectAltNames, profile } = contents
    return issue({ ...common, subject, subjectAltNames }, profile, state.issuer, state)
  }
  try {
    const { chosen, profile } = contents
    return await issueTemplated({ ...common, contents: chosen }, profile, state.issuer, state)
  } catch (error) {
    throw wordUnissuable(error)
  }
}

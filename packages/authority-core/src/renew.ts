import type { TokenClaim } from '@mayfly/db-adapters'
import {
  type Certificate,
  type CertificationRequest,
  reissue,
  type Validity,
} from '@mayfly/x509-profiles'
import type { AuthorityState } from './authority-state.ts'
import { readCertificationRequest, verifyPossession } from './certification-request.ts'
import { AuthorityError } from './errors.ts'
import {
  assertNameConstraints,
  certificateRevoked,
  commitIssuance,
  type Issued,
} from './issuance.ts'
import {
  certificateExpired,
  noProvisioner,
  type PresentedCertificate,
  type TrustedCertificate,
  trustCertificate,
} from './presented-certificate.ts'
import { authorizeRenewalToken } from './renewal-token.ts'
import { truncateToSecond } from './requested-validity.ts'

/** What allows a renewal: the certificate itself, proven by mutual TLS, or a token signed by its key. */
export type RenewalCredential =
  | ({ readonly kind: 'certificate' } & PresentedCertificate)
  | { readonly kind: 'token'; readonly token: string }

export interface RenewRequest {
  readonly credential: RenewalCredential
  readonly requestId: string
}

export interface RekeyRequest {
  readonly credential: Extract<RenewalCredential, { kind: 'certificate' }>
  /** Only its public key is used; its signature is verified. */
  readonly certificationRequest: string | CertificationRequest
  readonly requestId: string
}

/** Renews a certificate: the same names, key and length, from now. The credential is judged afresh. */
export async function renew(
  state: AuthorityState,
  { credential, requestId }: RenewRequest,
): Promise<Issued> {
  const authorized = await authorizeCredential(state, credential)
  assertRenewable(state, authorized, credential.kind)
  return reissueAndCommit(state, authorized, { action: 'renew', requestId })
}

/** Renews a certificate with another key, whose possession the request proves. */
export async function rekey(
  state: AuthorityState,
  { credential, certificationRequest, requestId }: RekeyRequest,
): Promise<Issued> {
  const csr = readCertificationRequest(certificationRequest)
  const authorized = await authorizeCredential(state, credential)
  assertRenewable(state, authorized, 'certificate')
  verifyPossession(csr)
  const { subjectPublicKeyInfo } = csr
  return reissueAndCommit(state, authorized, { action: 'rekey', requestId, subjectPublicKeyInfo })
}

type Authorized = TrustedCertificate & { readonly token?: TokenClaim }

function authorizeCredential(
  state: AuthorityState,
  credential: RenewalCredential,
): Promise<Authorized> {
  return credential.kind === 'token'
    ? authorizeRenewalToken(state, credential.token)
    : trustCertificate(state, credential, state.now())
}

function assertRenewable(
  state: AuthorityState,
  { certificate, provisioner, isRecorded, isRevoked }: TrustedCertificate,
  kind: RenewalCredential['kind'],
): void {
  if (isRevoked) throw certificateRevoked()
  if (provisioner?.claims.disableRenewal) {
    throw new AuthorityError(
      'renewal_disabled',
      `renew is disabled for provisioner '${provisioner.name}'`,
    )
  }
  const { notAfter } = certificate.validity
  const now = state.now()
  if (now <= notAfter) return
  if (kind !== 'token' || !provisioner?.claims.allowRenewalAfterExpiry) {
    throw certificateExpired(certificate)
  }
  if (now.getTime() > notAfter.getTime() + state.renewalAfterExpirySeconds * 1000) {
    throw certificateExpired(certificate, 'it expired too long ago to be renewed')
  }
  // What was forgotten may have been revoked.
  if (state.store.persistent && !isRecorded) {
    throw certificateExpired(certificate, 'the store no longer holds it')
  }
}

async function reissueAndCommit(
  state: AuthorityState,
  { certificate: predecessor, provisioner, token }: Authorized,
  renewal: {
    readonly action: 'renew' | 'rekey'
    readonly requestId: string
    readonly subjectPublicKeyInfo?: Uint8Array
  },
): Promise<Issued> {
  const { action, requestId, subjectPublicKeyInfo } = renewal
  assertNameConstraints(state, predecessor)
  const certificate = await reissue(
    {
      predecessor,
      ...(subjectPublicKeyInfo === undefined ? {} : { subjectPublicKeyInfo }),
      validity: renewedValidity(state, predecessor),
    },
    state.issuer,
    state,
  )
  return commitIssuance(state, {
    certificate,
    claim: {
      kind: 'renewal',
      predecessor: predecessor.serialNumber,
      ...(token === undefined ? {} : { token }),
    },
    provisioner: provisioner ?? noProvisioner,
    action,
    requestId,
  })
}

/** As long as the predecessor's, backdated: the length is kept, whatever the claims say today. */
function renewedValidity(state: AuthorityState, { validity }: Certificate): Validity {
  const now = truncateToSecond(state.now())
  const length = validity.notAfter.getTime() - validity.notBefore.getTime()
  const notBefore = new Date(now.getTime() - state.backdateSeconds * 1000)
  const notAfter = new Date(notBefore.getTime() + length)
  if (notAfter <= now) {
    throw new AuthorityError(
      'lifetime_too_short',
      'the certificate is too short-lived to be renewed: its renewal would have expired already',
    )
  }
  return { notBefore, notAfter }
}

import type { Claim } from '@mayfly/db-adapters'
import type { VerifiedToken } from '@mayfly/jwt-tokens'
import type { CertificationRequest, DistinguishedName, Validity } from '@mayfly/x509-profiles'
import type { AuthorityState } from './authority-state.ts'
import {
  readCertificationRequest,
  verifyConfirmation,
  verifyPossession,
} from './certification-request.ts'
import { assertNameConstraints } from './issuance.ts'
import type { Trace } from './issuance-trace.ts'
import { type ChosenContents, chooseContents, type LeafContents } from './leaf-contents.ts'
import { type AuthorizedToken, authorizeToken } from './one-time-token.ts'
import { assertNamesAllowed } from './policy.ts'
import type { ReadyProvisioner } from './provisioners.ts'
import { grantNames } from './requested-names.ts'
import { chooseValidity, type TimeValue } from './requested-validity.ts'
import type { Credential } from './x5c-credential.ts'

/** What a client asks for with a one-time token. */
export interface SignRequest {
  /** PEM, or a request that was read already; its signature is verified in either case. */
  readonly certificationRequest: string | CertificationRequest
  readonly oneTimeToken: string
  readonly notBefore?: TimeValue
  readonly notAfter?: TimeValue
  /** What the provisioner's template is to use, as JSON; absent when nothing came. */
  readonly templateData?: unknown
  /** The request's identifier, for the audit entry. */
  readonly requestId: string
}

/** A certificate that may be issued: every rule was asked, nothing is stored or signed yet. */
export interface IssuanceDecision {
  readonly certificationRequest: CertificationRequest
  readonly provisioner: ReadyProvisioner
  readonly token: VerifiedToken
  /** The certificate that vouches for the token, where its provisioner goes by certificates. */
  readonly credential: Credential | undefined
  /** What the issuance spends, and what must not be revoked. */
  readonly claim: Claim
  readonly contents: LeafContents
  readonly validity: Validity
}

/**
 * Judges a request with a one-time token, and writes nothing: first who asks, then for which key and names, then what
 * the certificate holds and for how long. `trace` is told of each rule that does not refuse.
 *
 * @throws {AuthorityError | TokenError | ProfileError} for the first rule that refuses.
 */
export async function decide(
  state: AuthorityState,
  request: Omit<SignRequest, 'requestId'>,
  trace?: Trace,
): Promise<IssuanceDecision> {
  const csr = readCertificationRequest(request.certificationRequest)
  trace?.({ check: 'request', certificationRequest: csr })
  const authorized = await authorizeToken(state, request.oneTimeToken, 'sign', trace)
  const { provisioner, token, credential } = authorized
  const fingerprint = token.claims.cnf?.['x5rt#S256']
  verifyConfirmation(csr, fingerprint)
  trace?.({ check: 'confirmation', fingerprint })
  verifyPossession(csr)
  trace?.({ check: 'possession', certificationRequest: csr })
  const names = grantNames(csr, token.claims, {
    commonName: provisioner.kind === 'X5C' ? 'subject' : 'any',
  })
  trace?.({ check: 'names', names })
  const chosen = chooseContents(state, {
    certificationRequest: csr,
    authorized,
    names,
    templateData: request.templateData,
  })
  const { contents } = chosen
  trace?.({ check: 'contents', isTemplated: 'chosen' in contents, provisioner })
  const validity = chooseValidity(fillBounds(request, chosen), {
    now: state.now(),
    backdateSeconds: state.backdateSeconds,
    claims: provisioner.claims,
    claimsLocation: provisioner.claimsLocation,
    credential: credential?.certificate.validity,
  })
  trace?.({ check: 'validity', validity, provisioner })
  assertNamesAllowed([state.policy, provisioner.policy], {
    commonNames: findCommonNames(contents.subject),
    subjectAltNames: contents.subjectAltNames,
  })
  trace?.({ check: 'policy', paths: policyPaths(state, provisioner) })
  assertNameConstraints(state, 'chosen' in contents ? contents.chosen : contents)
  trace?.({ check: 'constraints' })
  return {
    certificationRequest: csr,
    provisioner,
    token,
    credential,
    claim: toClaim(authorized),
    contents,
    validity,
  }
}

/** What the store sees to for the predecessor of a renewal, it sees to for the certificate that vouches. */
function toClaim({ tokenId, expiresAt, voucher }: AuthorizedToken): Claim {
  const token = { tokenId, expiresAt }
  return voucher === undefined
    ? { kind: 'token', ...token }
    : { kind: 'renewal', predecessor: voucher, token }
}

function policyPaths({ policy }: AuthorityState, provisioner: ReadyProvisioner): readonly string[] {
  return [
    ...(policy === undefined ? [] : ['authority.policy']),
    ...(provisioner.policy === undefined ? [] : [`${provisioner.path}.policy`]),
  ]
}

/** Bounds of the request, and of a template where the request has none. */
function fillBounds(
  { notBefore, notAfter }: Pick<SignRequest, 'notBefore' | 'notAfter'>,
  chosen: ChosenContents,
): { readonly notBefore: TimeValue; readonly notAfter: TimeValue } {
  return {
    notBefore: notBefore || chosen.notBefore || '',
    notAfter: notAfter || chosen.notAfter || '',
  }
}

/** All of them: a template may write several, and readers differ in which one they take. */
function findCommonNames({ attributes }: DistinguishedName): readonly string[] {
  return attributes.flatMap(({ type, value }) => (type === commonName ? [value] : []))
}

const commonName = '2.5.4.3'

import { hash } from 'node:crypto'
import type { AuditEntry, CertificateRecord, Claim } from '@mayfly/db-adapters'
import {
  type Certificate,
  findCommonName,
  type NameHolder,
  PathError,
  verifyNameConstraints,
} from '@mayfly/x509-profiles'
import type { AuthorityState } from './authority-state.ts'
import { AuthorityError } from './errors.ts'
import { tokenAlreadyUsed } from './one-time-token.ts'
import { credentialRevoked } from './x5c-credential.ts'

/** Who answers for a certificate: a provisioner, or nobody (all empty) where a certificate names none. */
export interface IssuingProvisioner {
  readonly id: string
  readonly name: string
  readonly type: string
}

/** A certificate that stands in the store and may leave. */
export interface Issued {
  readonly certificate: Certificate
  /** The certificate, then the issuing one and those above it, without the root. */
  readonly chain: readonly Certificate[]
  /** Who allowed it; `undefined` where a renewed certificate names no provisioner. */
  readonly provisioner:
    | { readonly name: string; readonly credentialId: string; readonly type: string }
    | undefined
}

/** A certificate that was signed and has yet to be paid for. */
export interface SignedCertificate {
  readonly certificate: Certificate
  readonly claim: Claim
  readonly provisioner: IssuingProvisioner
  readonly action: Exclude<AuditEntry['action'], 'revoke'>
  readonly requestId: string
}

/**
 * Commits a signed certificate in one unit of work with what it claims. When the claim is lost the certificate
 * is dropped and never leaves.
 *
 * @throws {AuthorityError} `token_already_used`, `certificate_revoked`, `credential_revoked`, `configuration_changed` or
 * `storage_failed`.
 * @throws {StoreError} when the store fails.
 */
export async function commitIssuance(
  state: AuthorityState,
  { certificate, claim, provisioner, action, requestId }: SignedCertificate,
): Promise<Issued> {
  const at = state.now()
  const outcome = await state.store.commitIssuance({
    claim,
    ...revisionOf(state),
    certificate: toRecord(certificate, { claim, provisioner, action, issuedAt: at }),
    audit: {
      at,
      action,
      serialNumber: certificate.serialNumber,
      provisionerId: provisioner.id,
      requestId,
    },
  })
  switch (outcome.status) {
    case 'committed':
      return {
        certificate,
        chain: [certificate, ...state.chain],
        provisioner: toIssuedProvisioner(certificate, provisioner),
      }
    case 'token_spent':
      throw tokenAlreadyUsed()
    case 'predecessor_revoked':
      throw action === 'sign' && claim.kind === 'renewal'
        ? credentialRevoked(claim.predecessor)
        : certificateRevoked()
    case 'configuration_changed':
      throw configurationChanged(state)
    case 'serial_taken':
      throw new AuthorityError('storage_failed', 'the serial number is taken')
    case 'order_lost':
    case 'nonce_spent':
      throw new AuthorityError('storage_failed', `the order cannot be finalized: ${outcome.status}`)
  }
}

/** What a unit of work says of the configuration that it was judged by. */
export function revisionOf({ revision }: Pick<AuthorityState, 'revision'>): {
  readonly revision?: number
} {
  return revision === undefined ? {} : { revision }
}

/** The refusal of a unit that was judged by a revision that is not the newest: a newer one may judge otherwise. */
export function configurationChanged({
  revision,
}: Pick<AuthorityState, 'revision'>): AuthorityError {
  return new AuthorityError('configuration_changed', 'the configuration has changed meanwhile', {
    detail: `it was judged by revision ${revision}, which is not the newest`,
  })
}

/** The refusal of a certificate that was revoked, found by the read before or by the commit itself. */
export function certificateRevoked(): AuthorityError {
  return new AuthorityError('certificate_revoked', 'certificate has been revoked')
}

/** SHA-256 of a subjectPublicKeyInfo, as certificates with the same key are found by. */
export function publicKeyFingerprint({
  subjectPublicKeyInfo,
}: {
  readonly subjectPublicKeyInfo: Uint8Array
}): Uint8Array {
  return hash('sha256', subjectPublicKeyInfo, 'buffer')
}

/**
 * Verifies that the issuing chain permits the names of a certificate that is about to be signed: one that it forbids
 * nobody would accept.
 *
 * @throws {AuthorityError} `name_constraint_violated`.
 */
export function assertNameConstraints(
  { issuingPaths }: Pick<AuthorityState, 'issuingPaths'>,
  names: NameHolder,
): void {
  try {
    verifyNameConstraints(issuingPaths, names)
  } catch (error) {
    if (!(error instanceof PathError)) throw error
    throw new AuthorityError('name_constraint_violated', error.message, { cause: error })
  }
}

/** What a record takes from the certificate itself. */
export type CertificateDescription = Pick<
  CertificateRecord,
  | 'serialNumber'
  | 'der'
  | 'subject'
  | 'names'
  | 'publicKeySha256'
  | 'profile'
  | 'notBefore'
  | 'notAfter'
>

/** Describes a certificate as records do. */
export function describeCertificate(certificate: Certificate): CertificateDescription {
  return {
    serialNumber: certificate.serialNumber,
    der: certificate.der,
    subject: findCommonName(certificate.subject) ?? '',
    names: certificate.subjectAltNames.map(({ type, value }) => `${type}:${value}`),
    publicKeySha256: publicKeyFingerprint(certificate),
    profile: 'leaf',
    notBefore: certificate.validity.notBefore,
    notAfter: certificate.validity.notAfter,
  }
}

/** What vouches for a first certificate is no predecessor: revoking it with its renewals is not about others. */
function toRecord(
  certificate: Certificate,
  issuance: Pick<SignedCertificate, 'claim' | 'provisioner' | 'action'> & { issuedAt: Date },
): CertificateRecord {
  const { claim, provisioner, action, issuedAt } = issuance
  const isRenewal = claim.kind === 'renewal' && action !== 'sign'
  return {
    ...describeCertificate(certificate),
    ...(isRenewal ? { predecessor: claim.predecessor } : {}),
    provisionerId: provisioner.id,
    provisionerName: provisioner.name,
    provisionerType: provisioner.type,
    issuedAt,
  }
}

function toIssuedProvisioner(
  certificate: Certificate,
  { id, name, type }: IssuingProvisioner,
): Issued['provisioner'] {
  if (id === '') return undefined
  return { name, type, credentialId: certificate.provisioner?.credentialId ?? '' }
}

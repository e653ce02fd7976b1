import type { CertificateStanding } from '@mayfly/db-adapters'
import {
  type Certificate,
  equalCertificates,
  PathError,
  verifyCertificatePath,
} from '@mayfly/x509-profiles'
import type { AuthorityState } from './authority-state.ts'
import { AuthorityError } from './errors.ts'
import type { IssuingProvisioner } from './issuance.ts'
import type { Provisioner } from './provisioners.ts'
import { formatTime } from './requested-validity.ts'

/** A certificate that someone shows, with whatever came along; nothing about it is trusted yet. */
export interface PresentedCertificate {
  readonly certificate: Certificate
  /** Further certificates that the peer sent, in any order. */
  readonly chain: readonly Certificate[]
}

/**
 * How many certificates a peer may send beyond the leaf. Verifying a path tries each that could have issued another,
 * and who sends them is not yet known.
 */
const maximumSentCertificates = 8

/** How many signatures are verified for it at most; a path of so many certificates takes one for each. */
export const maximumPathSignatures = 16

/** A leaf that chains to our roots, and who answers for it. */
export interface TrustedCertificate {
  readonly certificate: Certificate
  /** `undefined` for a certificate of our own issuing key that names no provisioner. */
  readonly provisioner: Exclude<Provisioner, { status: 'disabled' }> | undefined
  /** Whether the store holds this very certificate. */
  readonly isRecorded: boolean
  /** Whether it is revoked, which the unit of work that it vouches for looks at again. */
  readonly isRevoked: boolean
}

/** Stands for the provisioner where a certificate names none. */
export const noProvisioner: IssuingProvisioner = { id: '', name: '', type: '' }

/**
 * Verifies that a presented leaf chains to our roots at the time `at`, for client authentication, and finds the
 * provisioner that answers for it: by the store's record of this very certificate, else by the signed extension.
 *
 * @throws {AuthorityError} `certificate_untrusted`, `certificate_expired`, `certificate_not_yet_valid`, `provisioner_not_found` or `provisioner_disabled`.
 */
export async function trustCertificate(
  state: AuthorityState,
  { certificate, chain }: PresentedCertificate,
  at: Date,
): Promise<TrustedCertificate> {
  const path = verifyPath(state, { certificate, chain }, at)
  const { record, isRevoked } = await state.store.findStanding(certificate.serialNumber)
  if (record !== undefined && !isRecordOf(record, certificate)) {
    throw untrusted('another certificate is recorded under its serial number')
  }
  if (record === undefined) await refuseOtherAuthorities(state, path)
  const provisioner = findByRecord(state, record) ?? findByExtension(state, certificate, path)
  if (provisioner?.status === 'disabled') {
    throw new AuthorityError(
      'provisioner_disabled',
      `provisioner "${provisioner.name}" is disabled due to an initialization error`,
      { detail: provisioner.reason },
    )
  }
  return { certificate, provisioner, isRecorded: record !== undefined, isRevoked }
}

/** The refusal of a certificate after its end, with the text that step's clients see. */
export function certificateExpired(certificate: Certificate, detail?: string): AuthorityError {
  return new AuthorityError(
    'certificate_expired',
    `certificate expired on ${formatTime(certificate.validity.notAfter)}`,
    detail === undefined ? {} : { detail },
  )
}

function verifyPath(
  state: AuthorityState,
  { certificate, chain }: PresentedCertificate,
  at: Date,
): readonly Certificate[] {
  if (certificate.basicConstraints?.isCa) throw untrusted('it is the certificate of an authority')
  if (!(certificate.keyUsage?.includes('digitalSignature') ?? true)) {
    throw untrusted('its key may not sign')
  }
  if (chain.length > maximumSentCertificates) {
    throw untrusted(`more than ${maximumSentCertificates} certificates were sent along with it`)
  }
  try {
    return verifyCertificatePath(certificate, {
      roots: state.roots,
      intermediates: [...state.chain, ...chain.filter((sent) => !isOurs(state, sent))],
      now: at,
      usage: 'clientAuth',
      maximumSignatures: maximumPathSignatures,
    })
  } catch (error) {
    if (!(error instanceof PathError)) throw error
    throw refusePath(certificate, at, error)
  }
}

/**
 * An authority that a template has made issues what this one was never asked about, and renews it itself: what it issued
 * would outlive it otherwise, and its revocation.
 */
async function refuseOtherAuthorities(
  state: AuthorityState,
  path: readonly Certificate[],
): Promise<void> {
  for (const [index, authority] of path.slice(1, -1).entries()) {
    if (isOurs(state, authority)) continue
    const above = path[index + 2]
    const isSignedHere = above !== undefined && equalCertificates(above, state.issuer.certificate)
    if (!isSignedHere) {
      const { record } = await state.store.findStanding(authority.serialNumber)
      if (!isRecordOf(record, authority)) continue
    }
    throw untrusted(
      'the authority that issued it has its certificate from here, and renews it itself',
    )
  }
}

/** Whether a record is of this very certificate, which was issued here then, whichever key signed it. */
export function isRecordOf(record: CertificateStanding['record'], { der }: Certificate): boolean {
  return record !== undefined && Buffer.compare(record.der, der) === 0
}

function refusePath(certificate: Certificate, at: Date, error: PathError): AuthorityError {
  const { notBefore, notAfter } = certificate.validity
  if (error.reason === 'expired' && notAfter < at) return certificateExpired(certificate)
  if (error.reason === 'not_yet_valid' && at < notBefore) {
    return new AuthorityError(
      'certificate_not_yet_valid',
      `certificate is not valid before ${formatTime(notBefore)}`,
      { cause: error },
    )
  }
  return untrusted(error.message, error)
}

/** The record of a certificate that named no provisioner names none either, whatever has an empty id. */
function findByRecord(
  state: AuthorityState,
  record: CertificateStanding['record'],
): Provisioner | undefined {
  if (record === undefined || record.provisionerId === noProvisioner.id) return undefined
  return state.provisioners.findById(record.provisionerId)
}

function findByExtension(
  state: AuthorityState,
  certificate: Certificate,
  path: readonly Certificate[],
): Provisioner | undefined {
  if (certificate.provisioner === undefined) {
    const issuer = path[1]
    if (issuer !== undefined && equalCertificates(issuer, state.issuer.certificate))
      return undefined
    throw untrusted('it names no provisioner and another authority issued it')
  }
  const provisioner = state.provisioners.findByName(certificate.provisioner.name)
  if (provisioner === undefined) {
    throw new AuthorityError('provisioner_not_found', 'provisioner not found')
  }
  return provisioner
}

function isOurs(state: AuthorityState, certificate: Certificate): boolean {
  return state.chain.some((own) => equalCertificates(own, certificate))
}

function untrusted(detail: string, cause?: unknown): AuthorityError {
  return new AuthorityError('certificate_untrusted', 'the client certificate is not trusted', {
    cause,
    detail,
  })
}

import type { RevocationRecord } from '@mayfly/db-adapters'
import type { AuthorityState } from './authority-state.ts'
import { AuthorityError } from './errors.ts'
import { configurationChanged, publicKeyFingerprint, revisionOf } from './issuance.ts'
import { authorizeToken, tokenAlreadyUsed } from './one-time-token.ts'
import { type PresentedCertificate, trustCertificate } from './presented-certificate.ts'

/** What allows a revocation: a one-time token for the serial number, or the certificate itself. */
export type RevocationCredential =
  | { readonly kind: 'token'; readonly token: string }
  | ({ readonly kind: 'certificate' } & PresentedCertificate)

export interface RevokeRequest {
  /** It need not have been issued here. Not negative, and of 100 octets at most. */
  readonly serialNumber: bigint
  /** RFC 5280 §5.3.1, 0 to 10. */
  readonly reasonCode: number
  /** In the asker's own words. Only the first 1,000 characters are kept: a long one must not hinder a revocation. */
  readonly reason: string
  readonly credential: RevocationCredential
  /** Also revoke all that descends from the certificate by renewal, and all with its key. */
  readonly withRenewals: boolean
  readonly requestId: string
}

/** What was revoked. */
export interface Revoked {
  /** All that are newly revoked, the asked-for one first. */
  readonly serialNumbers: readonly bigint[]
}

/**
 * Revokes passively: what is revoked is not renewed. The token is spent in the same transaction.
 *
 * @throws {TypeError} when the serial number is out of bounds.
 */
export async function revoke(state: AuthorityState, request: RevokeRequest): Promise<Revoked> {
  const { serialNumber, reasonCode, reason, requestId } = request
  if (!Number.isInteger(reasonCode) || reasonCode < 0 || reasonCode > 10) {
    throw new AuthorityError('reason_code_out_of_bounds', 'reasonCode out of bounds')
  }
  if (serialNumber < 0n || serialNumber >= serialNumberLimit) {
    throw new TypeError('the serial number is negative or of more than 100 octets')
  }
  const authorized = await authorizeCredential(state, request)
  if (!state.store.persistent) {
    throw new AuthorityError(
      'revocation_unsupported',
      'authority.Revoke; no persistence layer configured',
    )
  }
  const at = state.now()
  const { token, withRenewals, revocation } = authorized
  const outcome = await state.store.commitRevocation({
    ...revisionOf(state),
    revocation: {
      serialNumber,
      reasonCode,
      reason: reason.slice(0, maximumReasonLength),
      revokedAt: at,
      ...revocation,
    },
    ...(token === undefined ? {} : { token }),
    ...(request.withRenewals ? { withRenewals } : {}),
    audit: {
      at,
      action: 'revoke',
      serialNumber,
      provisionerId: revocation.provisionerId,
      requestId,
    },
  })
  switch (outcome.status) {
    case 'revoked':
      return { serialNumbers: outcome.serialNumbers }
    case 'already_revoked':
      throw new AuthorityError(
        'already_revoked',
        `certificate with serial number '${serialNumber}' is already revoked`,
      )
    case 'token_spent':
      throw tokenAlreadyUsed()
    case 'configuration_changed':
      throw configurationChanged(state)
  }
}

const maximumReasonLength = 1000

/** Far beyond the 20 octets of RFC 5280 §4.1.2.2: what step-ca has revoked may be revoked here. */
const serialNumberLimit = 2n ** 800n

interface Authorized {
  readonly token?: { readonly tokenId: Uint8Array; readonly expiresAt: Date }
  readonly withRenewals: { readonly publicKeySha256?: Uint8Array }
  readonly revocation: Pick<
    RevocationRecord,
    'provisionerId' | 'mutualTls' | 'tokenId' | 'expiresAt'
  >
}

function authorizeCredential(state: AuthorityState, request: RevokeRequest): Promise<Authorized> {
  const { credential, serialNumber } = request
  return credential.kind === 'token'
    ? authorizeByToken(state, serialNumber, credential.token)
    : authorizeByCertificate(state, serialNumber, credential)
}

async function authorizeByToken(
  state: AuthorityState,
  serialNumber: bigint,
  text: string,
): Promise<Authorized> {
  const { provisioner, token, tokenId, expiresAt } = await authorizeToken(state, text, 'revoke')
  if (token.claims.sub !== String(serialNumber)) {
    throw new AuthorityError(
      'serial_mismatch',
      `request serial number "${serialNumber}" and token subject "${token.claims.sub}" do not match`,
    )
  }
  const record = await state.store.findCertificate(serialNumber)
  return {
    token: { tokenId, expiresAt },
    withRenewals: {},
    revocation: {
      provisionerId: provisioner.id,
      mutualTls: false,
      tokenId,
      ...(record === undefined ? {} : { expiresAt: record.notAfter }),
    },
  }
}

async function authorizeByCertificate(
  state: AuthorityState,
  serialNumber: bigint,
  presented: PresentedCertificate,
): Promise<Authorized> {
  const { certificate, provisioner } = await trustCertificate(state, presented, state.now())
  if (certificate.serialNumber !== serialNumber) {
    throw new AuthorityError(
      'serial_mismatch',
      `request serial number "${serialNumber}" and certificate serial number "${certificate.serialNumber}" do not match`,
    )
  }
  return {
    withRenewals: { publicKeySha256: publicKeyFingerprint(certificate) },
    revocation: {
      provisionerId: provisioner?.id ?? '',
      mutualTls: true,
      expiresAt: certificate.validity.notAfter,
    },
  }
}

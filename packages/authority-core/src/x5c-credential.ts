import {
  importVerificationKey,
  type ParsedToken,
  TokenError,
  type VerificationKey,
} from '@mayfly/jwt-tokens'
import {
  type Certificate,
  equalCertificates,
  PathError,
  ProfileError,
  parseCertificate,
  publicKeyOf,
  verifyCertificatePath,
} from '@mayfly/x509-profiles'
import type { AuthorityState } from './authority-state.ts'
import { AuthorityError } from './errors.ts'
import { isRecordOf, maximumPathSignatures } from './presented-certificate.ts'
import type { ReadyX5cProvisioner } from './provisioners.ts'
import { formatTime } from './requested-validity.ts'

/** The certificate whose key signs a token of an X5C provisioner. */
export interface Credential {
  readonly certificate: Certificate
  /** From the certificate to one of the provisioner's roots. */
  readonly path: readonly Certificate[]
}

/**
 * Verifies the chain in a token's header: to the provisioner's roots, now, for client authentication; returns it with
 * the key that must have signed the token. Of the chain nothing but this path is looked at, and the work for finding it
 * is bounded: anybody can send a token.
 *
 * @throws {AuthorityError} `credential_untrusted` or `credential_expired`.
 */
export function verifyCredential(
  { roots, path: configurationPath }: ReadyX5cProvisioner,
  token: ParsedToken,
  now: Date,
): { readonly credential: Credential; readonly key: VerificationKey } {
  const rule = `${configurationPath}.roots`
  const [certificate, ...intermediates] = readChain(token)
  try {
    const path = verifyCertificatePath(certificate, {
      roots,
      intermediates,
      now,
      usage: 'clientAuth',
      maximumSignatures: maximumPathSignatures,
    })
    // Unlike RFC 5280 step wants it said.
    if (!certificate.keyUsage?.includes('digitalSignature')) {
      throw untrusted('the key of the certificate may not make digital signatures')
    }
    const key = importVerificationKey(publicKeyOf(certificate))
    return { credential: { certificate, path }, key }
  } catch (error) {
    if (error instanceof PathError) {
      const { notAfter } = certificate.validity
      if (error.reason === 'expired' && notAfter < now) throw expired(notAfter, error)
      throw untrusted(error.message, { cause: error, rule })
    }
    if (error instanceof TokenError || error instanceof ProfileError) {
      throw untrusted(error.message, { cause: error })
    }
    throw error
  }
}

/**
 * Refuses a credential that was issued here and is revoked, or stands below an authority that is: whoever stole it would
 * get another in its place. What another authority issued has its serial number from there, and its revocations are not
 * known here. Returns the serial number of a credential that was issued here, which may be revoked at any moment: the
 * unit of work that it vouches for looks again.
 *
 * @throws {AuthorityError} `credential_revoked`.
 */
export async function findUnrevokedSerialNumber(
  state: AuthorityState,
  { certificate, path }: Credential,
): Promise<bigint | undefined> {
  // The provisioner trusts the last one as it is.
  for (const [index, issued] of path.slice(1, -1).entries()) {
    const isRevoked = await findRevocationHere(state, issued, path.slice(index + 2))
    if (isRevoked === true) throw issuerRevoked(issued)
  }
  const isRevoked = await findRevocationHere(state, certificate, path)
  if (isRevoked === true) throw credentialRevoked(certificate.serialNumber)
  return isRevoked === undefined ? undefined : certificate.serialNumber
}

/** The refusal of a credential that is revoked, found by the read before or by the commit itself. */
export function credentialRevoked(serialNumber: bigint): AuthorityError {
  return new AuthorityError(
    'credential_revoked',
    `the certificate that signs the token, with serial number ${serialNumber}, is revoked`,
  )
}

function issuerRevoked({ serialNumber }: Certificate): AuthorityError {
  return new AuthorityError(
    'credential_revoked',
    `the certificate that signs the token stands below one with serial number ${serialNumber}, which is revoked`,
  )
}

/** Whether a certificate with these above it is revoked; `undefined` where it was not issued here. */
async function findRevocationHere(
  { store, issuer, chain, roots }: AuthorityState,
  certificate: Certificate,
  above: readonly Certificate[],
): Promise<boolean | undefined> {
  const ours = [issuer.certificate, ...chain, ...roots]
  // One that an earlier issuing key of this authority signed leads to none of its present certificates.
  const isOurs = above.some((each) => ours.some((own) => equalCertificates(own, each)))
  const { serialNumber } = certificate
  if (isOurs) return (await store.findRevocation(serialNumber)) !== undefined
  const { record, isRevoked } = await store.findStanding(serialNumber)
  return isRecordOf(record, certificate) ? isRevoked : undefined
}

function readChain({ x5c = [] }: ParsedToken): readonly [Certificate, ...Certificate[]] {
  try {
    const [certificate, ...others] = withoutRepetition(x5c).map((der) => parseCertificate(der))
    if (certificate !== undefined) return [certificate, ...others]
  } catch (error) {
    if (!(error instanceof ProfileError)) throw error
    throw untrusted(error.message, { cause: error })
  }
  throw untrusted('the header of the token has no x5c')
}

/** The same certificate twice would be tried twice. */
function withoutRepetition(chain: readonly Uint8Array[]): readonly Uint8Array[] {
  return chain.filter((der, index) => {
    return chain.findIndex((other) => Buffer.from(other).equals(der)) === index
  })
}

function expired(notAfter: Date, cause: unknown): AuthorityError {
  const message = `the certificate that signs the token expired on ${formatTime(notAfter)}`
  return new AuthorityError('credential_expired', message, { cause })
}

function untrusted(
  detail: string,
  options: { readonly cause?: unknown; readonly rule?: string } = {},
): AuthorityError {
  return new AuthorityError(
    'credential_untrusted',
    'error verifying x5c certificate chain in token',
    { ...options, detail },
  )
}

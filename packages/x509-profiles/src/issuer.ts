import type { KeyObject } from 'node:crypto'
import { type Certificate, publicKeyOf } from './certificate.ts'
import { ProfileError } from './errors.ts'
import type { Profile } from './profile.ts'
import { keyIdentifierOf } from './public-key.ts'
import type { Signer } from './signer.ts'

/** Who issues: a certificate of a certificate authority and the private key it is for. */
export interface Issuer {
  readonly certificate: Certificate
  readonly signer: Signer
}

/** What every certificate of an issuer is made with. */
export interface FitIssuer {
  readonly publicKey: KeyObject
  /** The issuer's subjectKeyIdentifier; of its public key (RFC 5280 §4.2.1.2) when it has none. */
  readonly keyIdentifier: Uint8Array
}

/**
 * Checks that an issuer may issue at all: a certificate authority with keyCertSign, not expired, whose
 * public key is the signer's. All but the clock is checked once for each issuer object.
 *
 * @throws {ProfileError} `issuer_unfit`.
 */
export function assertFitIssuer(issuer: Issuer, now: Date): FitIssuer {
  // Comparisons with NaN are all false: an invalid date would make every issuer timely.
  if (Number.isNaN(now.getTime())) throw new TypeError('now is not a valid date')
  const { notAfter } = issuer.certificate.validity
  if (now > notAfter) {
    throw unfit(
      `issuer certificate expired on ${notAfter.toISOString()}`,
      'Renew the issuer first.',
    )
  }
  const known = fitIssuers.get(issuer)
  if (known !== undefined) return known
  const fit = inspectIssuer(issuer)
  fitIssuers.set(issuer, fit)
  return fit
}

/**
 * Checks that the issuer's path length leaves room for a certificate of this profile.
 *
 * @throws {ProfileError} `issuer_unfit`.
 */
export function assertPathLength(issuer: Issuer, profile: Profile): void {
  const limit = issuer.certificate.basicConstraints?.pathLength
  if (profile.type === 'leaf' || limit === undefined) return
  const problem = 'issuer certificate cannot sign an intermediate-ca: pathLenConstraint is'
  if (limit === 0) throw unfit(`${problem} 0`)
  const { pathLength } = profile
  if (pathLength === undefined || pathLength >= limit) {
    throw unfit(`${problem} ${pathLength ?? 'absent'}, want at most ${limit - 1}`)
  }
}

function inspectIssuer({ certificate, signer }: Issuer): FitIssuer {
  if (certificate.basicConstraints?.isCa !== true) {
    throw unfit('issuer certificate is not a certificate authority')
  }
  if (certificate.keyUsage?.includes('keyCertSign') !== true) {
    throw unfit('issuer certificate does not have the keyCertSign usage')
  }
  const publicKey = publicKeyOf(certificate)
  if (!signer.publicKey.equals(publicKey)) {
    throw unfit('private key does not match issuer public key')
  }
  const keyIdentifier =
    certificate.subjectKeyIdentifier ?? keyIdentifierOf(certificate.subjectPublicKeyInfo)
  return { publicKey, keyIdentifier }
}

function unfit(message: string, hint?: string): ProfileError {
  return new ProfileError('issuer_unfit', message, hint === undefined ? {} : { hint })
}

const fitIssuers = new WeakMap<Issuer, FitIssuer>()

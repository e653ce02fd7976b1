import { ProfileError } from './errors.ts'

/** Why a certificate is not trusted; stable, so callers may branch on it. */
export type PathFailure =
  | 'expired'
  | 'not_yet_valid'
  /** No trusted root can be reached. */
  | 'unknown_authority'
  | 'name_mismatch'
  /** A key usage or extended key usage forbids the use, or an issuer may not issue. */
  | 'usage'
  | 'path_length'
  | 'name_constraints'
  /** A critical extension that is not processed, or that must not be critical. */
  | 'critical_extension'
  /** The certificates ask for more work than anybody honest needs. */
  | 'budget'
  /** A signature is wrong, or its algorithm or key is not allowed. */
  | 'signature'
  /** Something else that RFC 5280 demands of a certificate is missing. */
  | 'profile'

/** Thrown when no path of certificates makes a certificate trusted; its code is `path_invalid`. */
export class PathError extends ProfileError {
  override readonly name = 'PathError'
  readonly reason: PathFailure

  constructor(
    reason: PathFailure,
    message: string,
    options: { cause?: unknown; hint?: string } = {},
  ) {
    super('path_invalid', message, options)
    this.reason = reason
  }
}

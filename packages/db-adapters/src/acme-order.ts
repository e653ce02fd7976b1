/** What a certificate is asked for, RFC 8555 §9.7.7; of a wildcard, the name without `*.` where it is authorized. */
export interface AcmeIdentifier {
  readonly type: string
  readonly value: string
}

/** Why something became invalid, RFC 8555 §6.7. */
export interface AcmeProblem {
  /** A URN, such as `urn:ietf:params:acme:error:dns`. */
  readonly type: string
  readonly detail: string
  readonly subproblems?: readonly (AcmeProblem & { readonly identifier?: AcmeIdentifier })[]
}

/** An ACME order, RFC 8555 §7.1.3. Its id stands in the URLs that its client keeps. */
export type AcmeOrderRecord = AcmeOrderFields & AcmeOrderState

interface AcmeOrderFields {
  readonly id: string
  readonly accountId: string
  readonly provisionerId: string
  readonly identifiers: readonly AcmeIdentifier[]
  /** As asked for, or as the provisioner gives it. */
  readonly notBefore?: Date
  readonly notAfter?: Date
  /** The profile that was asked for, by its name. */
  readonly profile?: string
  /** The certificate that it renews, as RFC 9773 §4.1 writes it. */
  readonly replaces?: string
  readonly createdAt: Date
  readonly expiresAt: Date
}

/** `processing` is never kept: a finalization that has not ended did not begin. */
type AcmeOrderState =
  | { readonly status: 'pending' | 'ready' }
  /** `certificateId` stands in the URL of the certificate. */
  | { readonly status: 'valid'; readonly certificateId: string; readonly serialNumber: bigint }
  | { readonly status: 'invalid'; readonly problem?: AcmeProblem }

/** An ACME authorization, RFC 8555 §7.1.4, of one identifier of one order. */
export interface AcmeAuthorizationRecord {
  readonly id: string
  readonly orderId: string
  readonly accountId: string
  /** Its place among the authorizations of the order, from 0. */
  readonly position: number
  readonly identifier: AcmeIdentifier
  readonly wildcard: boolean
  readonly status: 'pending' | 'valid' | 'invalid' | 'deactivated' | 'expired' | 'revoked'
  readonly createdAt: Date
  readonly expiresAt: Date
}

/** An ACME challenge, RFC 8555 §7.1.5, one way to prove an authorization. */
export interface AcmeChallengeRecord {
  readonly id: string
  readonly authorizationId: string
  /** Its place among the challenges of the authorization, from 0. */
  readonly position: number
  /** Such as `http-01`. */
  readonly type: string
  readonly status: 'pending' | 'processing' | 'valid' | 'invalid'
  readonly token: string
  readonly createdAt: Date
  readonly validatedAt?: Date
  readonly problem?: AcmeProblem
  /** How often it was begun. */
  readonly attempt?: number
  /** While it is `processing`: until when the attempt may take. */
  readonly deadline?: Date
  /** What was done in the last attempt, in compact JSON. */
  readonly trace?: string
}

/** When something was done: milliseconds of the one monotonic clock of the process that records. */
export interface Span {
  readonly begin: number
  readonly end: number
}

/** What came back. `unknown` is a lost connection or 503: it may have been done. `broken` is any other 5xx. */
export type Answer<Given> =
  | ({ readonly status: 'ok' } & Given)
  | { readonly status: 'refused'; readonly reason: RefusalReason }
  | { readonly status: 'unknown' }
  | { readonly status: 'broken'; readonly detail: string }

export type RefusalReason =
  | 'token_used'
  | 'provisioner_unknown'
  | 'revoked'
  | 'already_revoked'
  /** Another revision of the configuration was there first. */
  | 'conflict'
  /** What no client of a history gives cause for. */
  | 'other'

/** One token for one certificate; the certificate's subject names the token. */
export interface SignOperation extends Span {
  readonly kind: 'sign'
  readonly instance: string
  readonly token: string
  readonly provisioner: string
  readonly answer: Answer<{ readonly serial: string }>
}

export interface RenewOperation extends Span {
  readonly kind: 'renew'
  readonly instance: string
  /** Of the certificate to be followed. */
  readonly serial: string
  readonly answer: Answer<{ readonly serial: string }>
}

export interface RevokeOperation extends Span {
  readonly kind: 'revoke'
  readonly instance: string
  readonly serial: string
  readonly withRenewals: boolean
  /** All that was revoked by this. */
  readonly answer: Answer<{ readonly serials: readonly string[] }>
}

/** A change of the shared configuration. */
export interface ChangeOperation extends Span {
  readonly kind: 'add' | 'remove'
  readonly provisioner: string
  readonly answer: Answer<{ readonly revision: number }>
}

/** The revision that an instance said was in force. */
export interface Observation extends Span {
  readonly kind: 'observe'
  readonly instance: string
  readonly revision: number
}

export type Operation =
  | SignOperation
  | RenewOperation
  | RevokeOperation
  | ChangeOperation
  | Observation

/** While an instance was dead, paused, or cut from the database. */
export interface Disruption extends Span {
  readonly instance: string
}

/** What the database held at the end. */
export interface FinalState {
  readonly certificates: readonly StandingCertificate[]
  /** Serial numbers. */
  readonly revoked: readonly string[]
  /** The certificate that each token was spent for, where it was for one. */
  readonly spentFor: readonly string[]
  /** The numbers of the configuration's revisions. */
  readonly revisions: readonly number[]
}

export interface StandingCertificate {
  readonly serial: string
  /** What it renewed; a first certificate has none. */
  readonly predecessor?: string
  /** The token of the first certificate of its line. */
  readonly token: string
  /** Certificates of one key tell each other by it. */
  readonly key: string
}

/** What clients saw of a CA of many instances, and what it had kept in the end. */
export interface History {
  /** In force before anything was done. */
  readonly provisioners: readonly string[]
  readonly operations: readonly Operation[]
  readonly disruptions: readonly Disruption[]
  readonly final: FinalState
  /** In so many milliseconds an undisturbed instance follows a change of the configuration. */
  readonly followMilliseconds: number
}

/** What a history proves to have gone wrong. */
export interface Violation {
  readonly rule: Rule
  readonly detail: string
}

export type Rule =
  | 'internal_error'
  | 'unexplained_refusal'
  | 'acknowledged_missing'
  | 'serial_twice'
  | 'token_twice'
  | 'fresh_token_refused'
  | 'unasked_certificate'
  | 'half_done'
  | 'renewed_after_revocation'
  | 'kin_unrevoked'
  | 'issued_after_removal'
  | 'known_provisioner_refused'
  | 'revision_twice'
  | 'configuration_backwards'
  | 'configuration_behind'

export function isKind<K extends Exclude<Operation, ChangeOperation>['kind']>(
  kind: K,
): (operation: Operation) => operation is Extract<Operation, { readonly kind: K }> {
  return (operation): operation is Extract<Operation, { readonly kind: K }> =>
    operation.kind === kind
}

/** The changes of the configuration, in the order in which they were recorded. */
export function changesOf(
  { operations }: Pick<History, 'operations'>,
  kinds: readonly ChangeOperation['kind'][] = ['add', 'remove'],
): readonly ChangeOperation[] {
  return operations.filter(
    (operation): operation is ChangeOperation =>
      (operation.kind === 'add' || operation.kind === 'remove') && kinds.includes(operation.kind),
  )
}

/** Whether a deed may have been done. */
export function mayHaveHappened({ answer }: { readonly answer: Answer<unknown> }): boolean {
  return answer.status !== 'refused'
}

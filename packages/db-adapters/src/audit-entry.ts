/** What was done to one certificate, by whom; written in the transaction of the deed itself. */
export interface AuditEntry {
  readonly at: Date
  readonly action: 'sign' | 'renew' | 'rekey' | 'revoke'
  readonly serialNumber: bigint
  readonly provisionerId: string
  /** The request's own identifier, as it stands in the access log. */
  readonly requestId: string
  /** Anything more worth keeping; never a token, key or password. */
  readonly detail?: string
}

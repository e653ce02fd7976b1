/** What a look into a database finds, which changes nothing there. */
export interface DatabaseContents {
  /** Whether a store of ours has been made in it. */
  readonly hasStore: boolean
  /** A table of step-ca's that holds rows, if there is one. */
  readonly stepCaTable: string | undefined
}

/**
 * The tables of step-ca whose rows must not be forgotten: what it issued, revoked and took as spent, and whom it knows by
 * ACME. Each has a column `nkey`, which tells them from tables of others with such a name.
 */
export const stepCaTables: readonly string[] = [
  'x509_certs',
  'revoked_x509_certs',
  'used_ott',
  'ssh_certs',
  'revoked_ssh_certs',
  'acme_accounts',
  'acme_orders',
  'acme_certs',
  'acme_external_account_keys',
]

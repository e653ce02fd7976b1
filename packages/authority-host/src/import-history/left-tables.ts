import type { StepCaSource } from '@mayfly/db-adapters/step-ca'
import type { ImportReport } from './import-report.ts'

/** Counts the rows of which nothing is taken over, table by table. */
export async function countLeft(source: StepCaSource): Promise<ImportReport['left']> {
  const left: ImportReport['left'][number][] = []
  for (const [table, why] of leftTables) {
    const rows = await source.countRows(table)
    if (rows > 0) left.push({ table, rows, why })
  }
  return left
}

const noSsh = 'SSH certificates are not offered'
const inDatabase = 'provisioners that step-ca keeps in its database must be written into ca.json'

const leftTables: readonly (readonly [string, string])[] = [
  ['ssh_certs', noSsh],
  ['ssh_hosts', noSsh],
  ['ssh_users', noSsh],
  ['ssh_host_principals', noSsh],
  ['revoked_ssh_certs', noSsh],
  ['x509_crl', 'a list is made anew'],
  ['nonces', 'clients get new ones by themselves'],
  ['wire_acme_dpop_token', 'Wire is not offered'],
  ['wire_acme_oidc_token', 'Wire is not offered'],
  ['admins', inDatabase],
  ['provisioners', inDatabase],
  ['authority_policies', inDatabase],
]

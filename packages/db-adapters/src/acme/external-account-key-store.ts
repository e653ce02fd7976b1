import type { AcmeExternalAccountKeyRecord } from '../acme-account.ts'

/** The keys that external accounts are bound by, RFC 8555 §7.3.4. Only the operator makes and removes them. */
export interface AcmeExternalAccountKeyStore {
  /** `exists` when the id, or the reference at this provisioner, is taken. */
  createExternalAccountKey(key: AcmeExternalAccountKeyRecord): Promise<'created' | 'exists'>

  findExternalAccountKey(id: string): Promise<AcmeExternalAccountKeyRecord | undefined>

  /** Lists keys by their ids; those that are good at every provisioner are of each. */
  listExternalAccountKeys(listing: {
    readonly provisionerId?: string
    readonly after?: string
    readonly limit: number
  }): Promise<readonly AcmeExternalAccountKeyRecord[]>

  /** Removes a key, and says whether it was there. Accounts that were bound by it still name it. */
  removeExternalAccountKey(id: string): Promise<boolean>
}

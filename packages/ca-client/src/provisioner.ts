/**
 * A provisioner as the CA lists it: its `ca.json` object. What other members there are depends on its
 * type; a JWK one has `key` and, unless the key is kept elsewhere, `encryptedKey`.
 */
export interface ProvisionerListing {
  readonly type: string
  readonly name: string
  readonly [member: string]: unknown
}

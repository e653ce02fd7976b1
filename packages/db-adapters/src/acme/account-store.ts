import type { AcmeAccountRecord } from '../acme-account.ts'
import type { AcmeNonce } from './nonce-store.ts'

/** The nonce of the request was spent before. */
export interface NonceSpent {
  readonly status: 'nonce_spent'
}

/** What every change that a client asks for spends. Left out where nobody's request leads to it. */
export interface Spending {
  readonly nonce?: AcmeNonce
}

/** A new account. */
export interface AcmeAccountUnit extends Spending {
  /** Its status is `valid`. */
  readonly account: AcmeAccountRecord
}

/** How the making of an account ended. */
export type AcmeAccountOutcome =
  | { readonly status: 'created' }
  /** The key has an account at this provisioner, whatever its status; it is as it was. */
  | { readonly status: 'exists'; readonly account: AcmeAccountRecord }
  /** The external account key is gone, or has as many accounts as it may have. */
  | { readonly status: 'external_account_key_used' }
  | NonceSpent

/** Which part of the accounts to list. */
export interface AcmeAccountListing {
  readonly provisionerId?: string
  /** The id after which to go on: the last one of the part before. */
  readonly after?: string
  readonly limit: number
}

/** The accounts of ACME, RFC 8555 §7.1.2. */
export interface AcmeAccountStore {
  /**
   * Makes an account and, where it names an `externalAccountKeyId`, binds it by that key, which must still have room. Of all
   * who bring one key to one provisioner one is told `created`, and the others which account it is.
   */
  createAccount(unit: AcmeAccountUnit): Promise<AcmeAccountOutcome>

  findAccount(id: string): Promise<AcmeAccountRecord | undefined>

  findAccountByKey(
    provisionerId: string,
    thumbprint: Uint8Array,
  ): Promise<AcmeAccountRecord | undefined>

  /** Gives an account new contacts, and the moment at which it agreed to the terms of service if that is given. */
  updateAccount(
    change: {
      readonly id: string
      readonly contacts?: readonly string[]
      readonly termsOfServiceAgreedAt?: Date
    } & Spending,
  ): Promise<{ readonly status: 'updated' } | { readonly status: 'account_not_valid' } | NonceSpent>

  /**
   * Ends an account, RFC 8555 §7.3.6: no order is made for it from then on. Its orders stay as they are, and nobody may
   * ask for anything in its name. `revoked` is what the operator does.
   */
  deactivateAccount(
    change: {
      readonly id: string
      readonly at: Date
      readonly to?: 'deactivated' | 'revoked'
    } & Spending,
  ): Promise<
    { readonly status: 'deactivated' } | { readonly status: 'account_not_valid' } | NonceSpent
  >

  /** Puts another key in the place of the one with the thumbprint `from`, RFC 8555 §7.3.5. */
  changeAccountKey(
    change: {
      readonly id: string
      readonly from: Uint8Array
      readonly to: Pick<AcmeAccountRecord, 'publicKey' | 'thumbprint'>
    } & Spending,
  ): Promise<
    | { readonly status: 'changed' }
    /** The new key has an account at this provisioner: this one. */
    | { readonly status: 'key_taken'; readonly accountId: string }
    /** The account is not valid, or has another key by now. */
    | { readonly status: 'account_changed' }
    | NonceSpent
  >

  /** Lists accounts by their ids: whoever goes on after the last of each part sees each once. */
  listAccounts(listing: AcmeAccountListing): Promise<readonly AcmeAccountRecord[]>
}

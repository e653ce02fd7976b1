import type {
  AcmeAuthorizationRecord,
  AcmeChallengeRecord,
  AcmeIdentifier,
  AcmeOrderRecord,
  AcmeProblem,
} from '../acme-order.ts'
import type { CertificateRecord } from '../certificate-record.ts'
import type { NonceSpent, Spending } from './account-store.ts'

/** A new order with all that is under it. */
export interface AcmeOrderUnit extends Spending {
  /** Its status is `pending`, or `ready` where no authorization is. */
  readonly order: AcmeOrderRecord
  readonly authorizations: readonly AcmeAuthorizationRecord[]
  readonly challenges: readonly AcmeChallengeRecord[]
}

/** How the making of an order ended. */
export type AcmeOrderOutcome =
  | { readonly status: 'created' }
  | { readonly status: 'account_not_valid' }
  /** This order, which is not invalid, replaces the same certificate (RFC 9773 §5). */
  | { readonly status: 'already_replaced'; readonly orderId: string }
  | NonceSpent

/** An order, and where its authorizations are. */
export interface AcmeOrderView {
  readonly order: AcmeOrderRecord
  /** In the order of their positions. */
  readonly authorizationIds: readonly string[]
}

/** An authorization, its order as it is, and its challenges in the order of their positions. */
export interface AcmeAuthorizationView {
  readonly order: AcmeOrderRecord
  readonly authorization: AcmeAuthorizationRecord
  readonly challenges: readonly AcmeChallengeRecord[]
}

/** Where a list of orders goes on: behind this one. */
export type AcmeOrderCursor = Pick<AcmeOrderRecord, 'createdAt' | 'id'>

/** Which orders of an account, oldest first. */
export interface AcmeOrderListing {
  readonly accountId: string
  /** Only orders that were made then or later: the list is read from there on, and costs nothing for older ones. */
  readonly since?: Date
  readonly after?: AcmeOrderCursor
  readonly statuses?: readonly AcmeOrderRecord['status'][]
  readonly limit: number
}

/**
 * The orders of ACME and what is under them, RFC 8555 §7.1.3 and §7.1.4.
 *
 * What has expired is kept as it was: an order that is `pending` or `ready` after its `expiresAt` is to be read as `invalid`, an
 * authorization as `expired`. No change counts on them any more.
 */
export interface AcmeOrderStore {
  /**
   * Makes an order with its authorizations and challenges, if the account is valid. Orders of one account do not wait for
   * each other. Of all that replace one certificate one is made, until it is invalid.
   */
  createOrder(unit: AcmeOrderUnit): Promise<AcmeOrderOutcome>

  findOrder(id: string): Promise<AcmeOrderView | undefined>

  /** The order whose certificate has this serial number: its account may revoke it (RFC 8555 §7.6). */
  findOrderBySerialNumber(serialNumber: bigint): Promise<AcmeOrderRecord | undefined>

  /**
   * The order whose certificate is at `certificateId`, and the certificate, which is `undefined` where another authority
   * issued it.
   */
  findOrderByCertificate(certificateId: string): Promise<
    | {
        readonly order: AcmeOrderRecord
        readonly certificate: CertificateRecord | undefined
      }
    | undefined
  >

  /** Whoever goes on behind the last of each part sees every order that was there all the while exactly once. */
  listOrders(listing: AcmeOrderListing): Promise<readonly AcmeOrderRecord[]>

  /** Lists the orders of all accounts by their ids, for the operator. */
  listAllOrders(listing: {
    readonly provisionerId?: string
    readonly statuses?: readonly AcmeOrderRecord['status'][]
    readonly after?: string
    readonly limit: number
  }): Promise<readonly AcmeOrderRecord[]>

  /** Counts the orders of an account that were made since, up to `limit`. */
  countOrders(count: {
    readonly accountId: string
    readonly since: Date
    readonly statuses?: readonly AcmeOrderRecord['status'][]
    readonly limit: number
  }): Promise<number>

  findAuthorization(id: string): Promise<AcmeAuthorizationView | undefined>

  /** Counts the authorizations of a name that were made since, of one account or of all, up to `limit`. */
  countAuthorizations(count: {
    readonly identifier: AcmeIdentifier
    readonly accountId?: string
    readonly since: Date
    readonly statuses?: readonly AcmeAuthorizationRecord['status'][]
    readonly limit: number
  }): Promise<number>

  /**
   * Returns those of the identifiers for which the account has a valid authorization that has not expired at `at`. A
   * wildcard is asked for by itself: `wildcard` tells which authorizations count.
   */
  findAuthorized(question: {
    readonly accountId: string
    readonly identifiers: readonly (AcmeIdentifier & { readonly wildcard: boolean })[]
    readonly at: Date
  }): Promise<readonly (AcmeIdentifier & { readonly wildcard: boolean })[]>

  /**
   * Gives an authorization up, RFC 8555 §7.5.2; its order, unless it is finished, becomes invalid with it.
   * `not_pending` when it is neither valid nor pending under an order that is not invalid, or not of this order.
   */
  deactivateAuthorization(
    change: Pick<AcmeAuthorizationRecord, 'id' | 'orderId'> & {
      /** Why the order is invalid. */
      readonly problem?: AcmeProblem
    } & Spending,
  ): Promise<{ readonly status: 'deactivated' } | { readonly status: 'not_pending' } | NonceSpent>
}

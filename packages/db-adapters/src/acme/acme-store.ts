import type { AcmeAccountStore } from './account-store.ts'
import type { AcmeChallengeStore } from './challenge-store.ts'
import type { AcmeExternalAccountKeyStore } from './external-account-key-store.ts'
import type { AcmeNonceStore } from './nonce-store.ts'
import type { AcmeOrderStore } from './order-store.ts'

/**
 * What ACME keeps. Only a finalization is written elsewhere, with its certificate: `Store.commitIssuance` with the claim
 * `order`.
 *
 * What an implementation owes, beside what `Store` says:
 * - Every change is conditional, and written with all that follows from it and with the nonce that it spends, or not at all.
 *   Callers on any number of instances may make any changes at the same moment.
 * - A nonce that was spent before is told before anything else (`nonce_spent`). Whatever else the outcome, the nonce is spent,
 *   also where the change was refused.
 * - `commit_uncertain` is thrown only when nobody could find out; the same call may then be made again with a new nonce.
 * - Times are the callers' own: `at` is the moment at which something is asked.
 *
 * Every method rejects with a {@link StoreError} as `Store.commitIssuance`, and `store_unsupported` if not `Store.persistent`.
 */
export interface AcmeStore
  extends AcmeNonceStore,
    AcmeAccountStore,
    AcmeExternalAccountKeyStore,
    AcmeOrderStore,
    AcmeChallengeStore {}

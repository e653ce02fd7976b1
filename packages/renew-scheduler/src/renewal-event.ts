import type { Certificate } from '@mayfly/x509-profiles'

/** What befell a certificate that is kept renewed, for the caller to log. */
export type RenewalEvent =
  /** The first renewal is planned: at the start, and when a file that could not be read can be. */
  | {
      readonly type: 'scheduled'
      readonly certificate: Certificate
      readonly at: Date
      readonly inMilliseconds: number
    }
  /** The new certificate is in its file. */
  | {
      readonly type: 'renewed'
      readonly certificate: Certificate
      readonly nextInMilliseconds: number
    }
  /** Nothing was replaced. `error` is a RenewalError, KeystoreError or CaClientError. */
  | { readonly type: 'failed'; readonly error: unknown; readonly retryInMilliseconds: number }
  /** Said once for a certificate; it is tried further, by token. */
  | { readonly type: 'expired'; readonly certificate: Certificate }
  /** Another program has put another certificate into the file. */
  | {
      readonly type: 'replaced'
      readonly certificate: Certificate
      readonly nextInMilliseconds: number
    }
  /** A rekeying that was cut short between key and certificate has been completed; `onRenewed` is called. */
  | { readonly type: 'repaired'; readonly certificatePath: string }
  /** `onRenewed` has thrown; the schedule stands. */
  | { readonly type: 'hook_failed'; readonly error: unknown }

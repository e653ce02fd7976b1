import type { Certificate } from '@mayfly/x509-profiles'

/** What the CA gives for a request: a certificate for the key that was asked for. */
export interface SignResponse {
  readonly certificate: Certificate
  /** The certificate first, then its intermediates, without the root. */
  readonly chain: readonly Certificate[]
  /** The second of the chain. */
  readonly issuer?: Certificate
  /** The `tls` object of the CA's configuration. */
  readonly tlsOptions?: Readonly<Record<string, unknown>>
}

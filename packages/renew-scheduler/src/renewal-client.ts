import type { ClientIdentity } from '@mayfly/ca-client'
import type { Certificate } from '@mayfly/x509-profiles'

/** A new certificate. */
export interface Renewed {
  readonly certificate: Certificate
  /** The certificate first, then its intermediates. */
  readonly chain: readonly Certificate[]
}

/** Who renews: a `CaClient` fits, or what works offline. */
export interface RenewalClient {
  /** The CA's address, for which renewal tokens are made. */
  readonly url: string
  /** Renews for who shows the certificate. */
  renew(identity: ClientIdentity): Promise<Renewed>
  /** Renews for who has signed a token by the certificate's key. */
  renewWithToken(token: string): Promise<Renewed>
}

/** Who also exchanges keys. */
export interface RekeyClient extends RenewalClient {
  /** `csr` is PEM, and only its key counts. */
  rekey(request: ClientIdentity & { readonly csr: string }): Promise<Renewed>
}

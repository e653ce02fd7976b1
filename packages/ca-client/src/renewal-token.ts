import { findCommonName } from '@mayfly/x509-profiles'
import { type ClientIdentity, checkIdentity } from './identity.ts'
import { parseCaUrl } from './url.ts'

/**
 * Makes the bearer token for `renewWithToken`: the certificate's own key vouches for the certificate,
 * which may have expired. Good for five minutes.
 *
 * @param options.url the address of the CA
 * @throws {CaClientError} `url_invalid`, `identity_invalid`.
 */
export async function createRenewalToken(
  identity: ClientIdentity,
  { url, now }: { readonly url: string; readonly now: () => Date },
): Promise<string> {
  const { certificate, chain, privateKey } = checkIdentity(identity)
  const { createRenewalToken: create } = await import('@mayfly/jwt-tokens')
  return create({
    key: privateKey,
    chain: chain.map(({ der }) => der),
    subject: findCommonName(certificate.subject) ?? '',
    audience: `${parseCaUrl(url)}/renew`,
    now,
  })
}

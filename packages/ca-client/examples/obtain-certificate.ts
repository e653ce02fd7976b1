import { createCaClient, loadRootByFingerprint } from '@mayfly/ca-client'
import { encodeCertificatePem } from '@mayfly/x509-profiles'

/** What a service is given to get its first certificate. */
export interface Enrolment {
  /** Such as `https://ca.internal:9000`. */
  readonly url: string
  /** SHA-256 of the CA's root, hexadecimal: the one thing to know beforehand. */
  readonly fingerprint: string
  /** CERTIFICATE REQUEST in PEM, made with the service's own key. */
  readonly csr: string
  /** From `mayfly ca token`. */
  readonly oneTimeToken: string
}

/** Returns the certificate and its intermediates as PEM. */
export async function obtainCertificate({
  url,
  fingerprint,
  csr,
  oneTimeToken,
}: Enrolment): Promise<string> {
  const root = await loadRootByFingerprint(url, fingerprint)
  const client = createCaClient({ url, roots: [root] })
  try {
    const { chain } = await client.sign({ csr, oneTimeToken })
    return chain.map(encodeCertificatePem).join('')
  } finally {
    client.close()
  }
}

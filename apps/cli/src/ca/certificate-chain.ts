import { type Certificate, encodeCertificatePem } from '@mayfly/x509-profiles'

/** A certificate and its intermediates as one PEM text; a self-signed root at the end is left out. */
export function encodeChainPem(chain: readonly Certificate[]): string {
  return chain.map(encodeCertificatePem).join('')
}

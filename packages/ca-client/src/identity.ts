import { createPublicKey, type KeyObject } from 'node:crypto'
import {
  type Certificate,
  encodeCertificatePem,
  parseCertificatePem,
  publicKeyOf,
} from '@mayfly/x509-profiles'
import { CaClientError } from './errors.ts'

/** A certificate to act with, and its private key. */
export interface ClientIdentity {
  /** The certificate first, then its intermediates; PEM or parsed. */
  readonly certificateChain: string | readonly Certificate[]
  readonly privateKey: KeyObject
}

/** An identity whose key and certificate were seen to belong together. */
export interface CheckedIdentity {
  readonly certificate: Certificate
  readonly chain: readonly Certificate[]
  readonly privateKey: KeyObject
}

/**
 * @throws {CaClientError} `identity_invalid` for an empty chain and for a key of another certificate.
 * @throws {ProfileError} when the chain cannot be read.
 */
export function checkIdentity({ certificateChain, privateKey }: ClientIdentity): CheckedIdentity {
  const chain = parseChain(certificateChain)
  const [certificate] = chain
  if (certificate === undefined) {
    throw new CaClientError('identity_invalid', 'the certificate chain is empty')
  }
  if (!publicKeyOf(certificate).equals(createPublicKey(privateKey))) {
    throw new CaClientError(
      'identity_invalid',
      'the private key does not belong to the certificate',
    )
  }
  return { certificate, chain, privateKey }
}

/** Reads PEM, or takes what is parsed already. */
export function parseChain(chain: string | readonly Certificate[]): readonly Certificate[] {
  return typeof chain === 'string' ? parseCertificatePem(chain) : chain
}

export function encodeChainPem(chain: readonly Certificate[]): string {
  return chain.map(encodeCertificatePem).join('')
}

import type { Certificate, Signer } from '@mayfly/x509-profiles'

/**
 * The key of an issuing certificate with the algorithm that it signs with, where no template chooses one: an RSA key signs
 * as its own certificate is signed, if that is by an RSA key, as in step-ca; every other key by its usual algorithm.
 */
export function issuerSignerOf(signer: Signer, { signatureAlgorithm }: Certificate): Signer {
  const { algorithm } = signatureAlgorithm
  if (algorithm === undefined || signer.publicKey.asymmetricKeyType !== 'rsa') return signer
  return signer.withAlgorithm?.(algorithm) ?? signer
}
